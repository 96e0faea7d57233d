using AlertRollback.Matrix.Reading;
using FluentValidation;

namespace AlertRollback.Matrix.Rules;

/// <summary>What alerts start should undo only what was released lately: a release of any age is hardly the cause (S9).</summary>
internal sealed class SuspectRules : AbstractValidator<TeamDraft>
{
    public SuspectRules()
    {
        RuleForEach(t => t.Playbooks).Custom((playbook, context) =>
        {
            if (playbook.Guards.Settings.DeployedWithin is not null || !PlaybookRules.Callers(playbook, context.InstanceToValidate).Any())
                return;
            // No fault: a matrix that was in use, the last good one of the journal too, stays usable.
            if (playbook.Meanwhile.Concat(playbook.Methods.Where(m => !m.OnlyManual).SelectMany(m => m.Steps)).FirstOrDefault(s => s.Action.ReplacesRelease) is { } step)
            {
                context.Warn(
                    playbook.Name.Place,
                    $"alerts start the playbook {Shown.Quoted(playbook.Name.Text)}, and its {step.Action.Name} takes a release back however long that ran well before",
                    "say how old a suspect may be: guards: {deployed_within: 4h}");
            }
        });
    }
}
