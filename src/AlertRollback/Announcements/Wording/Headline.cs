using AlertRollback.Rollbacks;

namespace AlertRollback.Announcements.Wording;

/// <summary>One line that says where a rollback is. Never says that something works which was not measured.</summary>
public static class Headline
{
    public static string For(RollbackState rollback) =>
        $"{Icon(rollback)} {(rollback.Shadow ? "[shadow] " : "")}{rollback.Service.Name}: {Text(rollback)}";

    public static string Icon(RollbackState rollback) => rollback switch
    {
        { Ineffective: not null } => "🔴",
        { Closed.Outcome: Outcome.RolledBack } => "✅",
        { Closed.Outcome: Outcome.Withdrawn or Outcome.Replaced } => "⚪",
        { Closed.Outcome: Outcome.Shadowed } => "👥",
        { Closed.Outcome: Outcome.Refused or Outcome.Superseded } => "✋",
        { Closed: not null } => "🔴",
        { Phase: Phase.Parked } => "⏸️",
        { Phase: Phase.Stabilising } => "🟢",
        _ => "⏪",
    };

    public static string Text(RollbackState rollback) => rollback switch
    {
        { Ineffective: not null } => "rolled back, but the alert still fires",
        { Closed: { } closed } => closed.Outcome switch
        {
            Outcome.RolledBack => "rolled back and stable",
            Outcome.Shadowed => "would be rolled back",
            Outcome.Refused => $"not rolled back ({closed.Reason.Word()})",
            Outcome.Withdrawn => "resolved by itself, nothing was changed",
            Outcome.Replaced => "a stronger row took over",
            Outcome.Superseded => "somebody deployed meanwhile, left alone",
            Outcome.Failed => $"rollback FAILED ({closed.Reason.Word()})",
            Outcome.Inconclusive => "rollback made, result UNKNOWN",
            Outcome.Ineffective => "rolled back, but the alert still fires",
            _ => "rollback STOPPED",
        },
        { Phase: Phase.Parked } => $"rollback waits ({rollback.Parking!.Reason.Word()})",
        { Phase: Phase.Stabilising } => "rolled back and verified, now watched",
        { Phase: Phase.Verifying } => "rolled back, being verified",
        { Phase: Phase.Acting } => $"rolling back{Percent(rollback)}",
        _ => "rollback is being planned",
    };

    private static string Percent(RollbackState rollback) =>
        rollback.Steps.Values.FirstOrDefault(s => s.Ended is null && s.Percent > 0) is { } step ? $", {step.Percent} %" : "";
}
