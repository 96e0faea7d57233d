using AlertRollback.Matrix.Reading;
using AlertRollback.Yaml;
using FluentValidation;

namespace AlertRollback.Matrix.Rules;

/// <summary>Names lead to something: playbooks, check sets, severities, windows and services.</summary>
internal sealed class ReferenceRules : AbstractValidator<TeamDraft>
{
    public ReferenceRules()
    {
        RuleForEach(t => t.Rows).Custom((row, context) =>
        {
            var team = context.InstanceToValidate;
            var what = $"row {Shown.Quoted(row.Name.Text)}";
            if (row.Ending == RowEnding.Playbook) Known(row.Subject, team.Playbooks.Select(p => p.Name), $"{what} names the playbook", "playbooks", context);
            if (row.Severity is { } severity) KnownSeverity(severity, $"{what} names the severity", context);
            if (row.Window is { } window) Known(window, team.Windows.Select(w => w.Name), $"{what} names the window", "windows", context);
            foreach (var matcher in row.Matchers.Where(m => m.Matcher.IsEquality))
            {
                var value = new Placed(matcher.Matcher.Value, matcher.Place);
                if (matcher.Matcher.Name == "severity") KnownSeverity(value, $"{what} matches the severity", context);
                if (matcher.Matcher.Name == DecisionMatrix.ServiceLabel) Known(value, team.Services.Select(s => s.Name), $"{what} matches the service", "services", context);
            }
        });

        RuleForEach(t => t.Playbooks).Custom((playbook, context) =>
        {
            var team = context.InstanceToValidate;
            var what = $"playbook {Shown.Quoted(playbook.Name.Text)}";
            foreach (var name in playbook.Verify) KnownSet(name, $"{what} names the check set", team.Services, context);
            if (playbook.Then is { } then) Known(then, team.Playbooks.Select(p => p.Name), $"{what} hands over to the playbook", "playbooks", context);
            foreach (var step in playbook.Steps)
            {
                // A named step is checked once for all its uses, where it stands.
                var of = step.Name is null ? $"{step.Action.Name} in {what}" : $"step {Shown.Quoted(step.Name)}";
                foreach (var set in step.Conditions.SelectMany(c => c.Sets))
                    KnownSet(set, $"{of} asks the check or check set", step.Services?.Of(team) ?? team.Services, context);
                if (step.Services is { Names: [] } all && !all.Of(team).Any())
                    context.Fault(all.Place, $"{of} is for all services, but none of this file has a workload", "give them a workload, or name services: services: [rental-api]");
                foreach (var service in step.Services?.Names ?? [])
                    Known(service, team.Services.Select(s => s.Name), $"{of} names the service", "services", context);
            }
        });
    }

    // A set that only services have, every one of those it is asked for must have: a service that nobody thought of must not pass (S16).
    private static void KnownSet(Placed name, string what, IEnumerable<ServiceDraft> services, ValidationContext<TeamDraft> context)
    {
        var team = context.InstanceToValidate;
        if (team.CheckSets.Any(c => c.Name.Text == name.Text)) return;
        if (!team.Services.Any(s => Has(s, name)))
            Known(name, team.CheckSets.Concat(team.Services.SelectMany(s => s.CheckSets)).Select(c => c.Name), what, "check sets", context);
        else if (services.FirstOrDefault(s => !Has(s, name)) is { } without)
            context.Fault(name.Place, $"{what} {Shown.Quoted(name.Text)}, which the service {Shown.Quoted(without.Name.Text)} does not have", "give it one under its \"checks\", or all of them one under the file's \"checks\"");
    }

    private static bool Has(ServiceDraft service, Placed set) => service.CheckSets.Any(c => c.Name.Text == set.Text);

    private static void KnownSeverity(Placed name, string what, ValidationContext<TeamDraft> context)
    {
        if (context.InstanceToValidate.Severities is { Count: > 0 } severities)
            Known(name, severities.Select(s => s.Name), what, "severities", context);
        else if (name.Text.Length > 0)
            context.Fault(name.Place, $"{what} {Shown.Quoted(name.Text)}, but this file declares none", $"add severities: {{{Shown.Clean(name.Text)}: {{}}}}");
    }

    private static void Known(Placed name, IEnumerable<Placed> known, string what, string kind, ValidationContext<TeamDraft> context)
    {
        var names = known.Select(k => k.Text).ToList();
        if (name.Text.Length > 0 && !names.Contains(name.Text))
            context.Fault(name.Place, $"{what} {Shown.Quoted(name.Text)}, which this file does not have", NearestName.Remedy(name.Text, names, kind));
    }
}
