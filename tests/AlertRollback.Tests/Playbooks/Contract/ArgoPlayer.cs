using System.Globalization;
using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;

namespace AlertRollback.Tests.Playbooks.Contract;

/// <summary>
/// Argo's controller cannot run on the real API server here: what it does with a Rollout without steps, and with a restart, is
/// played. ReplicaSets, pods, the status as a subresource and every precondition are the real API's.
/// </summary>
internal sealed class ArgoPlayer : IAsyncDisposable
{
    private const string Hash = "rollouts-pod-template-hash";
    private const string Revision = "rollout.argoproj.io/revision";
    private static readonly ResourceKind Definition = new("apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions", Namespaced: false);

    private readonly IKubernetesApi _api;
    private readonly ObjectRef _rollout;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _playing;

    public ArgoPlayer(IKubernetesApi api, ObjectRef rollout)
    {
        (_api, _rollout) = (api, rollout);
        // Not before it knows what it plays on.
        _playing = Task.Run(PlayAsync);
    }

    /// <summary>Has the cluster know Rollouts.</summary>
    public static async Task InstallAsync(IKubernetesApi api, CancellationToken cancellation)
    {
        try
        {
            await api.CreateAsync(Definition, "", (JsonObject)JsonNode.Parse(
                """
                {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "rollouts.argoproj.io"},
                 "spec": {"group": "argoproj.io", "scope": "Namespaced", "names": {"kind": "Rollout", "plural": "rollouts", "singular": "rollout"},
                  "versions": [{"name": "v1alpha1", "served": true, "storage": true,
                    "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true} }, "subresources": {"status": {} } }]} }
                """)!, new WriteOptions(), cancellation);
        }
        catch (KubernetesException fault) when (fault.Fault == KubernetesFault.Conflict)
        {
            // Another test was first.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        try
        {
            await _playing;
        }
        catch (OperationCanceledException)
        {
            // It played to the end.
        }

        _stopping.Dispose();
    }

    private async Task PlayAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                if (await _api.GetAsync(_rollout, _stopping.Token) is { } live)
                    await SyncAsync(live);
            }
            catch (KubernetesException)
            {
                // Somebody wrote in between: looked at again.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, _stopping.Token);
        }
    }

    private async Task SyncAsync(KubernetesObject live)
    {
        var replicas = live.Number("spec", "replicas") ?? 1;
        var current = await CurrentAsync(live);
        var hash = current.Label(Hash)!;
        var isAvailable = current.ObservedGeneration >= current.Generation && (current.Number("status", "availableReplicas") ?? 0) >= replicas && current.Number("spec", "replicas") == replicas;
        var stable = isAvailable ? hash : live.Text("status", "stableRS") ?? hash;
        foreach (var set in await SetsAsync(live))
            await ScaleAsync(set, set.Label(Hash) == hash || set.Label(Hash) == stable ? replicas : 0);
        var restartedAt = await RestartedAtAsync(live, current, isAvailable);
        var isWhole = isAvailable && stable == hash && restartedAt == live.Text("spec", "restartAt");
        await TellAsync(live, new JsonObject
        {
            ["observedGeneration"] = $"{live.Generation}",
            ["phase"] = isWhole ? "Healthy" : "Progressing",
            ["message"] = isWhole ? "" : "more replicas need to be updated",
            ["currentPodHash"] = hash,
            ["stableRS"] = stable,
            ["updatedReplicas"] = current.Number("status", "replicas") ?? 0,
            ["availableReplicas"] = current.Number("status", "availableReplicas") ?? 0,
            ["restartedAt"] = restartedAt,
        });
    }

    // One pod at a time, and only while all others run.
    private async Task<string?> RestartedAtAsync(KubernetesObject live, KubernetesObject current, bool isAvailable)
    {
        var (asked, done) = (live.Text("spec", "restartAt"), live.Text("status", "restartedAt"));
        if (asked is null || asked == done || !isAvailable || live.Time("spec", "restartAt") is not { } at || TimeProvider.System.GetUtcNow() < at)
            return done;
        var pods = (await _api.ListAsync(ResourceKind.Pod, live.Namespace, $"{Hash}={current.Label(Hash)}", _stopping.Token)).ToList();
        if (pods.Exists(p => p.BeingDeleted))
            return done;
        if (pods.Find(p => p.CreationTimestamp < at) is not { } old)
            return asked;
        await _api.DeleteAsync(new ObjectRef(ResourceKind.Pod, old.Namespace, old.Name), old.Uid, new DeleteOptions(GraceSeconds: 0), _stopping.Token);
        return done;
    }

    private async Task TellAsync(KubernetesObject live, JsonObject status)
    {
        if (status.All(s => s.Value?.ToJsonString() == live.At("status", s.Key)?.ToJsonString()))
            return;
        var patch = new JsonObject { ["metadata"] = new JsonObject { ["resourceVersion"] = live.ResourceVersion }, ["status"] = status };
        await _api.MergePatchAsync(_rollout, patch, new WriteOptions { Subresource = "status" }, _stopping.Token);
    }

    private async Task<KubernetesObject> CurrentAsync(KubernetesObject live)
    {
        var template = (JsonObject)live.At("spec", "template")!;
        var hash = PodTemplate.Digest(WhatRuns(template))[^8..];
        var sets = await SetsAsync(live);
        if (sets.Find(s => s.Label(Hash) == hash) is not { } set)
            return await CreateAsync(live, template, hash);
        var highest = sets.Where(s => s.Uid != set.Uid).Select(NumberOf).DefaultIfEmpty().Max();
        return NumberOf(set) > highest ? set : await _api.MergePatchAsync(
            new ObjectRef(ResourceKind.ReplicaSet, set.Namespace, set.Name),
            new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [Revision] = $"{highest + 1}" } } }, new WriteOptions(), _stopping.Token);
    }

    // The API server gives a ReplicaSet's template its defaults, and an undo writes them into the Rollout.
    private static JsonObject WhatRuns(JsonObject template) => new()
    {
        ["runs"] = new JsonArray([.. PodTemplate.Containers(template, "containers").Select(c => new JsonObject { ["image"] = c["image"]!.DeepClone(), ["env"] = c["env"]?.DeepClone() })]),
    };

    private Task<KubernetesObject> CreateAsync(KubernetesObject live, JsonObject from, string hash)
    {
        var template = (JsonObject)from.DeepClone();
        template["metadata"]!["labels"]![Hash] = hash;
        return _api.CreateAsync(ResourceKind.ReplicaSet, live.Namespace, new JsonObject
        {
            ["apiVersion"] = "apps/v1",
            ["kind"] = "ReplicaSet",
            ["metadata"] = new JsonObject
            {
                ["name"] = $"{live.Name}-{hash}",
                ["labels"] = template["metadata"]!["labels"]!.DeepClone(),
                ["ownerReferences"] = new JsonArray(new JsonObject { ["apiVersion"] = "argoproj.io/v1alpha1", ["kind"] = "Rollout", ["name"] = live.Name, ["uid"] = live.Uid, ["controller"] = true }),
            },
            ["spec"] = new JsonObject { ["replicas"] = 0, ["selector"] = new JsonObject { ["matchLabels"] = template["metadata"]!["labels"]!.DeepClone() }, ["template"] = template },
        }, new WriteOptions(), _stopping.Token);
    }

    private async Task ScaleAsync(KubernetesObject set, long replicas)
    {
        if (set.Number("spec", "replicas") != replicas)
            await _api.MergePatchAsync(new ObjectRef(ResourceKind.ReplicaSet, set.Namespace, set.Name), new JsonObject { ["spec"] = new JsonObject { ["replicas"] = replicas } }, new WriteOptions(), _stopping.Token);
    }

    private async Task<List<KubernetesObject>> SetsAsync(KubernetesObject live) =>
        [.. (await _api.ListAsync(ResourceKind.ReplicaSet, live.Namespace, null, _stopping.Token)).Where(s => s.ControllerUid == live.Uid)];

    private static int NumberOf(KubernetesObject set) => int.TryParse(set.Annotation(Revision), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
