using AlertRollback.Alerts;
using AlertRollback.Alerts.Matching;

namespace AlertRollback.Matrix;

/// <summary>One team's rows, ready to decide on alerts for that team's services.</summary>
internal sealed class TeamMatrix
{
    private static readonly SeverityDefinition NoSeverity = new("none", null);

    private readonly IReadOnlyList<IReadOnlyList<Matcher>> _matchers;
    private readonly RowIndex _index;
    private readonly Dictionary<string, SeverityDefinition> _severities;
    private readonly Dictionary<string, PlaybookDefinition> _playbooks;
    private readonly WhyNoRow _whyNone;

    public TeamMatrix(TeamDefinition team, IReadOnlyList<IReadOnlyList<Matcher>> matchers)
    {
        Team = team;
        _matchers = matchers;
        _index = new RowIndex(matchers);
        _severities = team.Severities.ToDictionary(s => s.Name, StringComparer.Ordinal);
        _playbooks = team.Playbooks.ToDictionary(p => p.Name, StringComparer.Ordinal);
        _whyNone = new WhyNoRow(matchers);
    }

    public TeamDefinition Team { get; }

    public Decision Decide(ServiceDefinition service, LabelSet labels)
    {
        var place = _index.FirstMatch(labels);
        if (place < 0) return new Decision.DoNothing(Reason.NoRowMatched, Team.Name, null, $"no row of team {Team.Name} matches{_whyNone.Of(labels)}");
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
