using System.Globalization;
using System.Text.Json.Nodes;
using AlertRollback.EndToEnd.Support;

namespace AlertRollback.EndToEnd.Teams;

/// <summary>
/// An Argo Rollout on the real API server. Argo's controller cannot run here: what it does is played by hand, as far as an undo
/// meets it. ReplicaSets, pods, status as a subresource and every precondition are the real API's.
/// </summary>
internal sealed class ArgoByHand : IAsyncDisposable
{
    private const string Hash = "rollouts-pod-template-hash";
    private const string Revision = "rollout.argoproj.io/revision";
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    private readonly ClusterNamespace space;
    private readonly CancellationTokenSource stopping = new();
    private Task playing = Task.CompletedTask;
    private string told = "";

    private ArgoByHand(ClusterNamespace space, string name) => (this.space, Name) = (space, name);

    public string Name { get; }

    public string Path => $"apis/argoproj.io/v1alpha1/namespaces/{space.Name}/rollouts/{Name}";

    private string Sets => $"apis/apps/v1/namespaces/{space.Name}/replicasets";

    /// <summary>Runs with the image, which is the stable version.</summary>
    public static async Task<ArgoByHand> CreateAsync(ClusterNamespace space, string name, string image)
    {
        await InstallAsync(space);
        var rollout = new ArgoByHand(space, name);
        await Eventually.BeAsync("Rollouts are served", Longest, async () =>
        {
            await space.PostAsync(rollout.Path[..rollout.Path.LastIndexOf('/')], Rollout(name, image));
            return true;
        });
        rollout.playing = rollout.PlayAsync();
        await rollout.PhaseAsync("Healthy");
        return rollout;
    }

    public Task<JsonObject> LiveAsync() => space.GetAsync(Path);

    public async Task<string> ImageAsync() => Workload.ImageOf(await LiveAsync());

    /// <summary>A new version, which waits in the first of the Rollout's steps, or was promoted by people.</summary>
    public async Task ReleaseAsync(string image, bool promoted)
    {
        await space.PatchAsync(Path, $$"""[{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "{{image}}"}]""", "json-patch");
        await PhaseAsync("Paused");
        if (!promoted)
            return;
        await space.PatchAsync($"{Path}/status", """{"status": {"promoteFull": true} }""", "merge-patch");
        await PhaseAsync("Healthy");
    }

    public Task PhaseAsync(string phase) => Eventually.BeAsync($"{Name} is {phase}", Longest, async () =>
        await LiveAsync() is var live && (string?)live["status"]?["phase"] == phase && (string?)live["status"]!["observedGeneration"] == $"{live["metadata"]!["generation"]}");

    /// <summary>The images of the pods that each version keeps.</summary>
    public async Task<IReadOnlyDictionary<string, int>> ReplicasAsync() =>
        (await OwnedAsync(await LiveAsync())).ToDictionary(Workload.ImageOf, s => (int)s["spec"]!["replicas"]!, StringComparer.Ordinal);

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await playing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stopping.Dispose();
    }

    private async Task PlayAsync()
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await SyncAsync(await LiveAsync());
            }
            catch (HttpRequestException)
            {
                // Somebody wrote in between: looked at again.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, stopping.Token);
        }
    }

    private async Task SyncAsync(JsonObject live)
    {
        var replicas = (int)live["spec"]!["replicas"]!;
        var current = await NumberAsync(live, await CurrentAsync(live));
        var hash = HashOf(current);
        var status = live["status"] as JsonObject ?? [];
        var isOld = (string?)status["currentPodHash"] != hash;
        var (aborted, promoted) = (!isOld && (bool?)status["abort"] == true, !isOld && (bool?)status["promoteFull"] == true);
        var stable = (string?)status["stableRS"] ?? hash;
        if (stable != hash && promoted && Available(current) >= replicas)
            stable = hash;
        foreach (var set in await OwnedAsync(live))
            await ScaleAsync(set, HashOf(set) == stable ? replicas : HashOf(set) != hash || aborted ? 0 : promoted ? replicas : 1);
        var (phase, message) = stable == hash ? Available(current) >= replicas ? ("Healthy", "") : ("Progressing", "updated replicas are still becoming available")
            : aborted ? ("Degraded", "RolloutAborted: Rollout aborted update")
            : promoted ? ("Progressing", "more replicas need to be updated")
            : ("Paused", "CanaryPauseStep");
        await TellAsync(live, new JsonObject
        {
            ["observedGeneration"] = $"{live["metadata"]!["generation"]}",
            ["phase"] = phase,
            ["message"] = message,
            ["currentPodHash"] = hash,
            ["stableRS"] = stable,
            ["updatedReplicas"] = (int?)current["status"]?["replicas"] ?? 0,
            ["availableReplicas"] = Available(current),
            ["abort"] = aborted ? true : null,
            ["promoteFull"] = promoted && stable != hash ? true : null,
        });
    }

    private async Task TellAsync(JsonObject live, JsonObject status)
    {
        var text = status.ToJsonString();
        if (text == told)
            return;
        // Only in the version that was looked at: an abort that came since must not be lost.
        await space.PatchAsync($"{Path}/status", new JsonObject { ["metadata"] = new JsonObject { ["resourceVersion"] = (string)live["metadata"]!["resourceVersion"]! }, ["status"] = status }.ToJsonString(), "merge-patch", "argo");
        told = text;
    }

    // The API server gives a ReplicaSet's template its defaults; one image is one version here.
    private async Task<JsonObject> CurrentAsync(JsonObject live)
    {
        var owned = await OwnedAsync(live);
        if (owned.Find(s => Workload.ImageOf(s) == Workload.ImageOf(live)) is { } found)
            return found;
        var hash = $"h{owned.Count + 1}";
        var template = live["spec"]!["template"]!.DeepClone();
        template["metadata"]!["labels"]![Hash] = hash;
        return await space.PostAsync(Sets, new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["name"] = $"{Name}-{hash}",

                // Argo copies them, too.
                ["annotations"] = live["metadata"]!["annotations"]?.DeepClone(),
                ["labels"] = template["metadata"]!["labels"]!.DeepClone(),
                ["ownerReferences"] = new JsonArray(new JsonObject { ["apiVersion"] = "argoproj.io/v1alpha1", ["kind"] = "Rollout", ["name"] = Name, ["uid"] = (string)live["metadata"]!["uid"]!, ["controller"] = true }),
            },
            ["spec"] = new JsonObject { ["replicas"] = 0, ["selector"] = new JsonObject { ["matchLabels"] = template["metadata"]!["labels"]!.DeepClone() }, ["template"] = template },
        });
    }

    private async Task<JsonObject> NumberAsync(JsonObject live, JsonObject current)
    {
        var highest = (await OwnedAsync(live)).Where(s => HashOf(s) != HashOf(current)).Select(NumberOf).DefaultIfEmpty().Max();
        return NumberOf(current) > highest
            ? current
            : await space.PatchAsync($"{Sets}/{current["metadata"]!["name"]}", $$"""{"metadata": {"annotations": {"{{Revision}}": "{{highest + 1}}"} } }""", "merge-patch", "argo");
    }

    private async Task ScaleAsync(JsonObject set, int replicas)
    {
        if ((int)set["spec"]!["replicas"]! != replicas)
            await space.PatchAsync($"{Sets}/{set["metadata"]!["name"]}", $$"""{"spec": {"replicas": {{replicas}} } }""", "merge-patch", "argo");
    }

    private async Task<List<JsonObject>> OwnedAsync(JsonObject live) =>
        [.. (await space.GetAsync(Sets))["items"]!.AsArray().Select(s => s!.AsObject())
            .Where(s => (string?)s["metadata"]!["ownerReferences"]?[0]?["uid"] == (string?)live["metadata"]!["uid"])];

    private static string HashOf(JsonObject set) => (string)set["metadata"]!["labels"]![Hash]!;

    private static int NumberOf(JsonObject set) => int.TryParse((string?)set["metadata"]!["annotations"]?[Revision], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    private static int Available(JsonObject set) => (int?)set["status"]?["availableReplicas"] ?? 0;

    private static async Task InstallAsync(ClusterNamespace space)
    {
        const string definitions = "apis/apiextensions.k8s.io/v1/customresourcedefinitions";
        if (await space.FindAsync($"{definitions}/rollouts.argoproj.io") is not null)
            return;
        try
        {
            await space.PostAsync(definitions, JsonNode.Parse("""
                {"metadata": {"name": "rollouts.argoproj.io"},
                 "spec": {"group": "argoproj.io", "scope": "Namespaced", "names": {"kind": "Rollout", "plural": "rollouts", "singular": "rollout"},
                  "versions": [{"name": "v1alpha1", "served": true, "storage": true,
                    "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true} }, "subresources": {"status": {} } }]} }
                """)!.AsObject());
        }
        catch (HttpRequestException fault) when (fault.StatusCode == System.Net.HttpStatusCode.Conflict)
        {
            // another test was first
        }
    }

    private static JsonObject Rollout(string name, string image) => JsonNode.Parse($$"""
        {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"name": "{{name}}", "annotations": {"alertrollback.io/database-change": "none"} },
         "spec": {"replicas": 2, "revisionHistoryLimit": 10, "selector": {"matchLabels": {"app.kubernetes.io/name": "{{name}}"} },
          "strategy": {"canary": {"steps": [{"setWeight": 10}, {"pause": {"duration": "2m"} }]} },
          "template": {"metadata": {"labels": {"app.kubernetes.io/name": "{{name}}"} },
           "spec": {"containers": [{"name": "{{name}}", "image": "{{image}}"}], "tolerations": [{"operator": "Exists"}]} } } }
        """)!.AsObject();
}
