using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;

namespace AlertRollback.Playbooks.Commands;

/// <summary>A pod that its controller will replace.</summary>
internal sealed record PodToReplace(string Name, string Uid, string OwnerKind, string OwnerName, string OwnerUid)
{
    private static readonly Dictionary<string, ResourceKind> Kinds = new(StringComparer.Ordinal)
    {
        ["ReplicaSet"] = ResourceKind.ReplicaSet,
        ["StatefulSet"] = ResourceKind.StatefulSet,
        ["DaemonSet"] = ResourceKind.DaemonSet,
    };

    public ResourceKind Owner => Kinds[OwnerKind];

    public static bool IsReplaced(KubernetesObject pod) => pod.Controller is { } owner && Kinds.ContainsKey(owner["kind"]!.ToString());

    public static PodToReplace Of(KubernetesObject pod) =>
        pod.Controller is { } owner ? new(pod.Name, pod.Uid, owner["kind"]!.ToString(), owner["name"]!.ToString(), owner["uid"]!.ToString()) : throw new InvalidOperationException($"{pod.Name} has no controller");

    public JsonObject ToJson() => new() { ["name"] = Name, ["uid"] = Uid, ["owner"] = new JsonObject { ["kind"] = OwnerKind, ["name"] = OwnerName, ["uid"] = OwnerUid } };

    public static PodToReplace FromJson(JsonObject json) => new(
        json["name"]!.GetValue<string>(), json["uid"]!.GetValue<string>(),
        json["owner"]!["kind"]!.GetValue<string>(), json["owner"]!["name"]!.GetValue<string>(), json["owner"]!["uid"]!.GetValue<string>());
}

/// <summary>How far a pod's replacement is.</summary>
/// <param name="MayGo">It is there and nobody has asked for its end yet.</param>
internal sealed record ReplacementState(bool Replaced, bool MayGo, string Text)
{
    /// <summary>It stays listed, as its node does not say that it has ended, and nothing takes its place before.</summary>
    public bool IsStuck { get; init; }

    /// <summary>It serves: its end takes something away.</summary>
    public bool IsReady { get; init; }
}

/// <summary>Has pods replaced by their controllers; exactly those of the plan, by uid.</summary>
internal sealed class PodReplacement(IKubernetesApi api, string @namespace, IReadOnlyList<PodToReplace> pods, bool force, TimeProvider time)
{
    private const string Overdue = "past its grace period it is still listed: its node may be gone";

    // Clocks differ (S9).
    private static readonly TimeSpan Doubt = TimeSpan.FromSeconds(30);

    private readonly HashSet<string> _meant = [.. pods.Select(p => p.Uid)];

    /// <exception cref="KubernetesException">It cannot be read.</exception>
    public async Task<ReplacementState> LookAsync(PodToReplace pod, CancellationToken cancellation)
    {
        var live = await api.GetAsync(new ObjectRef(ResourceKind.Pod, @namespace, pod.Name), cancellation);
        var listed = live?.Uid == pod.Uid;
        if (listed && !live!.BeingDeleted)
            return new(false, true, "it is still there") { IsReady = PodState.IsReady(live) };
        if (listed && !IsOverdue(live!))
            return new(false, false, "it has not ended yet");
        if (listed && pod.OwnerKind != "ReplicaSet")
            return new(false, false, Overdue) { IsStuck = true };

        // A ReplicaSet counts a pod no more once its end was asked for.
        var state = await OfOwnerAsync(pod, cancellation);
        return listed ? state with { Text = $"{state.Text}; {Overdue}" } : state;
    }

    // The pod's grace period is part of it already.
    private bool IsOverdue(KubernetesObject pod) => pod.Time("metadata", "deletionTimestamp") + Doubt < time.GetUtcNow();

    private async Task<ReplacementState> OfOwnerAsync(PodToReplace pod, CancellationToken cancellation)
    {
        var owner = await api.GetAsync(new ObjectRef(pod.Owner, @namespace, pod.OwnerName), cancellation);

        // A release since then has its own pods: nothing is left to be replaced.
        if (owner is null || owner.Uid != pod.OwnerUid || owner.BeingDeleted)
            return new(true, false, $"{pod.OwnerKind} {pod.OwnerName} is gone");
        // What is over, e.g. evicted by its node, replaces nothing and is left lying about.
        var pods = await api.ListAsync(ResourceKind.Pod, @namespace, WorkloadReader.Selector(owner), cancellation);
        var own = pods.Where(p => p.ControllerUid == owner.Uid && !p.BeingDeleted && !PodState.IsOver(p)).ToList();
        var wanted = owner.Number("status", "desiredNumberScheduled") ?? owner.Number("spec", "replicas") ?? 1;
        var unready = own.Where(p => !_meant.Contains(p.Uid) && !PodState.IsReady(p)).ToList();
        return own.Count < wanted ? new(false, false, $"{own.Count} of {wanted} pods are there")
            : unready.Count > 0 ? new(false, false, $"its replacement is not ready: {PodState.Failure(unready[0])?.ToString() ?? unready[0].Name}")
            : new(true, false, "its replacement is ready");
    }

    /// <summary>Asks for its end; null when that was accepted, else what stands in the way for now.</summary>
    /// <exception cref="KubernetesException">It is refused.</exception>
    public async Task<string?> AskAsync(PodToReplace pod, CancellationToken cancellation)
    {
        try
        {
            if (force)
                await api.DeleteAsync(new ObjectRef(ResourceKind.Pod, @namespace, pod.Name), pod.Uid, new DeleteOptions(GraceSeconds: 0), cancellation);
            else
                await api.EvictAsync(@namespace, pod.Name, pod.Uid, cancellation);
            return null;
        }
        catch (KubernetesException fault) when (fault.Fault is KubernetesFault.TooManyRequests)
        {
            return $"a disruption budget forbids its eviction for now ({fault.Message})";
        }
        catch (KubernetesException fault) when (fault.Fault is KubernetesFault.OutcomeUnknown or KubernetesFault.Conflict or KubernetesFault.NotFound)
        {
            return $"whether it was asked for is not known ({fault.Message})";
        }
    }
}
