using AlertRollback.Alerts.Matching;
using AlertRollback.Matrix.Reading;
using FluentValidation;

namespace AlertRollback.Matrix.Rules;

/// <summary>Every row can decide: its matchers do not contradict each other, and no earlier row takes all its alerts.</summary>
internal sealed class RowRules : AbstractValidator<TeamDraft>
{
    public RowRules()
    {
        RuleForEach(t => t.Rows).Custom((row, context) =>
        {
            if (Contradiction(row) is var (pinned, other))
                context.Fault(other.Place, $"row {Shown.Quoted(row.Name.Text)} can never match: {pinned.Matcher} and {other.Matcher} contradict each other", "remove one of the two");
        });

        // An alert whose severity label is missing or misspelt must not be undone without the yes that others need.
        RuleFor(t => t).Custom((team, context) =>
        {
            if (team.Severities.FirstOrDefault(s => s.Approval is not null) is not { Name.Text: var asking }) return;
            foreach (var row in team.Rows.Where(r => r is { IsWhole: true, Ending: RowEnding.Playbook, Severity: null } && !PinsSeverity(r)))
                context.Fault(
                    row.Name.Place,
                    $"row {Shown.Quoted(row.Name.Text)} starts a playbook whatever the severity: where it is missing or not declared, nobody is asked for the approval that {Shown.Quoted(asking)} needs",
                    $"name it in the row, severity: {Shown.Clean(asking)}, or match it: severity={Shown.Quoted(asking)}");
        });

        RuleFor(t => t.Rows).Custom((rows, context) =>
        {
            foreach (var twice in rows.Where(r => r.Name.Text.Length > 0).GroupBy(r => r.Name.Text).Where(g => g.Count() > 1))
                context.Fault(twice.Last().Name.Place, $"two rows have the name {Shown.Quoted(twice.Key)}", $"the other is on line {twice.First().Name.Place.Line}: rename one");
            foreach (var (row, earlier) in Shadowed(rows))
            {
                context.Fault(
                    row.Name.Place,
                    $"row {Shown.Quoted(row.Name.Text)} never decides: the earlier row {Shown.Quoted(earlier.Name.Text)} on line {earlier.Name.Place.Line} matches all its alerts",
                    "put the more special row first, or remove one");
            }
        });
    }

    // That the value is a declared severity is a rule of its own.
    private static bool PinsSeverity(RowDraft row) => row.Matchers.Any(m => m.Matcher is { Name: "severity", IsEquality: true });

    // Only of what an equality pins, or an expression that is names alone, can it be told for sure; and of the same expression on both sides.
    private static (MatcherDraft Pinned, MatcherDraft Other)? Contradiction(RowDraft row)
    {
        foreach (var pinned in row.Matchers.OrderBy(m => m.Matcher.Operator != MatchOperator.Equal))
        {
            var left = Values(pinned.Matcher);
            foreach (var other in row.Matchers.Where(m => m.Matcher.Name == pinned.Matcher.Name))
            {
                left = left?.Where(other.Matcher.Matches).ToList();
                if (left is { Count: 0 } || (pinned.Matcher.Operator == MatchOperator.Matches && other.Matcher.Operator == MatchOperator.NotMatches && pinned.Matcher.Value == other.Matcher.Value))
                    return (pinned, other);
            }
        }

        return null;
    }

    // All that it can match; null: that cannot be told.
    private static IReadOnlyList<string>? Values(Matcher matcher) => matcher switch
    {
        { Operator: MatchOperator.Equal } or { Operator: MatchOperator.Matches, Value: "" } => [matcher.Value],
        { Operator: MatchOperator.Matches } => MatchedNameRules.Names(matcher)?.ToList(),
        _ => null,
    };

    private static IEnumerable<(RowDraft Row, RowDraft Earlier)> Shadowed(IReadOnlyList<RowDraft> rows)
    {
        var index = new RowIndex([.. rows.Select(r => r.Matchers.Select(m => m.Matcher).ToList())]);
        for (var place = 0; place < rows.Count; place++)
        {
            var row = rows[place];
            if (!row.IsWhole || Contradiction(row) is not null) continue;
            var pinned = row.Matchers.Where(m => m.Matcher.IsEquality).Select(m => KeyValuePair.Create(m.Matcher.Name, m.Matcher.Value)).Distinct();
            var earlier = index.Candidates(pinned).Where(i => i < place && rows[i].IsWhole && rows[i].Matchers.All(m => IsImplied(m.Matcher, row))).DefaultIfEmpty(-1).Min();
            if (earlier >= 0) yield return (row, rows[earlier]);
        }
    }

    /// <summary>Whether all alerts of a service that the row matches are the earlier row's already.</summary>
    internal static bool TakesAllOf(RowDraft earlier, RowDraft row, string service) =>
        earlier.IsWhole && earlier.Matchers.All(m => m.Matcher.Name == DecisionMatrix.ServiceLabel ? m.Matcher.Matches(service) : IsImplied(m.Matcher, row));

    private static bool IsImplied(Matcher matcher, RowDraft by) => by.Matchers.Any(m =>
        m.Matcher.Equals(matcher)
        || (m.Matcher.Operator == MatchOperator.Equal && m.Matcher.Name == matcher.Name && matcher.Matches(m.Matcher.Value)));
}
