using AlertRollback.Matrix.Reading;
using AlertRollback.Matrix.Yaml;
using FluentValidation;

namespace AlertRollback.Matrix.Rules;

/// <summary>A playbook's methods can be told apart and reached, and what it changes is proven.</summary>
internal sealed class PlaybookRules : AbstractValidator<TeamDraft>
{
    public PlaybookRules()
    {
        RuleForEach(t => t.Playbooks).Custom((playbook, context) =>
        {
            var what = $"playbook {Shown.Quoted(playbook.Name.Text)}";
            foreach (var twice in playbook.Methods.Where(m => m.Name.Text.Length > 0).GroupBy(m => m.Name.Text).Where(g => g.Count() > 1))
                context.Fault(twice.Last().Name.Place, $"{what} has two methods named {Shown.Quoted(twice.Key)}", "rename one");
            if (playbook.Verify.Count == 0 && playbook.Methods.SelectMany(m => m.Steps).Concat(playbook.Meanwhile).Any(ChangesProduction))
                context.Fault(playbook.Name.Place, $"{what} changes production without \"verify\": how would it be proven?", "name a check set: verify: [healthy]");
            if (playbook.Verify.Count > 0)
                JudgesSomething(playbook, what, context);
        });

        RuleForEach(t => t.Playbooks).Custom((playbook, context) =>
        {
            var what = $"playbook {Shown.Quoted(playbook.Name.Text)}";
            foreach (var step in playbook.Before.Where(ChangesProduction))
                context.Fault(step.Place, $"\"before\" of {what} has {step.Action.Name}, which changes production", "evidence only: put it into a method");
            foreach (var step in playbook.Meanwhile.Where(s => !s.Action.Restores))
                context.Fault(step.Place, $"\"meanwhile\" of {what} has {step.Action.Name}, which cannot be put back", "put it into a method");
            foreach (var check in playbook.Steps.SelectMany(s => s.Conditions).SelectMany(c => c.Checks).Where(c => c.Report))
                context.Fault(check.Place, $"a condition in {what} has {check.Check.Name} with report: true, which answers nothing", "remove report");
        });

        RuleForEach(t => t.Playbooks).Custom((playbook, context) =>
        {
            var what = $"playbook {Shown.Quoted(playbook.Name.Text)}";
            if (playbook.Then is { } then && then.Text == playbook.Name.Text)
                context.Fault(then.Place, $"{what} hands over to itself", "name another playbook, or page people");
            if (playbook.Manual is null && playbook.Methods.FirstOrDefault(m => m.OnlyManual) is { } unreachable)
                context.Fault(unreachable.Name.Place, $"method {Shown.Quoted(unreachable.Name.Text)} of {what} is for people, but nobody may start the playbook by hand", "say who: manual: {role: on-call}");
            if (playbook.Methods.Count > 0 && playbook.Methods.All(m => m.OnlyManual))
            {
                foreach (var caller in Callers(playbook, context.InstanceToValidate))
                    context.Fault(caller.Place, $"{what} has only methods for people, so nothing would be done", "let one be without only: manual");
            }
        });
    }

    private static bool ChangesProduction(StepDraft step) => step.Action.ChangesProductionWith(step.Parameters.Json);

    /// <summary>Where it is named to run without a person starting it: in rows, and by playbooks it takes over from.</summary>
    internal static IEnumerable<Placed> Callers(PlaybookDraft playbook, TeamDraft team) =>
        team.Rows.Where(r => r.Ending == RowEnding.Playbook).Select(r => r.Subject)
            .Concat(team.Playbooks.Select(p => p.Then).OfType<Placed>())
            .Where(n => n.Text == playbook.Name.Text);

    // No data is never a pass; neither are checks that are only shown.
    private static void JudgesSomething(PlaybookDraft playbook, string what, ValidationContext<TeamDraft> context)
    {
        var team = context.InstanceToValidate;
        foreach (var service in team.Services)
        {
            var sets = playbook.Verify.Select(v => Named(service.CheckSets, v) ?? Named(team.CheckSets, v)).OfType<CheckSetDraft>().ToList();
            if (sets.Count > 0 && sets.SelectMany(s => s.All).All(c => c.Report) && sets.Any(s => s.All.Count > 0))
                context.Fault(playbook.Verify[0].Place, $"\"verify\" of {what} only reports and judges nothing", "let at least one check be without report: true");
        }
    }

    private static CheckSetDraft? Named(IReadOnlyList<CheckSetDraft> sets, Placed name) => sets.FirstOrDefault(s => s.Name.Text == name.Text);
}
