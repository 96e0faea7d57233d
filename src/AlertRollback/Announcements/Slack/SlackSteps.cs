using AlertRollback.Announcements.Wording;
using AlertRollback.Matrix;
using AlertRollback.Rollbacks;

namespace AlertRollback.Announcements.Slack;

/// <summary>The steps of a rollback in its message: from what, to what, and what became of each.</summary>
internal sealed class SlackSteps(RollbackState rollback)
{
    private const int MostDiff = 6;

    /// <summary>What did not work, and what is planned or was done: each by itself, so that the first never cuts off what people are asked about.</summary>
    public IEnumerable<Mrkdwn> Sections() => new[] { Failed(), Current() }.OfType<Mrkdwn>();

    private Mrkdwn? Failed()
    {
        var failed = rollback.Timeline.Select(t => t.Event).OfType<RollbackEvent.MethodFailed>()
            .SelectMany(m => ByFailed(m.Method).Prepend(Mrkdwn.Of($"✗ {rollback.Playbook.Methods[m.Method].Name} did not work ({m.Reason.Word()}): {m.Text}"))).ToList();
        return failed.Count == 0 ? null : Mrkdwn.Of($"*What did not work*\n{Mrkdwn.Join("\n", failed)}");
    }

    private Mrkdwn? Current()
    {
        var steps = rollback.CurrentPlan?.Steps.Select(Step) ?? [];
        var afterwards = rollback.FallbackPlans.SelectMany(p => p.Steps).Where(s => s.ChangesProduction).Select(s => Mrkdwn.Of($"then {Step(s)}"));
        // What the text of its end tells of is not said twice.
        var notDone = rollback.FallbackNotDone.Where(text => rollback.Closed?.Text.Contains(text, StringComparison.Ordinal) is not true).Select(text => Mrkdwn.Of($"✗ {text}"));
        Mrkdwn[] lines = [.. steps, .. afterwards, .. notDone];
        if (lines.Length == 0)
            return null;
        var method = rollback.CurrentPlan is { } plan ? Mrkdwn.Of($" ({rollback.Playbook.Name}, {plan.MethodName})") : default;
        return Mrkdwn.Of($"*{Title()}*{method}\n{Mrkdwn.Join("\n", lines)}");
    }

    // What a method before the current one did still stands: nothing takes it back because it did not help.
    private IEnumerable<Mrkdwn> ByFailed(int method) => method == rollback.CurrentPlan?.Method
        ? []
        : (rollback.Plans.FindLast(p => p.Method == method)?.Steps ?? [])
            .Where(s => s.ChangesProduction && rollback.Steps.GetValueOrDefault(s.Key) is { Ended.Result: not StepResult.Skipped }).Select(s => Mrkdwn.Of($"↳ {Change(s)}"));

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
        var warnings = Mrkdwn.Join("", step.Warnings.Select(w => Mrkdwn.Of($"\n⚠️ {w}")));
        return Mrkdwn.Of($"{Change(step)}{warnings}{Diff(step)}");
    }

    private Mrkdwn Change(PlannedStep step)
    {
        var from = step.From.Length == 0 ? default : Mrkdwn.Of($"{Mrkdwn.Code(step.From)} → ");
        return Mrkdwn.Of($"{step.Name}: {from}{Mrkdwn.Code(step.To)}{Course(step)}{PutBack(step)}");
    }

    private Mrkdwn Course(PlannedStep step) => rollback.Steps.GetValueOrDefault(step.Key) switch
    {
        { Ended: { Result: StepResult.Done } done } => Mrkdwn.Of($" — {Said(step, done.Text)}"),
        { Ended: { } ended } => Mrkdwn.Of($" — *{TimelineLine.Word(ended)}*: {Said(step, ended.Text)}"),
        { } when rollback.Closed is not null => Mrkdwn.Trusted(" — *not known whether it was done*"),
        { Percent: > 0 } running => Mrkdwn.Of($" — {running.Percent} %"),
        null when rollback is { HasActed: true, Closed: not null } => Mrkdwn.Trusted(" — not done"),
        _ => default,
    };

    // Whoever reads on would take what was changed meanwhile for what is there now.
    private Mrkdwn PutBack(PlannedStep step) => rollback.Steps.GetValueOrDefault(step.Key)?.Restored switch
    {
        { Result: StepResult.Done } done => Mrkdwn.Of($"; put back: {Said(step, done.Text)}"),
        { } not => Mrkdwn.Of($"; *NOT put back* ({not.Reason.Word()}): {Said(step, not.Text)}"),
        null => default,
    };

    // By itself the text names its service, which stands before it here.
    private static string Said(PlannedStep step, string text) =>
        ServiceDefinition.Named(step.Service, "") is { Length: > 0 } name && text.StartsWith(name, StringComparison.Ordinal) ? text[name.Length..] : text;

    private static Mrkdwn Diff(PlannedStep step)
    {
        if (step.Diff.Count == 0)
            return default;
        var more = step.Diff.Count > MostDiff ? $"\n… {step.Diff.Count - MostDiff} more" : "";
        return Mrkdwn.Of($"\n{Mrkdwn.CodeBlock(string.Join('\n', step.Diff.Take(MostDiff)) + more)}");
    }
}
