using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;

namespace AlertRollback.Rollbacks;

/// <summary>
/// The controller's number of the revision that a workload runs. It grows when a revision is used again, so that one which
/// went and came back while nobody watched is not taken for one that stayed (S9).
/// </summary>
internal sealed class CurrentNumber(IKubernetesApi api, WorkloadRef workload)
{
    private (string Uid, long Generation)? _read;

    /// <summary>Once for each change of the workload, as soon as its controller has seen that; else null, as when it cannot be read.</summary>
    public async Task<long?> ReadAsync(KubernetesObject live, string digest, CancellationToken cancellation)
    {
        if (live.ObservedGeneration < live.Generation || _read == (live.Uid, live.Generation))
            return null;
        try
        {
            var snapshot = await new WorkloadReader(api).ReadAsync(workload, cancellation);
            if (snapshot is not { Current: { Number: > 0 } current } || snapshot.Uid != live.Uid || snapshot.Digest != digest)
                return null;
            _read = (live.Uid, live.Generation);
            return current.Number;
        }
        catch (KubernetesException)
        {
            return null;
        }
    }
}
