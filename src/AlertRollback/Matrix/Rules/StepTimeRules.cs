using AlertRollback.Matrix.Reading;
using FluentValidation;

namespace AlertRollback.Matrix.Rules;

/// <summary>What is waited for fits into the time there is for it: else each run of it ends as a measured failure.</summary>
internal sealed class StepTimeRules : AbstractValidator<TeamDraft>
{
    public StepTimeRules()
    {
        // No fault: a matrix that was in use, the last good one of the journal too, stays usable.
        RuleForEach(t => t.Playbooks).Custom((playbook, context) =>
        {
            var what = $"playbook {Shown.Quoted(playbook.Name.Text)}";
            foreach (var method in playbook.Methods)
                CheckMethod(method, method.Name.Text == MethodReader.PlainSteps ? what : $"method {Shown.Quoted(method.Name.Text)} of {what}", context);
            foreach (var step in playbook.Methods.SelectMany(m => m.Steps).Concat(playbook.OnFailure).Where(s => s.Takes > TimeSpan.Zero && s.Takes >= s.Within))
            {
                context.Warn(
                    step.Place,
                    $"{step.Action.Name} in {what} takes {Durations.Format(step.Takes)}, but the step has no more than {Durations.Format(step.Within!.Value)}: it always fails",
                    "remove the step's within, or wait for less");
            }
        });
    }

    private static void CheckMethod(MethodDraft method, string what, ValidationContext<TeamDraft> context)
    {
        // What is skipped waits for nothing, and two conditions may exclude each other.
        var certain = TimeSpan.Zero;
        foreach (var step in method.Steps)
        {
            var waited = certain + step.Takes;
            certain = step.Conditions.Any() ? certain : waited;
            if (step.Takes > TimeSpan.Zero && waited >= method.Within)
            {
                context.Warn(
                    step.Place,
                    $"{step.Action.Name} in {what} cannot end in its time: {Durations.Format(waited)} are waited for, but all steps together have no more than {Durations.Format(method.Within)}",
                    $"give it more time, within: {Durations.Format(waited + MethodDefinition.DefaultWithin)}, or leave within out");
            }

            if (step.Within > method.Within)
            {
                context.Warn(
                    step.Place,
                    $"{step.Action.Name} in {what} has {Durations.Format(step.Within.Value)} by its own within, but all steps together have no more than {Durations.Format(method.Within)}",
                    $"give all of them more: within: {Durations.Format(step.Within.Value)}, or the step less");
            }
        }
    }
}
