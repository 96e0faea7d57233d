using AlertRollback.Matrix.Reading;
using AlertRollback.Yaml;
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
            foreach (var name in playbook.Verify)
                JudgesSomething(name, $"\"verify\" of {what}", context.InstanceToValidate.Services, context);
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
            foreach (var step in playbook.Steps)
            {
                foreach (var set in step.Conditions.SelectMany(c => c.Sets))
                    JudgesSomething(set, $"a condition in {what}", step.Services?.Of(context.InstanceToValidate) ?? context.InstanceToValidate.Services, context);
            }
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

    // No data is never a pass; neither are checks that are only shown. Each set is judged alone.
    private static void JudgesSomething(Placed name, string what, IEnumerable<ServiceDraft> services, ValidationContext<TeamDraft> context)
    {
        var sets = services.Select(s => Named(s.CheckSets, name) ?? Named(context.InstanceToValidate.CheckSets, name)).OfType<CheckSetDraft>();
        if (sets.FirstOrDefault(s => s.All.Count > 0 && s.All.All(c => c.Report)) is { } silent)
            context.Fault(name.Place, $"{what} asks the check set {Shown.Quoted(name.Text)}, which on line {silent.Name.Place.Line} only reports and judges nothing", "let at least one check in it be without report: true");
    }

    private static CheckSetDraft? Named(IReadOnlyList<CheckSetDraft> sets, Placed name) => sets.FirstOrDefault(s => s.Name.Text == name.Text);
}
