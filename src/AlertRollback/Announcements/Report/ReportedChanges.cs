using AlertRollback.Rollbacks;

namespace AlertRollback.Announcements.Report;

/// <summary>What was changed in production and stays, or may be: by the steps of all methods, and by those of <c>on_failure</c>.</summary>
internal sealed class ReportedChanges(IReadOnlyList<RollbackState> runs)
{
    private readonly List<(RollbackState Run, PlannedStep Step, StepState State)> _all =
    [
        .. from run in runs
           from step in run.AllPlans.SelectMany(p => p.Steps).GroupBy(s => s.Key, (_, planned) => planned.Last())
           where step.ChangesProduction && run.Steps.ContainsKey(step.Key)
           select (run, step, run.Steps[step.Key]),
    ];

    public IEnumerable<PlannedStep> Done => _all.Where(c => c.State.Ended?.Result == StepResult.Done).Select(c => c.Step);

    public IEnumerable<(string What, string FromTo)> Lines => _all.Select(c => (What: What(c.Run, c.Step, c.State), c.Step)).Where(c => c.What is not null).Select(c => (c.What!, FromTo(c.Step)));

    // While it runs, what is to be put back is no news, and of what is not over nobody can say yet.
    private static string? What(RollbackState run, PlannedStep step, StepState state) => state switch
    {
        { Ended.Result: StepResult.Skipped } or { Restored.Result: StepResult.Done } => null,
        _ when step.Meanwhile => run.IsOpen || state is { Ended: not null, MayHaveChanged: false } ? null : "Not put back",
        { Ended.Result: StepResult.Done } => step.HasSuspect ? "Rolled back" : "Changed",
        { Ended: null } when run.IsOpen => null,
        { Ended: null } or { Ended.Result: StepResult.CannotTell } or { LeftTrace: true } => "May have been changed",
        _ => null,
    };

    private static string FromTo(PlannedStep step) =>
        $"{(step.From.Length == 0 ? "" : $"from {Markdown.Text(step.From)} ")}to {Markdown.Text(step.To)} ({Markdown.Text(step.Name)})";
}
