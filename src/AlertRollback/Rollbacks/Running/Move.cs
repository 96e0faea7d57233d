namespace AlertRollback.Rollbacks.Running;

/// <summary>What is to be done next with a rollback.</summary>
public abstract record Move
{
    /// <summary>Nothing, ever again.</summary>
    public sealed record Rest : Move;

    /// <summary>Nothing until then, or until something changes; null: only until something changes.</summary>
    public sealed record Wait(DateTimeOffset? Until) : Move;

    /// <summary>Append these and look again.</summary>
    public sealed record Record(IReadOnlyList<RollbackEvent> Events) : Move
    {
        public static Record Of(params RollbackEvent[] events) => new(events);
    }

    /// <summary>Judge the guards, pin the steps, make the plan.</summary>
    public sealed record MakePlan : Move;

    /// <summary>Take evidence and the like: one step of <c>before</c>.</summary>
    public sealed record TakeBeforeStep(int Index) : Move;

    /// <summary>All guards once more, take the locks, begin the first method.</summary>
    public sealed record Start : Move;

    /// <summary>Carry out, or resume, one step of the current plan.</summary>
    public sealed record RunStep(PlannedStep Step) : Move;

    /// <summary>Ask one check set until it passes or its time is over.</summary>
    public sealed record AskChecks(int Set) : Move;

    /// <summary>Pin and begin the next rung of the ladder.</summary>
    public sealed record BeginMethod(int Method) : Move;

    /// <summary>One step of <c>on_failure</c>.</summary>
    public sealed record RunFallbackStep(int Index) : Move;
}
