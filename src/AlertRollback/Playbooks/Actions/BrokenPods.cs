using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;

namespace AlertRollback.Playbooks.Actions;

/// <summary>A StatefulSet does not get over its broken pods by itself (S5): what a step does about them while it waits for it.</summary>
internal sealed class BrokenPods(IKubernetesApi api, StepContext context, TimeProvider time)
{
    private HeldPod? _held;

    /// <summary>Why it could not be helped, to be added to how the wait ended; empty when nothing was in the way.</summary>
    public string Held => _held is null ? "" : $"; {_held}";

    /// <summary>Evicts the next of them. What cannot be evicted now may be later; what may not be ends the step, and says nothing of the target (S16).</summary>
    /// <param name="expected">The template that all pods are to have.</param>
    /// <returns>Null while the wait goes on.</returns>
    public async Task<StepOutcome?> EvictAsync(WorkloadRef workload, string uid, ExpectedTemplate expected, CancellationToken cancellation)
    {
        if (workload.Kind != WorkloadKind.StatefulSet)
            return null;
        if (context.Journal.MayWrite() is { } stop)
            return stop;
        try
        {
            var (evicted, held) = await new StatefulSetHealing(api, time).HealAsync(workload, uid, expected, cancellation);
            _held = held;
            if (evicted is not null)
                await context.Journal.MarkAsync("evicted", new JsonObject { ["pods"] = evicted }, $"evicted a broken pod that did not run the target: {evicted}", cancellation);
        }
        catch (KubernetesException)
        {
            // asked again two seconds later, until the step's time is over
        }

        return _held is { Fault: KubernetesFault.Forbidden }
            ? new StepOutcome.CannotTell(Reason.RejectedByApi, $"{workload} is written, but does not get over its broken pod by itself: {_held}")
            : null;
    }
}
