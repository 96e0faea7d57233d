namespace AlertRollback.Alerts.Intake;

/// <summary>What alerts are decided by now, as a text that changes with it; empty: nothing was read yet.</summary>
public delegate string DecisionBasis();
