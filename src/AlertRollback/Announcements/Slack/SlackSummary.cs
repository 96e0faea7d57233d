using System.Globalization;
using AlertRollback.Announcements.Wording;
using AlertRollback.Operators;
using AlertRollback.Rollbacks;

namespace AlertRollback.Announcements.Slack;

/// <summary>
/// The one message: what broke, what was done, from what to what, whether it worked and what was measured, what to do now.
/// </summary>
/// <param name="isCalled">Whether people were or are called by the newest call, and it is no line because what for is over.</param>
internal sealed class SlackSummary(RollbackState rollback, OperatorConfiguration operators, bool isCalled = true)
{
    // Whatever is measured or written into an alert: the steps that people are asked about, and what they must do, have their room.
    private const int LongestPart = 1500;
    private const int LongestAdvice = 2000;
    private const int LongestFooter = 500;

    public SlackMessage Message()
    {
        var headline = Headline.For(rollback);
        var steps = new SlackSteps(rollback);
        var before = new[] { Broke(), steps.Failed() }.OfType<Mrkdwn>().Select(m => SlackLimits.Within(m, LongestPart)).ToList();
        List<Mrkdwn> after = [SlackLimits.Within(Mrkdwn.Of($"*What you must do now*\n{Called()}{Advice.For(rollback)}"), LongestAdvice)];
        if (Result() is { } result)
            after.Insert(0, SlackLimits.Within(result, LongestPart));
        var footer = SlackLimits.Within(Footer(), LongestFooter);
        var taken = before.Concat(after).Append(footer).Sum(m => m.ToString().Length + SlackLimits.PerBlock) + SlackLimits.HeaderText + SlackLimits.PerBlock;
        var sections = before.Concat(steps.Current(SlackLimits.AllBlocks - taken)).Concat(after);
        return new SlackMessage(
            Mrkdwn.Of($"{headline} — {Advice.For(rollback)}"), [new HeaderBlock(headline), .. sections.Select(s => new SectionBlock(s)), new ContextBlock([footer])]);
    }

    private Mrkdwn Broke()
    {
        var started = Mrkdwn.Of($"*Why*\nstarted by {rollback.Manual?.By ?? "hand"} at {Clock(rollback.ProposedAt)} UTC: {rollback.Manual?.Reason ?? rollback.Why}");
        if (rollback.Causes.IsEmpty)
            return started;
        var first = rollback.FiringCauses.FirstOrDefault() ?? rollback.Causes[0];
        var name = first.GeneratorUrl is { } url ? Mrkdwn.Link(url, first.AlertName) : Mrkdwn.Escape(first.AlertName);
        var others = rollback.Causes.Count > 1 ? Mrkdwn.Of($" and {rollback.Causes.Count - 1} more{AlsoOf()}") : default;
        var summary = first.Summary is { } text ? Mrkdwn.Of($"\n{text}") : default;
        var firing = rollback.FiringCauses.Count();
        var state = firing > 0 ? firing == rollback.Causes.Count ? "firing" : $"{firing} of {rollback.Causes.Count} firing" : rollback.Anew.IsEmpty ? "resolved by now" : "had ended, and fires anew";
        var broke = Mrkdwn.Of($"*What broke*\n{name}{others}{Severity(first)} since {Clock(rollback.EarliestStartsAt)} UTC, {state}{summary}");
        return rollback.Manual is null ? broke : Mrkdwn.Join("\n", [started, broke]);
    }

    // They share the workload, and whoever looks after those may be somebody else.
    private string AlsoOf() => rollback.Timeline.Select(t => t.Event).OfType<RollbackEvent.CauseAttached>().Select(a => a.Service).OfType<string>().Distinct().ToList() is { Count: > 0 } others
        ? $", also of {string.Join(", ", others)}"
        : "";

    // A start by hand has no severity; the alerts that joined it have theirs.
    private Mrkdwn Severity(Cause first) => rollback.Manual is null ? Mrkdwn.Of($" ({rollback.Severity.Name})")
        : first.Labels.TryGetValue("severity", out var severity) ? Mrkdwn.Of($" ({severity})")
        : default;

    private Mrkdwn? Result()
    {
        var measured = Mrkdwn.Join("", rollback.LastMeasured.Select(r => Mrkdwn.Of($"\n{TimelineLine.Result(r)}")));
        return (rollback, Worked()) switch
        {
            // It is looked at again every few seconds: whoever edits the message for that tells nothing.
            ({ Parking: { Reason: Reason.CannotTell } parking }, _) => Mrkdwn.Of($"*Why it waits*\n{parking.Text}"),
            ({ Parking: { } parking }, _) => Mrkdwn.Of($"*Why it waits*\n{parking.Text}{(parking.Until is { } until ? Mrkdwn.Of($" (looked at again at {Clock(until)} UTC)") : default)}"),
            ({ HasActed: false, Closed: { } closed }, _) => Mrkdwn.Of($"*Why*\n{closed.Text}"),
            (_, { } worked) => Mrkdwn.Of($"*Did it work?* {worked}{measured}"),
            _ => null,
        };
    }

    // Yes is said of what was measured, and of nothing else.
    private string? Worked() => rollback switch
    {
        { Ineffective: not null } when Resolution.Since(rollback) is { } resolved => $"Not within the hold: {rollback.Causes.MaxBy(c => rollback.ResolvedAt[c.Fingerprint])!.AlertName} fired on after it, and resolved at {Clock(resolved)} UTC.",
        { Ineffective: { } ineffective } => $"No: {ineffective.Text}",
        { Closed: { Outcome: Outcome.RolledBack } } => $"{Well()}{(rollback.StillFires ? " The alert still fires." : "")}",
        { Closed: { Outcome: Outcome.Failed or Outcome.Ineffective } closed } => $"No ({closed.Reason.Word()}): {closed.Text}",
        { Closed: { Outcome: Outcome.Inconclusive } closed, MethodHasFailed: true } => $"No, and the next way could not be begun ({closed.Reason.Word()}): {closed.Text}",
        { Closed: { Outcome: Outcome.Inconclusive } closed } => $"It cannot be told ({closed.Reason.Word()}): {closed.Text}",
        { Closed: { } closed } => $"It was not brought to its end ({closed.Reason.Word()}): {closed.Text}",
        { Phase: Phase.Stabilising } when rollback.Answers.IsEmpty => $"{NotVerified(Achieved.By(rollback))} Watched until {Clock(rollback.StabiliseUntil)} UTC.",
        { Phase: Phase.Stabilising } => $"Yes so far, measured; watched until {Clock(rollback.StabiliseUntil)} UTC.",
        { Phase: Phase.Verifying, Verifying: { } verifying } => $"Not known yet: checks are asked until {Clock(verifying.Deadline)} UTC.",
        { Fallback: { } fallback } => $"No ({fallback.Reason.Word()}): {fallback.Text}",
        _ => null,
    };

    private string Well() => Achieved.By(rollback) switch
    {
        { } when rollback.Closed is { Reason: Reason.WatchCutShort } cut => $"{cut.Text}.",
        { Measured: false } achieved => $"{NotVerified(achieved)}{(achieved.Watched ? " No alert began anew while it was watched." : "")}",
        { } when rollback.StillFires => "Its checks passed.",
        { Watched: true } => "Yes, measured, and it stayed so while it was watched.",
        _ => "Yes, measured; it was not watched afterwards.",
    };

    private static string NotVerified(Achieved achieved) => achieved.Asked
        ? "Its checks were asked as steps, see above; nothing was asked afterwards."
        : "Nothing was measured: the playbook has no checks.";

    // Called by a reply of its own, because an edited message notifies nobody; here it only says who.
    private Mrkdwn Called() => rollback.CallToCome is { } earlier
        ? Mrkdwn.Of($"Not called again for now: {Whom(earlier.Roles)}, called at {Clock(earlier.CalledAt)} UTC for the same in {Mrkdwn.Code(earlier.By)}.\n")
        : rollback.Timeline.Select(t => t.Event).OfType<RollbackEvent.Paged>().LastOrDefault() is not { Unheard: null } page || !isCalled
        ? default
        : Mrkdwn.Of($"Called: {Whom(page.Roles)}.\n");

    private static string Whom(IReadOnlyList<string> roles) => roles.Count == 0 ? "everybody here" : string.Join(", ", roles);

    private Mrkdwn Footer()
    {
        // A browser can only send a user's password: to whoever has nothing but a token, the link would be a question without an answer.
        var link = operators switch
        {
            { ExternalUrl: { } url } when operators.Operators is [] || operators.Operators.Any(c => c.User is not null) => Mrkdwn.Link($"{url.TrimEnd('/')}/api/v1/rollbacks/{rollback.Id}", rollback.Id),
            { Operators: [] } => Mrkdwn.Code(rollback.Id),
            _ => Mrkdwn.Code($"alertrollback show {rollback.Id}"),
        };
        var (began, since) = rollback switch
        {
            { After: not null } => ("took over", "it took over"),
            { Manual: not null } => ("started", "it was started"),
            _ => ("alert accepted", "the alert was accepted"),
        };
        var course = rollback.ClosedAt is { } closed
            ? string.Create(CultureInfo.InvariantCulture, $"closed {(closed - rollback.ProposedAt).TotalMinutes:0.#} min after {since}")
            : $"{began} {Clock(rollback.ProposedAt)} UTC";
        return Mrkdwn.Of($"{link} · {rollback.Service.Workload?.ToString() ?? rollback.Service.Name} · row {rollback.Row.Name} · {course}");
    }

    // Slack shows of which day the message is.
    private string Clock(DateTimeOffset? at) => at is { } moment ? Moment.Second(moment, rollback.ProposedAt) : "";
}
