using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;

namespace AlertRollback.Playbooks.Actions;

/// <summary>What <c>rollout_undo</c> does besides for an Argo Rollout: the abort before the template, the promotion after it.</summary>
internal sealed class ArgoUndo(IKubernetesApi api, TimeProvider time)
{
    private const string Aborted = "aborted";
    private const string Promoted = "promoted";

    private readonly ArgoSteps _steps = new(api, time);

    public static IEnumerable<string> Warnings(UndoPin pin, WorkloadSnapshot read)
    {
        if (ArgoSteps.IsUnderWay(read))
            yield return $"{pin.Origin} is still being rolled out: that is aborted first.";
        if (pin.SkipSteps)
            yield return $"Argo goes to {pin.Target} at once, without the Rollout's steps and analyses.";
    }

    /// <summary>Stops a canary that is under way; null when that is done, or there is none.</summary>
    public async Task<StepOutcome?> AbortAsync(StepContext context, UndoPin pin, CancellationToken cancellation)
    {
        if (pin.Workload.Kind != WorkloadKind.Rollout || context.Journal.Marks.ContainsKey(Aborted))
            return null;
        if (context.Journal.MayWrite() is { } stop)
            return stop;
        switch (await _steps.AbortAsync(pin, cancellation))
        {
            case UndoOutcome.Applied:
                await context.Journal.MarkAsync(Aborted, [], $"{pin.Workload}: the rollout of {pin.Origin} is aborted", cancellation);
                return null;
            case UndoOutcome.AlreadyAtTarget:
                return null;
            case var other:
                return other.NotWritten();
        }
    }

    /// <summary>Skips what is left of the steps; null when that is done, not needed, or not possible yet.</summary>
    /// <param name="digest">Of the template as it was written.</param>
    public Task<StepOutcome?> PromoteAsync(StepContext context, UndoPin pin, string digest, CancellationToken cancellation) => pin.SkipSteps
        ? CanarySteps.PromoteAsync(context, _steps, pin.Workload, pin.Uid, digest, Promoted, cancellation)
        : Task.FromResult<StepOutcome?>(null);
}
