using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Sandbox.Cluster.Objects;

namespace AlertRollback.Sandbox.Cluster.Controllers;

/// <summary>The history of a StatefulSet's or DaemonSet's templates.</summary>
/// <param name="hashLabel">The label of a revision that holds its hash; the two kinds differ in it.</param>
internal sealed class ControllerRevisions(ObjectStore store, StoredObject owner, string hashLabel)
{
    /// <summary>Oldest first.</summary>
    public IReadOnlyList<StoredObject> All => [.. store.All(ResourceKind.ControllerRevision, owner.Namespace)
        .Where(r => r.ControllerUid == owner.Uid).OrderBy(Number)];

    /// <summary>The revision of the owner's template. One that comes back is used again, and numbered as the newest.</summary>
    /// <param name="annotations">What a new one carries besides the owner's own.</param>
    public StoredObject Current(IReadOnlyDictionary<string, string> annotations)
    {
        var all = All;
        var template = owner.Json.ObjectAt("spec", "template")!;
        var found = all.LastOrDefault(r => PodTemplates.Same(Template(r), template));
        var next = all.Select(Number).DefaultIfEmpty().Max() + 1;
        if (found is null) return Create(template, next, annotations);
        return Number(found) == next - 1 ? found : store.Update(found, json => json["revision"] = next);
    }

    /// <summary>Removes the oldest revisions beyond the limit that no pod has.</summary>
    public void CleanUp(IReadOnlySet<string> live)
    {
        var idle = All.Where(r => !live.Contains(r.Name)).ToList();
        var limit = (int)(owner.Json.NumberAt("spec", "revisionHistoryLimit") ?? 10);
        foreach (var surplus in idle.Take(idle.Count - limit)) store.Remove(surplus);
    }

    public static JsonObject Template(StoredObject revision)
    {
        var template = revision.Json.ObjectAt("data", "spec", "template")!.Clone();
        template.Remove("$patch");
        return template;
    }

    /// <summary>The hash, which is the end of the name.</summary>
    public static string Hash(StoredObject revision) => revision.Name[(revision.Name.LastIndexOf('-') + 1)..];

    private StoredObject Create(JsonObject template, long number, IReadOnlyDictionary<string, string> annotations)
    {
        var hash = PodTemplates.Hash(template);
        var patch = template.Clone();
        patch["$patch"] = "replace";
        var metadata = new JsonObject
        {
            ["name"] = $"{owner.Name}-{hash}",
            ["namespace"] = owner.Namespace,
            ["labels"] = template.ObjectAt("metadata", "labels")?.Clone() ?? [],
            ["ownerReferences"] = new JsonArray(Pods.OwnerReference(owner)),
        };
        metadata.Need("labels")[hashLabel] = hash;
        foreach (var (name, value) in owner.Json.TextsAt("metadata", "annotations").Concat(annotations)) metadata.Need("annotations")[name] = value;
        return store.Create(ResourceKind.ControllerRevision, new JsonObject
        {
            ["kind"] = "ControllerRevision",
            ["apiVersion"] = "apps/v1",
            ["metadata"] = metadata,
            ["data"] = new JsonObject { ["spec"] = new JsonObject { ["template"] = patch } },
            ["revision"] = number,
        });
    }

    private static long Number(StoredObject revision) => revision.Json.NumberAt("revision") ?? 0;
}
