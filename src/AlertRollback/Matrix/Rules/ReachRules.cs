using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix.Reading;
using AlertRollback.Operators;
using FluentValidation;

namespace AlertRollback.Matrix.Rules;

/// <summary>
/// A workload that a step names besides its service's own belongs to no other team (S15). One that no service has is warned of: no
/// freeze and no rollback of it keeps the step away.
/// </summary>
internal sealed class ReachRules : AbstractValidator<IReadOnlyList<TeamDraft>>
{
    public ReachRules()
    {
        RuleFor(teams => teams).Custom((teams, context) =>
        {
            var declared = teams.SelectMany(t => t.Services.Where(s => s.Workload is not null), (t, s) => (t.Team, Workload: s.Workload!))
                .ToLookup(d => d.Workload.Address, StringComparer.Ordinal);
            foreach (var (team, playbook, step, workload) in teams.SelectMany(Reached).DistinctBy(r => (r.Step.Place, r.Workload)))
            {
                var what = $"{step.Action.Name} in playbook {Shown.Quoted(playbook.Name.Text)} changes the workload {Shown.Quoted(workload)}";
                if (!declared.Contains(workload))
                    context.Warn(step.Place, $"{what}, which no service has, so that it cannot be frozen", "declare it as a service: its name, and workload: {KIND: NAMESPACE/NAME}");
                else if (declared[workload].All(d => d.Team.Text != team.Team.Text) && declared[workload].First() is var other)
                    context.Fault(step.Place, $"{what}, which belongs to the team {Shown.Quoted(other.Team.Text)}", $"it stands in {other.Workload.Place.File}, line {other.Workload.Place.Line}: give people a task, or let that team have a playbook for it");
            }
        });
    }

    private static IEnumerable<(TeamDraft Team, PlaybookDraft Playbook, StepDraft Step, string Workload)> Reached(TeamDraft team) =>
        from playbook in team.Playbooks
        from step in playbook.Steps
        where step.Action.ChangesProductionWith(step.Parameters.Json)
        from draft in step.Services?.Of(team) ?? ServicesOf(playbook, team)
        let service = TeamCompiler.Service(team.Team.Text, draft with { CheckSets = [] })
        from named in step.Action.Named(service, step.Parameters.Json)
        let workload = WorkloadRef.Parse(named.ToString())
        where workload is not null
        select (team, playbook, step, Address(service, workload));

    // Who starts it by hand may do so for any of them, and so may what it takes over from.
    private static IEnumerable<ServiceDraft> ServicesOf(PlaybookDraft playbook, TeamDraft team) =>
        playbook.Manual is not null || team.Playbooks.Any(p => p.Then?.Text == playbook.Name.Text)
            ? team.Services
            : team.Services.Where(s => team.Rows.Any(r => r.Ending == RowEnding.Playbook && r.Subject.Text == playbook.Name.Text
                && r.Matchers.Where(m => m.Matcher.Name == DecisionMatrix.ServiceLabel).All(m => m.Matcher.Matches(s.Name.Text))));

    private static string Address(ServiceDefinition service, WorkloadRef workload) =>
        new WorkloadDefinition(workload.Kind.ToString().ToLowerInvariant(), workload.Namespace, workload.Name, service.Workload?.Cluster ?? OperatorConfiguration.DefaultCluster).Address;
}
