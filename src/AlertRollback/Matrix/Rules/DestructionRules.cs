using AlertRollback.Matrix.Reading;
using FluentValidation;

namespace AlertRollback.Matrix.Rules;

/// <summary>What can lose data for good is started by a person and agreed to by typing; an alert never leads to it.</summary>
internal sealed class DestructionRules : AbstractValidator<TeamDraft>
{
    public DestructionRules()
    {
        RuleForEach(t => t.Playbooks).Custom((playbook, context) =>
        {
            var what = $"playbook {Shown.Quoted(playbook.Name.Text)}";
            var destructive = playbook.Steps.Where(DestroysData).ToList();
            if (destructive.Count == 0) return;
            var action = destructive[0].Action.Name;
            foreach (var step in playbook.OnFailure.Where(DestroysData))
                context.Fault(step.Place, $"\"on_failure\" of {what} has {step.Action.Name}, which can lose data for good, and nobody is asked there", "let it be the last method, which is asked about when it comes to that, or a playbook of its own that a person starts");
            foreach (var step in Unagreed(playbook).Where(DestroysData))
                context.Fault(step.Place, $"{step.Action.Name} in {what} can lose data for good, and nobody has to agree by typing", "add approval: {role: database-admin, type: the database's name} to the playbook or the method");
            if (playbook.Manual is null)
                context.Fault(playbook.Name.Place, $"{what} has {action}, which can lose data for good: only a person may start it", "say who: manual: {role: database-admin}");
            foreach (var caller in PlaybookRules.Callers(playbook, context.InstanceToValidate))
                context.Fault(caller.Place, $"{what} has {action}, which can lose data for good: it must not start without a person", "give people a task instead: task: {role: …, text: …}");
        });
    }

    private static bool DestroysData(StepDraft step) => step.Action.DestroysDataWith(step.Parameters.Json);

    // Steps that run without a typed answer before them.
    private static IEnumerable<StepDraft> Unagreed(PlaybookDraft playbook) => IsTyped(playbook.Approval)
        ? []
        : [.. playbook.Before, .. playbook.Meanwhile, .. playbook.Methods.Where(m => !IsTyped(m.Approval)).SelectMany(m => m.Steps)];

    private static bool IsTyped(ApprovalDraft? approval) => approval?.Definition.Type is not null;
}
