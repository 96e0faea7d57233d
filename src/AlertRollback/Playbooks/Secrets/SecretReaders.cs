using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Playbooks.Jobs;

namespace AlertRollback.Playbooks.Secrets;

/// <summary>What else reads a Secret in its namespace: it would keep what is known to others by now, and stop working once that is revoked.</summary>
internal static class SecretReaders
{
    private static readonly IReadOnlyList<IReadOnlyList<ResourceKind>> Kinds =
        [[ResourceKind.Deployment], [ResourceKind.StatefulSet], [ResourceKind.DaemonSet], [ResourceKind.Rollout], ServedKinds.CronJobs, [ResourceKind.Job]];

    /// <summary>Without them it is only warned of.</summary>
    public static IEnumerable<NeededRight> Rights => Kinds.Select(k => k[0]).SelectMany(k =>
        k.Group == ResourceKind.Job.Group ? NeededRight.To("list", k).Select(r => r with { GrantedBy = "rights/secrets" }) : NeededRight.To("list", k));

    /// <param name="except">The uid of the workload that is switched to another Secret.</param>
    /// <returns>Sentences for people; where the rights are missing to see a kind, that is one.</returns>
    /// <exception cref="KubernetesException">They cannot be read now.</exception>
    public static async Task<IReadOnlyList<string>> WarningsAsync(IKubernetesApi api, ObjectRef secret, string except, CancellationToken cancellation)
    {
        var (readers, unseen) = (new List<string>(), new List<string>());
        foreach (var kinds in Kinds)
        {
            // Not every cluster has Argo's.
            if (await api.FirstServedAsync(kinds, cancellation) is not { } kind)
                continue;
            try
            {
                readers.AddRange((await api.ListAsync(kind, secret.Namespace, null, cancellation))
                    .Where(o => o.Uid != except && Template(kind, o) is { } template && ConfigurationReferences.Of(template).Secrets.Contains(secret.Name))
                    .Select(o => $"{kind.Kind} {o.Name}"));
            }
            catch (KubernetesException fault) when (fault.Fault == KubernetesFault.Forbidden)
            {
                unseen.Add($"{kind.Kind}s");
            }
        }

        string[] kept = readers.Count == 0 ? [] : [$"{string.Join(", ", readers.Order(StringComparer.Ordinal))} read {secret} too, and keep it."];
        return unseen.Count == 0 ? kept : [.. kept, $"Whether {string.Join(" or ", unseen)} read {secret} too is not known: the Kubernetes API does not let us list them."];
    }

    // A CronJob stands for its Jobs; one that has ended reads nothing any more.
    private static JsonObject? Template(ResourceKind kind, KubernetesObject live) => kind.Kind switch
    {
        "CronJob" => live.At("spec", "jobTemplate", "spec", "template") as JsonObject,
        "Job" when live.ControllerUid is not null || JobState.Of(live).Finished is not null => null,
        _ => live.At("spec", "template") as JsonObject,
    };
}
