using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;

namespace AlertRollback.Benchmarks.Undos;

/// <summary>The API's own answers: the calls an undo needs, made one after the other with nothing between them.</summary>
internal static class BareUndo
{
    public static async Task RunAsync(IKubernetesApi api, string name)
    {
        var target = BadReleases.Of(name);
        var live = await api.GetAsync(target, CancellationToken.None);
        var kept = await api.ListAsync(ResourceKind.ReplicaSet, BadReleases.Namespace, $"app={name}", CancellationToken.None);
        var previous = kept.Single(r => r.Text("metadata", "annotations", "deployment.kubernetes.io/revision") == "1");
        var template = (JsonObject)previous.At("spec", "template")!.DeepClone();
        ((JsonObject)template["metadata"]!["labels"]!).Remove("pod-template-hash");
        JsonArray Patch() =>
        [
            new JsonObject { ["op"] = "replace", ["path"] = "/metadata/resourceVersion", ["value"] = live!.ResourceVersion },
            new JsonObject { ["op"] = "replace", ["path"] = "/spec/template", ["value"] = template.DeepClone() },
        ];
        await api.JsonPatchAsync(target, Patch(), new WriteOptions(DryRun: true), CancellationToken.None);
        await api.JsonPatchAsync(target, Patch(), new WriteOptions(), CancellationToken.None);
    }
}
