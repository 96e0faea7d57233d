using AlertRollback.Matrix;

namespace AlertRollback.Rollbacks;

/// <summary>Was the suspect deployed recently enough, and before the alert, to be its cause? (S9) Pure.</summary>
public static class Attribution
{
    /// <summary>Two clocks: closer than this, it cannot be told which came first.</summary>
    public static readonly TimeSpan Margin = TimeSpan.FromSeconds(30);

    // What this rollback itself changed became current before its step ended, as far as clocks agree.
    private static readonly TimeSpan Clocks = TimeSpan.FromSeconds(5);

    public static GuardResult Judge(Plan plan, DateTimeOffset earliestStartsAt, GuardSettings settings) =>
        plan.Suspect is { } step ? Judge(step, earliestStartsAt, settings) : GuardResult.Pass("attribution", "nothing is undone");

    private static GuardResult Judge(PlannedStep step, DateTimeOffset earliestStartsAt, GuardSettings settings)
    {
        const string guard = "attribution";
        if (step.SuspectSince is not { } since)
            return GuardResult.Refuse(guard, Reason.DeployTimeUnknown, $"it cannot be told since when {step.From} runs");

        var age = earliestStartsAt - since;
        if (age.Duration() < Margin && settings.DeployedWithin is not null)
        {
            return GuardResult.Refuse(guard, Reason.DeployTimeUnknown,
                $"{step.From} became current within {Margin.TotalSeconds:0} s of the alert: it cannot be told which came first");
        }

        if (age <= -Margin)
            return GuardResult.Refuse(guard, Reason.DeployedAfterAlert, $"{step.From} became current {Span(-age)} after the alert began: it may be the fix");
        return settings.DeployedWithin is { } within && age > within
            ? GuardResult.Refuse(guard, Reason.DeployedTooLongAgo, $"{step.From} ran for {Span(age)} before the alert, longer than {Span(within)}: it is hardly the cause")
            : GuardResult.Pass(guard, age < TimeSpan.Zero ? $"{step.From} became current at about the same time" : $"{step.From} became current {Span(age)} before the alert");
    }

    /// <summary>
    /// Why a later rung must not be begun: what it would replace was released by somebody else after this rollback's last
    /// step. Null: it is what was there before, or what this rollback itself left.
    /// </summary>
    public static string? Newer(RollbackState rollback, Plan plan)
    {
        if (rollback.LastStepEndedAt is not { } lastStep)
            return null;
        var known = Known(rollback, plan);
        return plan.Steps.Where(s => s.HasSuspect && (s.SuspectIs is null || !known.Contains(s.SuspectIs))).Select(step => step.SuspectSince switch
        {
            null when step.SuspectIs is { } release && known.Any(k => IsOfTheSame(k, release)) => $"it cannot be told since when {step.From} runs: it is neither what this rollback found nor what it left; the next method was not begun",
            { } since when since - lastStep > Clocks => $"{step.From} became current {Span(since - lastStep)} after the last step of this rollback: somebody released it meanwhile; the next method was not begun",
            _ => null,
        }).FirstOrDefault(text => text is not null);
    }

    /// <summary>
    /// Judges what no earlier method had to undo: a ladder that begins with a flag must not end with the undo of a release
    /// that is no suspect. Null: the first method's suspect, or what this rollback itself left.
    /// </summary>
    public static GuardResult? JudgeLater(RollbackState rollback, Plan plan)
    {
        var began = rollback.Timeline.Where(t => t.Event is RollbackEvent.MethodStarted).Select(t => (DateTimeOffset?)t.At).FirstOrDefault() - Clocks;
        var known = Known(rollback, plan);
        return plan.Steps.FirstOrDefault(s => s.HasSuspect && !(s.SuspectIs is { } release && known.Contains(release)) && !(s.SuspectSince >= began)) is { } step
            ? Judge(step, rollback.EarliestStartsAt, rollback.Playbook.Guards)
            : null;
    }

    private static HashSet<string> Known(RollbackState rollback, Plan plan) => rollback.Plans.Where(p => p.Method != plan.Method)
        .SelectMany(p => p.Steps).SelectMany(s => new[] { s.SuspectIs, s.Leaves }).OfType<string>().ToHashSet(StringComparer.Ordinal);

    // Without an earlier look at the workload, its age is no sign of anything.
    private static bool IsOfTheSame(string release, string other) => release.Split('/')[0] == other.Split('/')[0];

    private static string Span(TimeSpan span) => span switch
    {
        { TotalSeconds: < 120 } => $"{span.TotalSeconds:0} s",
        { TotalMinutes: < 120 } => $"{span.TotalMinutes:0} min",
        { TotalHours: < 48 } => $"{span.TotalHours:0.#} h",
        _ => $"{span.TotalDays:0} days",
    };
}
