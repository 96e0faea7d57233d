using AlertRollback.Matrix.Reading;
using AlertRollback.Yaml;
using FluentValidation;

namespace AlertRollback.Matrix.Rules;

/// <summary>Teams stay apart: one file per team, and a service and its workload belong to one of them (S15).</summary>
internal sealed class TeamsRules : AbstractValidator<IReadOnlyList<TeamDraft>>
{
    public TeamsRules()
    {
        RuleFor(teams => teams).Custom((teams, context) =>
        {
            foreach (var twice in Twice(teams.Select(t => t.Team)))
                context.Fault(twice.Second.Place, $"the team {Shown.Quoted(twice.Second.Text)} has a second file", $"the first is {twice.First.Place.File}: a team has one file, so that the order of its rows is plain");
            foreach (var twice in Twice(teams.SelectMany(t => t.Services.Select(s => s.Name))))
                context.Fault(twice.Second.Place, $"the service {Shown.Quoted(twice.Second.Text)} is declared twice", $"it already stands in {twice.First.Place.File}, line {twice.First.Place.Line}: a service belongs to one team");
            foreach (var (first, second) in Shared(teams))
                context.Fault(second.Place, $"the workload {Shown.Quoted(second.Text)} already belongs to the team {Shown.Quoted(first.Team.Text)}", $"it stands in {first.Workload.Place.File}, line {first.Workload.Place.Line}: a workload belongs to one team");
        });
    }

    // Rollbacks meet at their workload: one team's rows, playbooks and people would end those of the other.
    private static IEnumerable<((Placed Team, Placed Workload) First, Placed Second)> Shared(IEnumerable<TeamDraft> teams) =>
        teams.SelectMany(t => t.Services.Select(s => s.Workload).OfType<WorkloadDraft>().Select(w => (t.Team, Workload: new Placed(w.Address, w.Place))))
            .GroupBy(w => w.Workload.Text, StringComparer.Ordinal)
            .SelectMany(same => same.Where(w => w.Team.Text != same.First().Team.Text).Select(w => (same.First(), w.Workload)));

    private static IEnumerable<(Placed First, Placed Second)> Twice(IEnumerable<Placed> names) =>
        names.Where(n => n.Text.Length > 0)
            .GroupBy(n => n.Text, StringComparer.Ordinal)
            .SelectMany(same => same.Skip(1).Select(second => (same.First(), second)));
}
