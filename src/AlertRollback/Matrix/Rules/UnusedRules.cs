using AlertRollback.Matrix.Reading;
using FluentValidation;

namespace AlertRollback.Matrix.Rules;

/// <summary>What is defined leads to something: a playbook that nothing starts, or a name that nothing uses, is most likely a slip.</summary>
internal sealed class UnusedRules : AbstractValidator<TeamDraft>
{
    // No fault, any of it: a matrix that was in use, the last good one of the journal too, stays usable.
    public UnusedRules()
    {
        RuleForEach(t => t.Playbooks).Custom((playbook, context) =>
        {
            var team = context.InstanceToValidate;
            if (playbook.Manual is null && !PlaybookRules.Callers(playbook, team).Any())
                context.Warn(playbook.Name.Place, $"playbook {Shown.Quoted(playbook.Name.Text)} never runs: no row and no \"on_failure\" leads to it, and it has no \"manual\"", "name it in a row, or say who may start it: manual: {role: on-call}");
            var used = InputsUsed(playbook, team);
            foreach (var input in playbook.Manual?.InputNames.Where(i => !used.Contains(i.Text)) ?? [])
                context.Warn(input.Place, $"nothing in playbook {Shown.Quoted(playbook.Name.Text)} uses its input {Shown.Quoted(input.Text)}", $"write ${{{Shown.Clean(input.Text)}}} where it belongs, or remove it");
        });

        RuleFor(t => t).Custom((team, context) =>
        {
            var asked = team.Playbooks.SelectMany(p => p.Verify.Concat(p.Steps.SelectMany(s => s.Conditions).SelectMany(c => c.Sets))).Select(s => s.Text).ToHashSet(StringComparer.Ordinal);
            foreach (var (set, of) in team.CheckSets.Select(c => (c.Name, "")).Concat(team.Services.SelectMany(s => s.CheckSets.Select(c => (c.Name, $" of service {Shown.Quoted(s.Name.Text)}")))))
            {
                if (!asked.Contains(set.Text))
                    context.Warn(set.Place, $"no playbook asks the check set {Shown.Quoted(set.Text)}{of}", NearestName.DidYouMean(set.Text, asked) ?? $"name it in one, verify: [{Shown.Clean(set.Text)}], or remove it");
            }

            var steps = team.Playbooks.SelectMany(p => p.Steps).Select(s => s.Name).ToHashSet(StringComparer.Ordinal);
            foreach (var step in team.NamedSteps.Where(s => !steps.Contains(s.Text)))
                context.Warn(step.Place, $"no playbook has the step {Shown.Quoted(step.Text)}", "name it among the steps of one, or remove it");
        });

        RuleFor(t => t).Custom((team, context) =>
        {
            foreach (var severity in team.Severities.Select(s => s.Name).Where(s => team.Rows.All(r => r.IsWhole && !IsOf(r, s.Text))))
                context.Warn(severity.Place, $"no row is for the severity {Shown.Quoted(severity.Text)}", $"match it in one, severity={Shown.Quoted(severity.Text)}, or remove it");
            foreach (var window in team.Windows.Select(w => w.Name).Where(w => team.Rows.All(r => r.Window?.Text != w.Text)))
                context.Warn(window.Place, $"no row waits for the window {Shown.Quoted(window.Text)}", $"name it in one, in: {Shown.Clean(window.Text)}, or remove it");
        });
    }

    private static bool IsOf(RowDraft row, string severity) => row.Severity is { } own
        ? own.Text == severity
        : row.Matchers.Where(m => m.Matcher.Name.Equals("severity", StringComparison.OrdinalIgnoreCase)).All(m => m.Matcher.Name == "severity" && m.Matcher.Matches(severity));

    // The playbook that takes over gets the same values.
    private static HashSet<string> InputsUsed(PlaybookDraft playbook, TeamDraft team)
    {
        var next = team.Playbooks.FirstOrDefault(p => p.Name.Text == playbook.Then?.Text);
        return [.. InputRules.Used(playbook, team).Concat(next is null ? [] : InputRules.Used(next, team)).Select(u => u.Text)];
    }
}
