using AlertRollback.Matrix.Reading;
using AlertRollback.Matrix.Yaml;
using FluentValidation;

namespace AlertRollback.Matrix.Rules;

/// <summary>A playbook's methods can be told apart, and what it changes is proven.</summary>
internal sealed class PlaybookRules : AbstractValidator<TeamDraft>
{
    public PlaybookRules()
    {
        RuleForEach(t => t.Playbooks).Custom((playbook, context) =>
        {
            var what = $"playbook {Shown.Quoted(playbook.Name.Text)}";
            foreach (var twice in playbook.Methods.Where(m => m.Name.Text.Length > 0).GroupBy(m => m.Name.Text).Where(g => g.Count() > 1))
                context.Fault(twice.Last().Name.Place, $"{what} has two methods named {Shown.Quoted(twice.Key)}", "rename one");
            if (playbook.Verify.Count == 0 && playbook.Methods.SelectMany(m => m.Steps).Any(s => s.Action.ChangesProduction))
                context.Fault(playbook.Name.Place, $"{what} changes production without \"verify\": how would it be proven?", "name a check set: verify: [healthy]");
            if (playbook.Verify.Count > 0)
                JudgesSomething(playbook, what, context);
        });

        RuleForEach(t => t.Playbooks).Custom((playbook, context) =>
        {
            foreach (var step in playbook.Before.Where(s => s.Action.ChangesProduction))
                context.Fault(step.Place, $"\"before\" of playbook {Shown.Quoted(playbook.Name.Text)} has {step.Action.Name}, which changes production", "evidence only: put it into a method");
        });
    }

    // No data is never a pass; neither are checks that are only shown.
    private static void JudgesSomething(PlaybookDraft playbook, string what, ValidationContext<TeamDraft> context)
    {
        var sets = context.InstanceToValidate.CheckSets.Where(c => playbook.Verify.Any(v => v.Text == c.Name.Text)).ToList();
        if (sets.Count > 0 && sets.SelectMany(s => s.All).All(c => c.Report) && sets.Any(s => s.All.Count > 0))
            context.Fault(playbook.Verify[0].Place, $"\"verify\" of {what} only reports and judges nothing", "let at least one check be without report: true");
    }
}
