using AlertRollback.Alerts;
using AlertRollback.Alerts.Matching;

namespace AlertRollback.Matrix;

/// <summary>One team's rows, ready to decide on alerts for that team's services.</summary>
internal sealed class TeamMatrix
{
    private const int MostShown = 3;
    private static readonly SeverityDefinition NoSeverity = new("none", null);

    private readonly IReadOnlyList<IReadOnlyList<Matcher>> _matchers;
    private readonly RowIndex _index;
    private readonly Dictionary<string, SeverityDefinition> _severities;
    private readonly Dictionary<string, PlaybookDefinition> _playbooks;
    private readonly string[] _needed;

    public TeamMatrix(TeamDefinition team, IReadOnlyList<IReadOnlyList<Matcher>> matchers)
    {
        Team = team;
        _matchers = matchers;
        _index = new RowIndex(matchers);
        _severities = team.Severities.ToDictionary(s => s.Name, StringComparer.Ordinal);
        _playbooks = team.Playbooks.ToDictionary(p => p.Name, StringComparer.Ordinal);
        // The labels that rows ask for, the one most rows ask for first.
        _needed = [.. matchers.SelectMany(r => r.Where(m => !m.Matches("")).Select(m => m.Name).Distinct())
            .CountBy(n => n).OrderByDescending(n => n.Value).ThenBy(n => n.Key, StringComparer.Ordinal).Select(n => n.Key)];
    }

    public TeamDefinition Team { get; }

    public Decision Decide(ServiceDefinition service, LabelSet labels)
    {
        var place = _index.FirstMatch(labels);
        if (place < 0) return new Decision.DoNothing(Reason.NoRowMatched, Team.Name, null, WhyNone(labels));
        var row = Team.Rows[place];
        var text = $"row \"{row.Name}\" of team {Team.Name} matches {Matched(place)}";
        if (row.Ending == RowEnding.Playbook && NotMeasured.Is(labels) && !NotMeasured.IsMeant(_matchers[place], labels))
        {
            return new Decision.DoNothing(
                Reason.NotMeasured, Team.Name, row,
                $"{text}, but {labels[NotMeasured.AlertName]} only says that {Shown.Quoted(labels[NotMeasured.RuleName])} could not be measured: it starts no playbook unless a matcher of the row is for it");
        }

        return row.Ending switch
        {
            RowEnding.Playbook => new Decision.Act(row, service, SeverityOf(row, labels), _playbooks[row.Subject].For(service), $"{text}: playbook {row.Subject} for {service.Name}{In(row.Window)}"),
            RowEnding.Task => GiveTask(row, service, SeverityOf(row, labels), text),
            _ => new Decision.DoNothing(Reason.LogOnly, Team.Name, row, $"{text}: only logged"),
        };
    }

    public IReadOnlyList<RowExplanation> Explain(LabelSet labels)
    {
        var decided = _index.FirstMatch(labels);
        return [.. Team.Rows.Select((row, place) => new RowExplanation(row, place == decided, WhyRow(place, decided, labels)))];
    }

    private string WhyRow(int place, int decided, LabelSet labels)
    {
        if (_matchers[place].FirstOrDefault(m => !m.Matches(labels)) is { } failing)
        {
            var value = labels[failing.Name];
            return $"{failing} does not match: {(value.Length == 0 ? $"the alert has no label \"{failing.Name}\"" : $"it is {Shown.Quoted(value)}")}";
        }

        return place == decided ? $"decides: matches {Matched(place)}" : "matches too, but an earlier row decides";
    }

    private string Matched(int place) => _matchers[place].Count == 0 ? "every alert" : string.Join(", ", _matchers[place]);

    // A label that one row alone asks for is not what is wrong where other rows fail by the value of one that is there.
    private string WhyNone(LabelSet labels)
    {
        var none = $"no row of team {Team.Name} matches";
        var failing = _matchers.Select(r => r.Where(m => !m.Matches(labels)).ToList()).ToList();
        if (failing.All(r => r.Exists(m => labels[m.Name].Length == 0)))
            return _needed.Length == 0 ? none : $"{none}; the alert has no label {string.Join(", ", _needed.Where(n => labels[n].Length == 0).Take(MostShown).Select(Shown.Quoted))}";
        var unfit = failing.SelectMany(r => r).Select(m => m.Name).Where(n => labels[n].Length > 0).Distinct().Where(n => !_matchers.Any(r => Fits(r, n, labels))).Take(MostShown).ToList();
        return unfit.Count == 0 ? none : $"{none}; {string.Join(", ", unfit.Select(n => $"{n} {Shown.Quoted(labels[n])}"))} fits none";
    }

    private static bool Fits(IReadOnlyList<Matcher> row, string name, LabelSet labels) =>
        row.Where(m => m.Name == name).ToList() is { Count: > 0 } asked && asked.TrueForAll(m => m.Matches(labels));

    private static Decision.GiveTask GiveTask(RowDefinition row, ServiceDefinition service, SeverityDefinition severity, string text) =>
        new(row, service, severity, $"{text}: a task for {row.TaskRole ?? "people"}{(severity.StartWithin is { } span ? $", to be begun within {Durations.Format(span)}" : "")}");

    private static string In(WindowDefinition? window) => window is null ? "" : $" in the window {window.Name}";

    private SeverityDefinition SeverityOf(RowDefinition row, LabelSet labels)
    {
        var name = row.Severity ?? labels["severity"];
        if (_severities.TryGetValue(name, out var severity)) return severity;
        return name.Length == 0 ? NoSeverity : new SeverityDefinition(Shown.Clean(name), null);
    }
}
