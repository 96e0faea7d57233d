using AlertRollback.Matrix.Reading;
using AlertRollback.Yaml;
using FluentValidation;

namespace AlertRollback.Matrix.Rules;

/// <summary>
/// A service that a row leads to has what the steps and checks of the playbook need of it. Of a ladder, a method that does
/// not exist where the service runs is passed over: one that does is enough. What only some of a row's services lack is warned of.
/// </summary>
internal sealed class NeedRules : AbstractValidator<TeamDraft>
{
    public NeedRules()
    {
        RuleFor(t => t).Custom((team, context) =>
        {
            var needs = new Needs(team);
            foreach (var row in team.Rows.Where(r => r.Ending == RowEnding.Playbook && r.IsWhole))
            {
                if (team.Playbooks.FirstOrDefault(p => p.Name.Text == row.Subject.Text) is not { } playbook) continue;
                var services = team.Services.Where(s => row.Matchers.Where(m => m.Matcher.Name == DecisionMatrix.ServiceLabel).All(m => m.Matcher.Matches(s.Name.Text))).ToList();
                var what = $"row {Shown.Quoted(row.Name.Text)} starts the playbook {Shown.Quoted(playbook.Name.Text)}";
                if (needs.OfAll(playbook, services, manual: false) is var (of, by, need))
                    Fault(row.Subject, what, of, by, need, context);
                else foreach (var service in services)
                {
                    if (needs.Of(playbook, service, manual: false) is { } missing && !IsTakenEarlier(team, row, service)) Warn(row, what, service, missing, context);
                }
            }

            foreach (var playbook in team.Playbooks.Where(p => p.Manual is not null))
            {
                if (needs.OfAll(playbook, team.Services, manual: true) is var (of, by, need))
                    Fault(playbook.Name, $"the playbook {Shown.Quoted(playbook.Name.Text)} can be started for no service", of, by, need, context);
            }

            foreach (var service in team.Services)
            {
                foreach (var check in service.CheckSets.SelectMany(c => c.All))
                {
                    if (check.Check.Missing(needs.Definition(service), check.Parameters.Json) is { } need)
                        Fault(service.Name with { Place = check.Place }, $"\"checks\" of service {Shown.Quoted(service.Name.Text)}", service, check.Check.Name, need, context);
                }
            }
        });
    }

    private static void Fault(Placed at, string what, ServiceDraft service, string by, ServiceNeed need, ValidationContext<TeamDraft> context) => context.Fault(
        at.Place,
        Message(what, service, by, need),
        $"add {need.Example} to the service, or let nothing lead there");

    // A row may be meant for some of its services alone, and nobody can tell which: that one lacks something is found out in an emergency.
    private static void Warn(RowDraft row, string what, ServiceDraft own, (ServiceDraft Service, string By, ServiceNeed Need) missing, ValidationContext<TeamDraft> context)
    {
        var instead = missing.Service == own ? $", or keep it out of the row: {DecisionMatrix.ServiceLabel}!={Shown.Quoted(own.Name.Text)}" : "";
        context.Warn(row.Subject.Place, Message(what, missing.Service, missing.By, missing.Need), $"add {missing.Need.Example} to the service{instead}");
    }

    private static bool IsTakenEarlier(TeamDraft team, RowDraft row, ServiceDraft service) =>
        team.Rows.TakeWhile(r => r != row).Any(earlier => RowRules.TakesAllOf(earlier, row, service.Name.Text));

    private static string Message(string what, ServiceDraft service, string by, ServiceNeed need) =>
        $"{what}: its {by} needs {Shown.Quoted(need.Key)} of the service {Shown.Quoted(service.Name.Text)}, which does not say it";

    private sealed class Needs(TeamDraft team)
    {
        private readonly Dictionary<ServiceDraft, ServiceDefinition> _definitions = new(ReferenceEqualityComparer.Instance);

        // Check sets are asked for one by one, as drafts: two of one name are another rule's fault.
        public ServiceDefinition Definition(ServiceDraft service) => _definitions.TryGetValue(service, out var known)
            ? known
            : _definitions[service] = TeamCompiler.Service(team.Team.Text, service with { CheckSets = [] });

        /// <summary>What is missing, when it is missing for every one of the services; the first that lacks it.</summary>
        public (ServiceDraft Service, string By, ServiceNeed Need)? OfAll(PlaybookDraft playbook, IReadOnlyList<ServiceDraft> services, bool manual)
        {
            var missing = services.Select(s => Of(playbook, s, manual)).ToList();
            return missing.Count > 0 && missing.All(m => m is not null) ? missing[0] : null;
        }

        /// <summary>What is missing for one service; null: nothing.</summary>
        public (ServiceDraft Service, string By, ServiceNeed Need)? Of(PlaybookDraft playbook, ServiceDraft service, bool manual)
        {
            var methods = playbook.Methods.Where(m => manual || !m.OnlyManual).Select(m => First(m.Steps, service)).ToList();
            return First(playbook.Meanwhile, service) ?? (methods.Count > 0 && methods.All(m => m is not null) ? methods[0] : null) ?? OfChecks(playbook, service);
        }

        private (ServiceDraft, string, ServiceNeed)? First(IEnumerable<StepDraft> steps, ServiceDraft service)
        {
            foreach (var step in steps)
            {
                foreach (var of in ServicesOf(step, service))
                {
                    if (step.Action.Missing(Definition(of), step.Parameters.Json) is { } need) return (of, step.Action.Name, need);
                }
            }

            return null;
        }

        // A step may be for other services than the one the alert is about.
        private IEnumerable<ServiceDraft> ServicesOf(StepDraft step, ServiceDraft own) => step.Services?.Of(team) ?? [own];

        private (ServiceDraft, string, ServiceNeed)? OfChecks(PlaybookDraft playbook, ServiceDraft service)
        {
            var sets = playbook.Verify.Select(v => Named(service.CheckSets, v) ?? Named(team.CheckSets, v)).OfType<CheckSetDraft>();
            foreach (var check in sets.SelectMany(s => s.All).Where(c => !c.Report))
            {
                if (check.Check.Missing(Definition(service), check.Parameters.Json) is { } need) return (service, check.Check.Name, need);
            }

            return null;
        }

        private static CheckSetDraft? Named(IReadOnlyList<CheckSetDraft> sets, Placed name) => sets.FirstOrDefault(s => s.Name.Text == name.Text);
    }
}
