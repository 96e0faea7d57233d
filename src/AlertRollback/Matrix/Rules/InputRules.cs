using AlertRollback.Matrix.Reading;
using AlertRollback.Yaml;
using FluentValidation;

namespace AlertRollback.Matrix.Rules;

/// <summary>Every input that a playbook's steps, checks and approvals use has a value whenever it runs.</summary>
internal sealed class InputRules : AbstractValidator<TeamDraft>
{
    public InputRules()
    {
        RuleForEach(t => t.Playbooks).Custom((playbook, context) =>
        {
            var inputs = playbook.Manual?.Inputs ?? [];
            foreach (var used in Used(playbook, context.InstanceToValidate).Where(u => inputs.All(i => i.Name != u.Text)))
            {
                context.Fault(
                    used.Place,
                    $"{Shown.Quoted($"${{{used.Text}}}")} is not an input of the playbook {Shown.Quoted(playbook.Name.Text)}, which uses it",
                    $"declare it there: manual: {{inputs: {{{used.Text}: required}}}}");
            }
        });

        RuleFor(t => t).Custom((team, context) =>
        {
            foreach (var row in team.Rows.Where(r => r.Ending == RowEnding.Playbook))
            {
                if (Find(team, row.Subject)?.Manual?.Inputs.FirstOrDefault(i => i.Default is null) is { } missing)
                    context.Fault(row.Subject.Place, $"row {Shown.Quoted(row.Name.Text)} starts the playbook {Shown.Quoted(row.Subject.Text)}, whose input {Shown.Quoted(missing.Name)} an alert does not give", "give the input a default, or let only people start the playbook");
            }

            foreach (var playbook in team.Playbooks)
            {
                if (playbook.Then is not { } then || Find(team, then) is not { } next) continue;
                foreach (var input in (next.Manual?.Inputs ?? []).Where(i => (playbook.Manual?.Inputs ?? []).All(own => own.Name != i.Name)))
                    context.Fault(then.Place, $"the playbook {Shown.Quoted(then.Text)} needs the input {Shown.Quoted(input.Name)}, which {Shown.Quoted(playbook.Name.Text)} does not have", "declare it in both");
                if (StartedByRow(team, playbook) && next.Manual?.Inputs.FirstOrDefault(i => i.Default is null) is { } missing)
                    context.Fault(then.Place, $"the playbook {Shown.Quoted(then.Text)} takes over from {Shown.Quoted(playbook.Name.Text)}, which an alert starts, and an alert does not give its input {Shown.Quoted(missing.Name)}", "give the input a default there too");
            }
        });
    }

    private static PlaybookDraft? Find(TeamDraft team, Placed name) => team.Playbooks.FirstOrDefault(p => p.Name.Text == name.Text);

    private static bool StartedByRow(TeamDraft team, PlaybookDraft playbook) => team.Rows.Any(r => r.Ending == RowEnding.Playbook && r.Subject.Text == playbook.Name.Text);

    internal static IEnumerable<Placed> Used(PlaybookDraft playbook, TeamDraft team)
    {
        var sets = playbook.Verify.Concat(playbook.Steps.SelectMany(s => s.Conditions).SelectMany(c => c.Sets)).Select(s => s.Text).ToHashSet();
        var checks = team.CheckSets.Concat(team.Services.SelectMany(s => s.CheckSets)).Where(c => sets.Contains(c.Name.Text)).SelectMany(c => c.All);
        return playbook.Steps.SelectMany(s => s.Parameters.Inputs)
            .Concat(checks.Concat(playbook.OwnChecks).SelectMany(c => c.Parameters.Inputs))
            .Concat(playbook.Approvals.SelectMany(a => a.Inputs));
    }
}
