using System.Text.Json.Nodes;

namespace AlertRollback.Kubernetes.Workloads;

/// <summary>
/// The template a workload runs, by which its revisions are known again: the live one, or the one that a Rollout's
/// ReplicaSet keeps (<see cref="WorkloadSnapshot.Template"/>). For following one workload: a Rollout's is read once per revision.
/// </summary>
public sealed class CurrentTemplate(IKubernetesApi api, WorkloadRef workload)
{
    private (string Uid, string Hash, JsonObject Template)? last;

    /// <summary>Normalized; null while the Rollout's controller has not made its ReplicaSet.</summary>
    /// <exception cref="KubernetesException">The ReplicaSets cannot be read.</exception>
    public async Task<JsonObject?> ReadAsync(KubernetesObject live, CancellationToken cancellation)
    {
        if (workload.Kind != WorkloadKind.Rollout)
            return LiveTemplate.Of(live);
        if (ArgoRollout.CurrentHash(live) is not { } hash)
            return null;
        if (last is { } known && known.Uid == live.Uid && known.Hash == hash)
            return known.Template;
        var kept = await api.ListAsync(workload.RevisionResource, workload.Namespace, WorkloadReader.Selector(live), cancellation);
        var current = kept.Where(o => o.ControllerUid == live.Uid).Select(Revision.Of).OfType<Revision>().FirstOrDefault(r => r.ArgoHash == hash);
        last = current is null ? null : (live.Uid, hash, current.Template);
        return current?.Template;
    }
}
