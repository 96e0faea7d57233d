using AlertRollback.Matrix.Reading;
using AlertRollback.Operators;
using FluentValidation;

namespace AlertRollback.Matrix.Rules;

/// <summary>What another person has to agree to needs two: else it is found out in an emergency that nobody can.</summary>
internal sealed class AnotherPersonRules : AbstractValidator<TeamDraft>
{
    public AnotherPersonRules(OperatorConfiguration configuration)
    {
        RuleFor(t => t).Custom((team, context) =>
        {
            // Without credentials nobody is told apart, and people are not asked for.
            if (configuration.Operators.Count == 0 || !configuration.Teams.TryGetValue(team.Team.Text, out var grants)) return;
            foreach (var (playbook, manual, approval) in ByAnother(team))
            {
                var starters = manual.Roles.SelectMany(r => People(grants, r.Text)).ToHashSet(StringComparer.Ordinal);
                if (People(grants, approval.Role.Text).Any(agrees => starters.Any(starts => starts != agrees))) continue;
                context.Warn(
                    approval.Place,
                    $"nobody can agree to {Shown.Quoted(playbook.Name.Text)}: nobody of the role {Shown.Quoted(approval.Role.Text)} is another person than who starts it",
                    "ask the operator to name two people for these roles under people");
            }
        });
    }

    private static IEnumerable<(PlaybookDraft Playbook, ManualDraft Manual, ApprovalDraft Approval)> ByAnother(TeamDraft team) =>
        team.Playbooks.Where(p => p.Manual is not null).SelectMany(p => p.Approvals.Where(a => a.Definition.ByAnother).Select(a => (p, p.Manual!, a)));

    private static IReadOnlyList<string> People(TeamGrants grants, string role) => grants.People.TryGetValue(role, out var people) ? people.Names : [];
}
