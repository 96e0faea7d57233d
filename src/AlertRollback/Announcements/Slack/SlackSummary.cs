using AlertRollback.Announcements.Wording;
using AlertRollback.Operators;
using AlertRollback.Rollbacks;

namespace AlertRollback.Announcements.Slack;

/// <summary>
/// The one message: what broke, what was done, from what to what, whether it worked and what was measured, what to do now.
/// </summary>
internal sealed class SlackSummary(RollbackState rollback, OperatorConfiguration operators)
{
    private const int MostDiff = 6;

    public SlackMessage Message()
    {
        var headline = Headline.For(rollback);
        List<SlackBlock> blocks = [new HeaderBlock(headline), new SectionBlock(Broke())];
        if (rollback.CurrentPlan is { } plan)
            blocks.Add(new SectionBlock(Done(plan)));
        if (Result() is { } result)
            blocks.Add(new SectionBlock(result));
        blocks.Add(new SectionBlock(Mrkdwn.Of($"*What you must do now*\n{Calls()}{Advice.For(rollback)}")));
        blocks.Add(new ContextBlock([Footer()]));
        return new SlackMessage(Mrkdwn.Escape(headline), blocks);
    }

    private Mrkdwn Broke()
    {
        var first = rollback.Causes[0];
        var name = first.GeneratorUrl is { } url ? Mrkdwn.Link(url, first.AlertName) : Mrkdwn.Escape(first.AlertName);
        var others = rollback.Causes.Count > 1 ? $" and {rollback.Causes.Count - 1} more" : "";
        var since = rollback.EarliestStartsAt.ToString("HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture);
        var state = rollback.AllResolved ? "resolved by now" : "firing";
        return Mrkdwn.Of($"*What broke*\n{name}{others} ({rollback.Severity.Name}) since {since} UTC, {state}{(first.Summary is { } s ? $"\n{s}" : "")}\nRow: {rollback.Row.Name}");
    }

    private Mrkdwn Done(Plan plan)
    {
        var title = rollback switch
        {
            { Shadow: true } => "What would be done",
            { HasActed: false } => "What is planned",
            { Closed: not null } or { Phase: Phase.Stabilising or Phase.Verifying } => "What was done",
            _ => "What is being done",
        };
        var steps = plan.Steps.Select(step => Mrkdwn.Of(
            $"{step.Action}: {(step.From.Length == 0 ? Mrkdwn.Trusted("") : Mrkdwn.Of($"{Mrkdwn.Code(step.From)} → "))}{Mrkdwn.Code(step.To)}{StepState(step)}{Notes(step)}"));
        return Mrkdwn.Of($"*{title}* ({rollback.Playbook.Name} / {plan.MethodName})\n{Mrkdwn.Join("\n", steps)}");
    }

    private Mrkdwn StepState(PlannedStep step) => rollback.Steps.GetValueOrDefault(step.Key) switch
    {
        { Ended: { } ended } => Mrkdwn.Of($" — {ended.Text}"),
        { Percent: > 0 } running => Mrkdwn.Of($" — {running.Percent} %"),
        _ => Mrkdwn.Trusted(""),
    };

    private static Mrkdwn Notes(PlannedStep step)
    {
        var warnings = step.Warnings.Select(w => Mrkdwn.Of($"\n⚠️ {w}"));
        var diff = step.Diff.Count == 0 ? [] : new[] { Mrkdwn.Of($"\n{Mrkdwn.CodeBlock(string.Join('\n', step.Diff.Take(MostDiff)) + (step.Diff.Count > MostDiff ? $"\n… {step.Diff.Count - MostDiff} more" : ""))}") };
        return Mrkdwn.Join("", [.. warnings, .. diff]);
    }

    private Mrkdwn? Result()
    {
        if (!rollback.Answers.IsEmpty)
        {
            var lines = rollback.Answers.Values.SelectMany(a => a.Results).Select(r => Mrkdwn.Escape(TimelineLine.Result(r)));
            return Mrkdwn.Of($"*{ResultTitle()}*\n{Mrkdwn.Join("\n", lines)}");
        }

        return rollback switch
        {
            { Parking: { } parking } => Mrkdwn.Of($"*Why it waits*\n{parking.Text}"),
            { Closed: { } closed } when closed.Outcome is not Outcome.RolledBack => Mrkdwn.Of($"*Why*\n{closed.Text}"),
            _ => null,
        };
    }

    private string ResultTitle() => rollback switch
    {
        { Closed.Outcome: Outcome.RolledBack } or { Phase: Phase.Stabilising } => "It worked; measured",
        { Closed: { } closed } => $"It cannot be called a success ({closed.Reason.Word()}); measured",
        _ => "Measured so far",
    };

    // The role is called by a reply of its own, because an edited message notifies nobody; here it only says who.
    private string Calls() => rollback.Timeline.Select(t => t.Event).OfType<RollbackEvent.Paged>().LastOrDefault() is { } page
        ? $"Called: {(page.Roles.Count == 0 ? "everybody here" : string.Join(", ", page.Roles))}. "
        : "";

    private Mrkdwn Footer()
    {
        var took = (rollback.ClosedAt ?? rollback.LastEventAt) - rollback.ProposedAt;
        var link = operators.ExternalUrl is { } url ? Mrkdwn.Link($"{url.TrimEnd('/')}/api/v1/rollbacks/{rollback.Id}", rollback.Id) : Mrkdwn.Code(rollback.Id);
        return Mrkdwn.Of($"{link} · {rollback.Service.Workload?.ToString() ?? rollback.Service.Name} · {took.TotalMinutes:0.#} min since the alert was accepted");
    }
}
