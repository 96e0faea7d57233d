using AlertRollback.Matrix;

namespace AlertRollback.Rollbacks.Guards;

/// <summary>Was the suspect deployed recently enough, and before the alert, to be its cause? (S9) Pure.</summary>
public static class Attribution
{
    public const string Guard = "attribution";

    /// <summary>Two clocks: closer than this, it cannot be told which came first.</summary>
    public static readonly TimeSpan Margin = TimeSpan.FromSeconds(30);

    // What this rollback itself changed became current before its step ended, as far as clocks agree.
    private static readonly TimeSpan Clocks = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Every suspect has to be one: of several services none is undone that the alert says nothing of. A person's start has
    /// no alert that it could be the cause of.
    /// </summary>
    public static GuardResult Judge(RollbackState rollback, Plan plan, Book book, DateTimeOffset now)
    {
        if (rollback.Manual is { } manual)
            return GuardResult.Pass(Guard, $"{manual.By} decided it: {manual.Reason}");
        var results = plan.Suspects.Select(s => Judge(s, FiringSince(rollback, s, book, now), rollback.Playbook.Guards)).ToList();
        return results.Find(r => !r.Passed) ?? GuardResult.Pass(Guard, results.Count == 0 ? "nothing is undone" : string.Join(", ", results.Select(r => r.Text)));
    }

    // What is the fix for one alert of a service must not be undone for another one, whichever row has that.
    private static Began FiringSince(RollbackState rollback, PlannedStep step, Book book, DateTimeOffset now)
    {
        var service = step.Service ?? rollback.Service;
        var own = rollback.EarliestStartsAt;
        return book.Firing(now).Where(f => f.Service.Team == service.Team && f.Service.Name == service.Name).Select(f => f.Cause).MinBy(c => c.StartsAt) is { } other && other.StartsAt < own
            ? new Began(other.StartsAt, $"{other.AlertName} (firing since {Moment.Second(other.StartsAt, now)} UTC)")
            : new Began(own, "the alert");
    }

    // Whoever reads of an alert takes it for the one that the message shows: another one has to be named, to be ended or silenced.
    private sealed record Began(DateTimeOffset At, string Alert);

    private static GuardResult Judge(PlannedStep step, Began alert, GuardSettings settings)
    {
        if (step.SuspectSince is not { } since)
            return GuardResult.Refuse(Guard, Reason.DeployTimeUnknown, $"it cannot be told since when {step.From} runs");

        var age = alert.At - since;
        if (age.Duration() < Margin)
        {
            return GuardResult.Refuse(Guard, Reason.DeployTimeUnknown,
                $"{step.From} became current within {Margin.TotalSeconds:0} s of {alert.Alert}: it cannot be told which came first");
        }

        // What was put back is no new release: it may be our own undo that this one waited for, and by hand would lead to what that undid.
        if (age <= -Margin && !step.WasPutBack)
            return GuardResult.Refuse(Guard, Reason.DeployedAfterAlert, $"{step.From} became current {When(age, alert)}: it may be the fix");
        if (settings.DeployedWithin is { } within && age > within)
            return GuardResult.Refuse(Guard, Reason.DeployedTooLongAgo, $"{step.From} ran for {When(age, alert)}, longer than {Span(within)}: it is hardly the cause");

        // Whoever put it back went away from something worse: an undo could only bring that back, or go further back for nothing.
        return step.WasPutBack
            ? GuardResult.Refuse(Guard, Reason.NoNewRelease, $"{step.From} had run here before and came back {When(age, alert)}: it is no new release")
            : GuardResult.Pass(Guard, $"{step.From} became current {When(age, alert)}");
    }

    private static string When(TimeSpan age, Began alert) => age < TimeSpan.Zero ? $"{Span(-age)} after {alert.Alert} began" : $"{Span(age)} before {alert.Alert}";

    /// <summary>
    /// Why a later rung must not be begun: what it would replace was released by somebody else after this rollback's last
    /// step. Null: it is what was there before, or what this rollback itself left.
    /// </summary>
    public static string? Newer(RollbackState rollback, Plan plan)
    {
        if (rollback.LastStepEndedAt is not { } lastStep)
            return null;
        var known = Known(rollback, plan);
        return plan.Suspects.Where(s => s.SuspectIs is null || !known.Contains(s.SuspectIs)).Select(step => step.SuspectSince switch
        {
            null when step.SuspectIs is { } release && known.Any(k => IsOfTheSame(k, release)) => $"it cannot be told since when {step.From} runs: it is neither what this rollback found nor what it left",
            { } since when since - lastStep > Clocks => $"{step.From} became current {Span(since - lastStep)} after the last step of this rollback: somebody released it meanwhile",
            _ => null,
        }).FirstOrDefault(text => text is not null);
    }

    /// <summary>
    /// Why what no earlier method had to undo must not be undone: a ladder that begins with a flag must not end with the undo
    /// of a release that is no suspect. Null: it is one, the first method's, or what this rollback itself left.
    /// </summary>
    public static GuardResult? JudgeLater(RollbackState rollback, Plan plan, Book book, DateTimeOffset now)
    {
        var began = rollback.Timeline.Where(t => t.Event is RollbackEvent.MethodStarted).Select(t => (DateTimeOffset?)t.At).FirstOrDefault() - Clocks;
        var known = Known(rollback, plan);
        return plan.Suspects.Where(s => !(s.SuspectIs is { } release && known.Contains(release)) && !(s.SuspectSince >= began && IsOwn(rollback, plan, s)))
            .Select(s => Judge(s, FiringSince(rollback, s, book, now), rollback.Playbook.Guards)).FirstOrDefault(r => !r.Passed);
    }

    // What a step put in a suspect's place, also where that was not known beforehand. Beside a flag, a restart or anything
    // else that replaced no release, whatever became current meanwhile is somebody else's.
    private static bool IsOwn(RollbackState rollback, Plan plan, PlannedStep step) =>
        Earlier(rollback, plan).Any(e => e.HasSuspect && ((e.SuspectIs is { } was && step.SuspectIs is { } now && IsOfTheSame(was, now)) || e.Locks.Intersect(step.Locks).Any()));

    private static HashSet<string> Known(RollbackState rollback, Plan plan) =>
        Earlier(rollback, plan).SelectMany(s => new[] { s.SuspectIs, s.Leaves }).OfType<string>().ToHashSet(StringComparer.Ordinal);

    private static IEnumerable<PlannedStep> Earlier(RollbackState rollback, Plan plan) => rollback.Plans.Where(p => p.Method != plan.Method).SelectMany(p => p.Steps);

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
