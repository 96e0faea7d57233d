using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Edits;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix;

namespace AlertRollback.Playbooks.Actions;

/// <summary>Whether a new template of an Argo Rollout goes by way of its steps, and the promotion past them.</summary>
internal static class CanarySteps
{
    public const string Key = "canary_steps";

    // In a pin: the steps are skipped.
    private const string Skipped = "skip_steps";

    public static Parameter Parameter(string @default) => new(
        Key, ParameterType.Text, "Whether an Argo Rollout goes there by way of its steps, pauses and analyses, or at once.", Default: @default, Allowed: ["skip", "keep"]);

    public static bool AreSkipped(JsonObject pin) => pin.ContainsKey(Skipped);

    /// <summary>The plan of a change that is no version of before: the steps are taken unless the matrix says otherwise.</summary>
    public static PinOutcome Planned(PinOutcome outcome, WorkloadSnapshot snapshot, JsonObject parameters)
    {
        if (outcome is not PinOutcome.Pinned pinned || snapshot.Workload.Kind != WorkloadKind.Rollout || !ArgoSteps.Has(snapshot.Live))
            return outcome;
        if (parameters[Key]?.GetValue<string>() != "skip")
            return pinned with { Warnings = [.. pinned.Warnings, "Argo goes there by way of the Rollout's steps and analyses, and comes back by them, too."] };
        pinned.Pin[Skipped] = true;
        return pinned with { Warnings = [.. pinned.Warnings, "Argo goes there at once, without the Rollout's steps and analyses."] };
    }

    /// <summary>Skips what is left of the steps; null when that is done, not needed, or not possible yet.</summary>
    /// <param name="mark">Under which it is journalled.</param>
    /// <param name="digest">Of the template that is gone to.</param>
    public static async Task<StepOutcome?> PromoteAsync(
        StepContext context, ArgoSteps steps, WorkloadRef workload, string uid, string digest, string mark, CancellationToken cancellation)
    {
        if (workload.Kind != WorkloadKind.Rollout || context.Journal.Marks.ContainsKey(mark))
            return null;
        if (context.Journal.MayWrite() is { } stop)
            return stop;
        switch (await steps.PromoteAsync(workload, uid, digest, cancellation))
        {
            case UndoOutcome.Applied:
                await context.Journal.MarkAsync(mark, [], $"{workload}: Argo goes on without its steps", cancellation);
                return null;
            case UndoOutcome.Refused refused:
                return new StepOutcome.CannotTell(refused.Refusal.Word(), refused.Text);
            default:
                return null; // asked again two seconds later
        }
    }

    /// <summary>Why a Rollout is not changed now; null when it may be, or an earlier step of the plan takes back what is on its way.</summary>
    public static PinOutcome.Refused? Refusal(StepContext context, EditPin pin, KubernetesObject? live) =>
        live is not null && pin.MeetsCanary(live) && !context.Earlier.Any(e => e.Action == "rollout_undo" && e.Pin["uid"]?.ToString() == live.Uid)
            ? new PinOutcome.Refused(Reason.CanaryUnderWay, $"{pin.Object} has a version that is still on its way: it has to end, or to be taken back (rollout_undo), first")
            : null;
}
