using System.Text.Json.Nodes;

namespace AlertRollback.Kubernetes.Workloads;

/// <summary>Reads a workload with its revisions in two calls: the object, then the list of what keeps its revisions.</summary>
public sealed class WorkloadReader(IKubernetesApi api)
{
    /// <summary>The workload as it is now, or null when there is none.</summary>
    public async Task<WorkloadSnapshot?> ReadAsync(WorkloadRef workload, CancellationToken cancellation)
    {
        if (await api.GetAsync(workload.Object, cancellation) is not { } live)
            return null;

        var kept = await api.ListAsync(workload.RevisionResource, workload.Namespace, Selector(live), cancellation);
        return new WorkloadSnapshot(workload, live, RevisionsOf(workload, live, kept));
    }

    /// <summary>The label selector of the workload's pods; null when it has none.</summary>
    public static string? Selector(KubernetesObject live)
    {
        var equal = (live.At("spec", "selector", "matchLabels") as JsonObject)?.Select(l => $"{l.Key}={l.Value}") ?? [];
        var expressions = (live.At("spec", "selector", "matchExpressions") as JsonArray)?.OfType<JsonObject>().Select(Expression) ?? [];
        var selector = string.Join(',', equal.Concat(expressions));
        return selector.Length == 0 ? null : selector;
    }

    private static List<Revision> RevisionsOf(WorkloadRef workload, KubernetesObject live, IReadOnlyList<KubernetesObject> kept)
    {
        // The selector only narrows the list: another workload's revisions may carry the same labels.
        var revisions = kept.Where(o => o.ControllerUid == live.Uid).Select(Revision.Of).OfType<Revision>()
            .OrderByDescending(r => r.Number).ToList();

        // A ControllerRevision does not say that it was used again, but then an older number was created after it. Times are
        // whole seconds; a ReplicaSet carries an annotation besides (Revision.Of), so that only a ControllerRevision of the
        // same second is in doubt.
        bool IsAfter(Revision older, Revision r) => workload.HasReplicaSets ? older.CreatedAt > r.CreatedAt : older.CreatedAt >= r.CreatedAt;
        return [.. revisions.Select((r, i) => r with { TimeIsReliable = r.TimeIsReliable && !revisions.Skip(i + 1).Any(older => IsAfter(older, r)) })];
    }

    private static string Expression(JsonObject expression)
    {
        var values = string.Join(',', (expression["values"] as JsonArray)?.Select(v => v?.ToString()) ?? []);
        return expression["operator"]?.ToString() switch
        {
            "In" => $"{expression["key"]} in ({values})",
            "NotIn" => $"{expression["key"]} notin ({values})",
            "DoesNotExist" => $"!{expression["key"]}",
            _ => $"{expression["key"]}",
        };
    }
}
