using AlertRollback.Announcements.Wording;
using AlertRollback.Rollbacks;
using AlertRollback.Rollbacks.Guards;

namespace AlertRollback.Announcements.Report;

/// <summary>
/// What happened, as a Markdown document for the incident's record: filled in as far as the journal knows it; what only people can
/// know is left to them, and marked. A rollback and those that took over after it are one report, whichever of them is asked for.
/// </summary>
public sealed class RollbackReport
{
    private const string ToFillIn = "_to be filled in_";

    private readonly Book _book;
    private readonly IReadOnlyList<RollbackState> _runs;
    private readonly ReportedAlerts _alerts;
    private readonly ReportedTimes _times;
    private readonly ReportedChanges _changes;
    private readonly string? _incident;
    private readonly DateTimeOffset _now;

    private RollbackReport(Book book, IReadOnlyList<RollbackState> runs, string? incident, DateTimeOffset now)
    {
        (_book, _runs, _incident, _now) = (book, runs, incident, now);
        _alerts = new ReportedAlerts(runs);
        _times = new ReportedTimes(runs, _alerts, now);
        _changes = new ReportedChanges(runs);
    }

    private RollbackState First => _runs[0];

    /// <summary>The one that tells how it stands.</summary>
    private RollbackState Last => _runs[^1];

    /// <param name="incident">What people call it, <c>INC-2026-014</c>; null: it has no name yet.</param>
    public static string Of(Book book, RollbackState rollback, string? incident, DateTimeOffset now) =>
        string.Concat(new RollbackReport(book, Course(book, rollback), incident, now).Lines().Select(l => $"{l}\n"));

    private static List<RollbackState> Course(Book book, RollbackState rollback)
    {
        var runs = new List<RollbackState> { rollback };
        while (runs[0].After is { } before && book.Rollbacks.TryGetValue(before, out var failed))
            runs.Insert(0, failed);
        while (book.TookOver(runs[^1]) is { } next)
            runs.Add(next);
        return runs;
    }

    private IEnumerable<string> Lines() =>
    [
        $"# {Headline.Mark(First.Shadow)}Incident {(_incident is null ? "report" : Markdown.Text(_incident))}: {Markdown.Text(First.Service.Name)}, {_times.Begin.UtcDateTime:yyyy-MM-dd}",
        "",
        Markdown.Text(Headline.For(Last)),
        "",
        .. Head(),
        .. Section("Time line", TimeLine()),
        .. Section("What was done", Done()),
        .. Section("What was measured", Measured()),
        .. Section("Root cause", RootCause()),
        .. Section("Impact", Impact()),
        .. Section("What must be done now", [Markdown.Text(Advice.For(Last))]),
        .. Section("Checklist", ReportChecklist.Lines(_runs, _changes)),
        .. Section("Follow-ups", FollowUps()),
        .. Section("Lessons", Lessons()),
        "",
        $"Written by AlertRollback from its journal, {Moment.WholeMinute(_now)} UTC.",
    ];

    private static IEnumerable<string> Section(string title, IEnumerable<string> lines) => ["", $"## {title}", "", .. lines];

    private static string Item(string name, string text) => $"- **{name}:** {text}";

    private IEnumerable<string> Head()
    {
        yield return Item("Rollback", string.Join(", then ", _runs.Select(r => $"`{r.Id}`")));
        if (Together() is { Count: > 0 } others)
            yield return Item("Started together with", $"{string.Join(", ", others.Select(r => $"`{r.Id}`"))} (each has a report of its own)");
        yield return Item("Date", $"{_times.Begin.UtcDateTime:yyyy-MM-dd} (UTC)");
        yield return Item("Duration", _times.Duration);
        yield return Item("Severity", Markdown.Text(First.Severity.Name));
        yield return Item("Service", $"{Markdown.Text(First.Service.Name)} (team {Markdown.Text(First.Service.Team)}){Besides()}");
        yield return Item("Trigger", Trigger());
        foreach (var (what, fromTo) in _changes.Lines)
            yield return Item(what, fromTo);
        yield return Item("Outcome", Last.Closed is { } closed
            ? $"{closed.Outcome.Word()} ({closed.Reason.Word()}): {Markdown.Text(closed.Text)}"
            : $"not over; this is how it stands at {Moment.WholeMinute(_now)} UTC");
    }

    private List<RollbackState> Together() => First.Manual?.Group is not { } group ? [] :
        [.. _book.Rollbacks.Values.Where(r => r.Manual?.Group == group && r.Id != First.Id).OrderBy(r => r.Id, StringComparer.Ordinal)];

    private string Besides()
    {
        var attached = _runs.SelectMany(r => r.Timeline).Select(t => (t.Event as RollbackEvent.CauseAttached)?.Service);
        var reached = _changes.Done.Select(s => s.Service?.Name);
        var names = attached.Concat(reached).OfType<string>().Where(n => n != First.Service.Name).Distinct(StringComparer.Ordinal).Select(Markdown.Text).ToList();
        return names.Count == 0 ? "" : $"; also {string.Join(", ", names)}";
    }

    private string Trigger() => First switch
    {
        { Manual: { } manual } => $"by hand: {Markdown.Text(manual.By)} started {Markdown.Text(First.Playbook.Name)}"
            + $"{(manual.Method is { } method ? $" by {Markdown.Text(method)}" : "")}: {Markdown.Text(manual.Reason)}",
        { Causes: [var cause, ..] } => $"automatic: alert {Markdown.Text(cause.AlertName)}{(cause.Summary is null ? "" : $" — {Markdown.Text(cause.Summary)}")}; "
            + $"row \"{Markdown.Text(First.Row.Name)}\", playbook {Markdown.Text(First.Playbook.Name)}",
        _ => Markdown.Text(First.Why),
    };

    private IEnumerable<string> TimeLine() =>
        [Item("Detection", _times.Detection), Item("Response", _times.Response), Item("Mitigation", _times.Mitigation), Item("Resolution", _times.Resolution)];

    private IEnumerable<string> Done() => _runs.SelectMany(r => Condensed.Lines(r.Timeline))
        .Where(l => l.Text is not null).Select(l => $"- {_times.Clock(l.Entry.At)} {Markdown.Text(l.Text!)}");

    private IEnumerable<string> Measured()
    {
        // What took over may have been refused before it measured anything.
        var results = _runs.Select(r => r.LastMeasured.ToList()).LastOrDefault(r => r.Count > 0) ?? [];
        return results.Count > 0
            ? results.Select(r => $"- {Markdown.Text(TimelineLine.Result(r))}")
            : [_runs.Any(r => r.HasActed) ? "Nothing: whether it helped is for people to say." : "Nothing."];
    }

    // What points to it is no proof of it.
    private IEnumerable<string> RootCause()
    {
        yield return ToFillIn;
        yield return "";
        var judged = _runs.SelectMany(r => r.Timeline).Select(t => t.Event).OfType<RollbackEvent.GuardsJudged>().SelectMany(g => g.Results);
        if (judged.LastOrDefault(g => g.Guard == Attribution.Guard) is { } attribution)
            yield return Item("Release", Markdown.Text(attribution.Text));
        foreach (var warning in _changes.Done.SelectMany(s => s.Warnings).Distinct(StringComparer.Ordinal))
            yield return Item("Warning", Markdown.Text(warning));
        foreach (var run in _runs.Where(r => r.Evidence.Any()))
            yield return Item("Kept of what was taken away", $"`alertrollback evidence {run.Id}`");
    }

    private IEnumerable<string> Impact()
    {
        yield return Item("Users affected", ToFillIn);
        yield return Item("Functions affected", ToFillIn);
        yield return Item("Downtime", $"{ToFillIn}{(_alerts is { Any: true } ? "; the alerts, which say no more than that something was wrong:" : "")}");
        foreach (var line in _alerts.Lines(_times.Begin))
            yield return $"  - {line}";
        yield return Item("Requests and data lost", ToFillIn);
        yield return Item("Revenue lost", ToFillIn);
    }

    private IEnumerable<string> FollowUps()
    {
        foreach (var task in _runs.SelectMany(r => OpenItems.Find(_book, r.Id)?.Items ?? []))
        {
            yield return task.Done is { } done
                ? $"- [x] {Markdown.Text(task.Given.Text)} (done by {Markdown.Text(done.By)}{(done.Note is { } note ? $": {Markdown.Text(note)}" : "")})"
                : $"- [ ] {Markdown.Text(task.Given.Text)} ({(task.Given.Role is { } role ? $"{Markdown.Text(role)}, " : "")}{(task.Given.Within is { } within ? $"until {Moment.WholeMinute(task.At + within)} UTC; " : "")}`alertrollback task done {task.Given.Id}`)";
        }

        yield return $"- [ ] {ToFillIn}";
    }

    private IEnumerable<string> Lessons()
    {
        yield return Item("What went well", ToFillIn);
        yield return Item("What to improve", ToFillIn);
        foreach (var overrun in _runs.SelectMany(r => r.Timeline).Where(t => t.Event is RollbackEvent.Overran))
            yield return $"  - {Markdown.Text(TimelineLine.For(overrun)!)}";
        yield return Item("What we learned", ToFillIn);
    }
}
