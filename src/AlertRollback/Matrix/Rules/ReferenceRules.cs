using AlertRollback.Matrix.Reading;
using AlertRollback.Matrix.Yaml;
using FluentValidation;

namespace AlertRollback.Matrix.Rules;

/// <summary>Names lead to something: playbooks, check sets, severities and services.</summary>
internal sealed class ReferenceRules : AbstractValidator<TeamDraft>
{
    public ReferenceRules()
    {
        RuleForEach(t => t.Rows).Custom((row, context) =>
        {
            var team = context.InstanceToValidate;
            var what = $"row {Shown.Quoted(row.Name.Text)}";
            if (row.Ending == RowEnding.Playbook) Known(row.Subject, team.Playbooks.Select(p => p.Name), $"{what} names the playbook", "playbooks", context);
            if (row.Severity is { } severity) Known(severity, team.Severities.Select(s => s.Name), $"{what} names the severity", "severities", context);
            foreach (var matcher in row.Matchers.Where(m => m.Matcher.IsEquality))
            {
                var value = new Placed(matcher.Matcher.Value, matcher.Place);
                if (matcher.Matcher.Name == "severity") Known(value, team.Severities.Select(s => s.Name), $"{what} matches the severity", "severities", context);
                if (matcher.Matcher.Name == DecisionMatrix.ServiceLabel) Known(value, team.Services.Select(s => s.Name), $"{what} matches the service", "services", context);
            }
        });

        RuleForEach(t => t.Playbooks).Custom((playbook, context) =>
        {
            foreach (var name in playbook.Verify)
                Known(name, context.InstanceToValidate.CheckSets.Select(c => c.Name), $"playbook {Shown.Quoted(playbook.Name.Text)} names the check set", "check sets", context);
        });
    }

    private static void Known(Placed name, IEnumerable<Placed> known, string what, string kind, ValidationContext<TeamDraft> context)
    {
        var names = known.Select(k => k.Text).ToList();
        if (name.Text.Length > 0 && !names.Contains(name.Text))
            context.Fault(name.Place, $"{what} {Shown.Quoted(name.Text)}, which this file does not have", NearestName.Remedy(name.Text, names, kind));
    }
}
