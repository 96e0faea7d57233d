using AlertRollback.Announcements.Wording;
using AlertRollback.Rollbacks;

namespace AlertRollback.Announcements.Slack;

/// <summary>The steps of a rollback in its message: from what, to what, and what became of each.</summary>
internal sealed class SlackSteps(RollbackState rollback)
{
    private const int MostDiff = 6;

    /// <summary>Null: nothing was planned.</summary>
    public Mrkdwn? Text()
    {
        var failed = rollback.Timeline.Select(t => t.Event).OfType<RollbackEvent.MethodFailed>()
            .SelectMany(m => ByFailed(m.Method).Prepend(Mrkdwn.Of($"✗ {rollback.Playbook.Methods[m.Method].Name} did not work ({m.Reason.Word()}): {m.Text}")));
        var steps = rollback.CurrentPlan?.Steps.Select(Step) ?? [];
        var afterwards = rollback.Timeline.Select(t => t.Event).OfType<RollbackEvent.FallbackStepPlanned>()
            .SelectMany(p => p.Plan.Steps).Where(s => s.ChangesProduction).Select(s => Mrkdwn.Of($"then {Step(s)}"));
        var notDone = rollback.FallbackNotDone.Select(text => Mrkdwn.Of($"✗ {text}"));
        Mrkdwn[] lines = [.. failed, .. steps, .. afterwards, .. notDone];
        if (lines.Length == 0)
            return null;
        var method = rollback.CurrentPlan is { } plan ? Mrkdwn.Of($" ({rollback.Playbook.Name}, {plan.MethodName})") : default;
        return Mrkdwn.Of($"*{Title()}*{method}\n{Mrkdwn.Join("\n", lines)}");
    }

    // What a method before the current one did still stands: nothing takes it back because it did not help.
    private IEnumerable<Mrkdwn> ByFailed(int method) => method == rollback.CurrentPlan?.Method
        ? []
        : (rollback.Plans.FindLast(p => p.Method == method)?.Steps ?? [])
            .Where(s => rollback.Steps.GetValueOrDefault(s.Key) is { Ended.Result: not StepResult.Skipped }).Select(s => Mrkdwn.Of($"↳ {Step(s)}"));

    private string Title() => rollback switch
    {
        { Shadow: true } => "What would be done",
        { HasActed: false, Closed: not null } => "What was planned, and not done",
        { HasActed: false } => "What is planned",
        _ when Headline.WaitsForAnswer(rollback) => "What is planned next",
        { Closed: null, Phase: Phase.Acting } => "What is being done",
        _ => "What was done",
    };

    private Mrkdwn Step(PlannedStep step)
    {
        var from = step.From.Length == 0 ? default : Mrkdwn.Of($"{Mrkdwn.Code(step.From)} → ");
        var warnings = Mrkdwn.Join("", step.Warnings.Select(w => Mrkdwn.Of($"\n⚠️ {w}")));
        return Mrkdwn.Of($"{step.Action}: {from}{Mrkdwn.Code(step.To)}{Course(step)}{PutBack(step)}{warnings}{Diff(step)}");
    }

    private Mrkdwn Course(PlannedStep step) => rollback.Steps.GetValueOrDefault(step.Key) switch
    {
        { Ended: { Result: StepResult.Done } done } => Mrkdwn.Of($" — {done.Text}"),
        { Ended: { } ended } => Mrkdwn.Of($" — *{TimelineLine.Word(ended)}*: {ended.Text}"),
        { } when rollback.Closed is not null => Mrkdwn.Trusted(" — *not known whether it was done*"),
        { Percent: > 0 } running => Mrkdwn.Of($" — {running.Percent} %"),
        null when rollback is { HasActed: true, Closed: not null } => Mrkdwn.Trusted(" — not done"),
        _ => default,
    };

    // Whoever reads on would take what was changed meanwhile for what is there now.
    private Mrkdwn PutBack(PlannedStep step) => rollback.Steps.GetValueOrDefault(step.Key)?.Restored switch
    {
        { Result: StepResult.Done } done => Mrkdwn.Of($"; put back: {done.Text}"),
        { } not => Mrkdwn.Of($"; *NOT put back* ({not.Reason.Word()}): {not.Text}"),
        null => default,
    };

    private static Mrkdwn Diff(PlannedStep step)
    {
        if (step.Diff.Count == 0)
            return default;
        var more = step.Diff.Count > MostDiff ? $"\n… {step.Diff.Count - MostDiff} more" : "";
        return Mrkdwn.Of($"\n{Mrkdwn.CodeBlock(string.Join('\n', step.Diff.Take(MostDiff)) + more)}");
    }
}
