using System.Text.RegularExpressions;
using AlertRollback.Alerts.Matching;
using AlertRollback.Matrix.Reading;
using FluentValidation;

namespace AlertRollback.Matrix.Rules;

/// <summary>
/// What a row leaves out, or matches by an expression, is there: a mistyped name leaves out nobody. That a name after "=" is
/// there is a rule of its own. A label of another case is none that alerts have.
/// </summary>
internal sealed partial class MatchedNameRules : AbstractValidator<TeamDraft>
{
    private static readonly string[] WellKnown = ["alertname", "severity", DecisionMatrix.ServiceLabel];

    public MatchedNameRules()
    {
        RuleForEach(t => t.Rows).Custom((row, context) =>
        {
            var team = context.InstanceToValidate;
            foreach (var matcher in row.Matchers)
            {
                if (WellKnown.FirstOrDefault(l => matcher.Matcher.Name != l && matcher.Matcher.Name.Equals(l, StringComparison.OrdinalIgnoreCase)) is { } label)
                    context.Warn(matcher.Place, $"row {Shown.Quoted(row.Name.Text)} has {Shown.Clean(matcher.Matcher.ToString())}, but a label is another one in other letters", $"write {label}, as alerts do");
            }

            foreach (var matcher in row.Matchers.Where(m => m.Matcher.Operator != MatchOperator.Equal))
            {
                var what = $"row {Shown.Quoted(row.Name.Text)} has {Shown.Clean(matcher.Matcher.ToString())}";
                if (matcher.Matcher.Name == DecisionMatrix.ServiceLabel) CheckService(matcher, what, [.. team.Services.Select(s => s.Name.Text)], context);
                if (matcher.Matcher.Name == "severity") CheckSeverity(matcher, what, [.. team.Severities.Select(s => s.Name.Text)], context);
            }
        });
    }

    // A row sees its own team's services only, so that any other name is a mistake. No fault: the matrix may have been in use.
    private static void CheckService(MatcherDraft matcher, string what, IReadOnlyList<string> services, ValidationContext<TeamDraft> context)
    {
        if (Names(matcher.Matcher) is { } names)
        {
            foreach (var unknown in names.Except(services))
                context.Warn(matcher.Place, $"{what}, but this file has no service {Shown.Quoted(unknown)}", NearestName.Remedy(unknown, services, "services"));
        }
        else if (services.Count > 0 && services.All(s => matcher.Matcher.Matches(s) == (matcher.Matcher.Operator == MatchOperator.NotMatches)))
        {
            context.Warn(matcher.Place, $"{what}, an expression that fits no service of this file", $"services here: {string.Join(", ", services.Select(Shown.Clean))}");
        }
    }

    // Alerts may well have severities that this file does not declare, to be left out: only what is nearly one of its own is a mistake.
    private static void CheckSeverity(MatcherDraft matcher, string what, IReadOnlyList<string> severities, ValidationContext<TeamDraft> context)
    {
        foreach (var unknown in (Names(matcher.Matcher) ?? []).Except(severities))
        {
            // Severities are numbered: P3 is no mistyped P1.
            if (NearestName.DidYouMean(unknown, [.. severities.Where(s => Digits().Replace(s, "") != Digits().Replace(unknown, ""))]) is { } meant)
                context.Warn(matcher.Place, $"{what}, but this file has no severity {Shown.Quoted(unknown)}", meant);
        }
    }

    // Null: an expression of another form than name|name.
    internal static IEnumerable<string>? Names(Matcher matcher) => matcher switch
    {
        { Value: "" } => [],
        { Operator: MatchOperator.NotEqual } => [matcher.Value],
        _ => NamesOnly().IsMatch(matcher.Value) ? matcher.Value.Split('|') : null,
    };

    [GeneratedRegex(@"\A[-_a-zA-Z0-9]+(\|[-_a-zA-Z0-9]+)*\z", RegexOptions.CultureInvariant)]
    private static partial Regex NamesOnly();

    [GeneratedRegex("[0-9]", RegexOptions.CultureInvariant)]
    private static partial Regex Digits();
}
