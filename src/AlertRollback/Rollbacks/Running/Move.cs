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

    /// <summary>Carry out, or resume, the steps of one stage side by side.</summary>
    public sealed record RunSteps(IReadOnlyList<PlannedStep> Steps) : Move;

    /// <summary>Put back one step of <c>meanwhile</c>.</summary>
    public sealed record RestoreStep(PlannedStep Step) : Move;

    /// <summary>Ask every check set once more at the end of stabilisation.</summary>
    public sealed record AskStability : Move;

    /// <summary>Ask every check set once more, as alerts began to fire during the watch.</summary>
    /// <param name="Alerts">Their names, as people read them.</param>
    /// <param name="HeardUntil">When the last of them was heard of, by the clock as it was then.</param>
    public sealed record AskAboutFiring(string Alerts, DateTimeOffset HeardUntil) : Move;

    /// <summary>Ask whether other rows' alerts that began during the watch, and are not said to have resolved, still fire at the end of the hold.</summary>
    public sealed record AskWhetherOthersFire : Move;

    /// <summary>Ask whether what is not said to have resolved still fires, at the end of the hold.</summary>
    public sealed record AskWhetherItFires : Move;

    /// <summary>Ask one check set until it passes or its time is over.</summary>
    public sealed record AskChecks(int Set) : Move;

    /// <summary>Pin the next rung of the ladder, and begin it unless somebody has to agree first.</summary>
    public sealed record BeginMethod(int Method) : Move;

    /// <summary>Begin the rung that was planned and agreed to.</summary>
    public sealed record StartMethod : Move;

    /// <summary>Pin one step of <c>on_failure</c>, or say why it is not done.</summary>
    public sealed record PlanFallbackStep(int Index) : Move;
}
