namespace AlertRollback.Rollbacks;

/// <summary>One question to people and what became of it.</summary>
public sealed record ApprovalState(RollbackEvent.ApprovalRequested Request, DateTimeOffset At)
{
    public RollbackEvent.ApprovalGiven? Given { get; init; }

    public RollbackEvent.ApprovalRejected? Rejected { get; init; }

    public RollbackEvent.ApprovalLapsed? Lapsed { get; init; }

    public bool IsOpen => Given is null && Rejected is null && Lapsed is null;

    /// <summary>Whether it can still be answered: nobody did, and the plan that it is about is the one that waits.</summary>
    public bool IsOpenIn(RollbackState rollback) => IsOpen && rollback.IsOpen && Request.Digest == rollback.CurrentPlan?.Digest;
}
