using System.Globalization;
using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Sandbox.Cluster.Api;
using AlertRollback.Sandbox.Cluster.Objects;

namespace AlertRollback.Sandbox.Cluster.Controllers;

/// <summary>
/// An Argo Rollout without traffic and analysis: the new ReplicaSet grows to full size beside the stable one, which goes
/// once the new one is available. With steps it has one pod and is paused until it is promoted in full. An abort goes back
/// to the stable one and stays until the template changes. A restart replaces the pods that are older one after the other,
/// while all others run.
/// </summary>
internal sealed class RolloutController(ObjectStore store) : IController
{
    public const string HashLabel = "rollouts-pod-template-hash";
    public const string Revision = "rollout.argoproj.io/revision";
    public const string History = "rollout.argoproj.io/revision-history";

    public DateTimeOffset? Run()
    {
        DateTimeOffset? due = null;
        foreach (var rollout in store.All(ResourceKind.Rollout).Where(r => !r.BeingDeleted).ToList()) due = Due.Earlier(due, Sync(rollout));
        return due;
    }

    private DateTimeOffset? Sync(StoredObject rollout)
    {
        var replicas = (int)(rollout.Json.NumberAt("spec", "replicas") ?? 1);
        var current = Number(rollout, Current(rollout, replicas));
        var hash = current.Labels[HashLabel];
        var aborted = rollout.Json.FlagAt("status", "abort") && rollout.Json.TextAt("status", "currentPodHash") == hash;
        var stable = Sets(rollout).Find(s => s.Labels[HashLabel] == rollout.Json.TextAt("status", "stableRS")) ?? current;
        var paused = rollout.Json.FlagAt("spec", "paused");
        var held = stable.Uid != current.Uid && !Promoted(rollout, hash) && rollout.Json.At("spec", "strategy", "canary", "steps") is JsonArray { Count: > 0 };
        if (aborted) Only(rollout, stable, replicas);
        else if (held) Scale(current, 1);
        else if (stable.Uid == current.Uid || Available(current) >= replicas) Only(rollout, stable = current, replicas);
        else if (!paused) Scale(current, replicas);
        var (restartedAt, due) = Restart(rollout, hash);
        Report(rollout, replicas, hash, stable, aborted, paused ? "manually paused" : held ? "CanaryPauseStep" : null, restartedAt);
        return due;
    }

    /// <summary>What <c>status.restartedAt</c> is, and when to look again. A new template makes new pods anyway.</summary>
    private (string? RestartedAt, DateTimeOffset? Due) Restart(StoredObject rollout, string hash)
    {
        var (asked, done) = (rollout.Json.TextAt("spec", "restartAt"), rollout.Json.TextAt("status", "restartedAt"));
        if (asked is null || asked == done || ClusterJson.Time(asked) is not { } at) return (done, null);
        if (rollout.Json.TextAt("status", "currentPodHash") != hash) return (asked, null);
        if (store.Now < at) return (done, at);
        var sets = Sets(rollout);
        if (sets.Exists(s => Available(s) != s.Json.CountAt("spec", "replicas"))) return (done, null);
        var pods = sets.SelectMany(s => Pods.Of(store, s)).ToList();
        if (pods.Exists(p => p.BeingDeleted)) return (done, null);
        if (pods.Find(p => ClusterJson.Time(p.Json.TextAt("metadata", "creationTimestamp")) < at) is not { } old) return (asked, null);
        Pods.Delete(store, old);
        return (done, null);
    }

    private static bool Promoted(StoredObject rollout, string hash) =>
        rollout.Json.FlagAt("status", "promoteFull") && rollout.Json.TextAt("status", "currentPodHash") == hash;

    private List<StoredObject> Sets(StoredObject rollout) =>
        [.. store.All(ResourceKind.ReplicaSet, rollout.Namespace).Where(s => s.ControllerUid == rollout.Uid && !s.BeingDeleted)];

    /// <summary>The set of the template, told apart after defaulting: an undo writes the defaults that the set was given.</summary>
    private StoredObject Current(StoredObject rollout, int replicas)
    {
        var template = rollout.Json.ObjectAt("spec", "template")!.Clone();
        Defaulting.Template(template);
        if (Sets(rollout).Find(s => PodTemplates.Same(s.Json.ObjectAt("spec", "template")!, template)) is { } found) return found;
        var hash = PodTemplates.Hash(template);
        template.Need("metadata", "labels")[HashLabel] = hash;
        var selector = rollout.Json.ObjectAt("spec", "selector")!.Clone();
        selector.Need("matchLabels")[HashLabel] = hash;
        return store.Create(ResourceKind.ReplicaSet, new JsonObject
        {
            ["kind"] = "ReplicaSet",
            ["apiVersion"] = "apps/v1",
            ["metadata"] = new JsonObject
            {
                ["name"] = $"{rollout.Name}-{hash}",
                ["namespace"] = rollout.Namespace,
                ["labels"] = template.At("metadata", "labels")!.DeepClone(),
                ["ownerReferences"] = new JsonArray(Pods.OwnerReference(rollout)),
            },
            ["spec"] = new JsonObject { ["replicas"] = Sets(rollout).Count == 0 ? replicas : 0, ["selector"] = selector, ["template"] = template },
            ["status"] = new JsonObject { ["replicas"] = 0 },
        });
    }

    private StoredObject Number(StoredObject rollout, StoredObject current)
    {
        var highest = Sets(rollout).Where(s => s.Uid != current.Uid).Select(NumberOf).DefaultIfEmpty().Max();
        if (NumberOf(current) <= highest)
        {
            current = store.Update(current, json =>
            {
                var annotations = json.Need("metadata", "annotations");
                if (annotations.TextAt(Revision) is { } old) annotations[History] = annotations.TextAt(History) is { } more ? $"{more},{old}" : old;
                annotations[Revision] = (highest + 1).ToString(CultureInfo.InvariantCulture);
            });
        }

        return current;
    }

    private void Only(StoredObject rollout, StoredObject kept, int replicas)
    {
        foreach (var set in Sets(rollout)) Scale(set, set.Uid == kept.Uid ? replicas : 0);
    }

    private void Scale(StoredObject set, int replicas) => store.Update(set, json => json.Need("spec")["replicas"] = replicas);

    private void Report(StoredObject rollout, int replicas, string hash, StoredObject stable, bool aborted, string? paused, string? restartedAt)
    {
        var sets = Sets(rollout);
        var current = sets.Find(s => s.Labels[HashLabel] == hash)!;
        var total = sets.Sum(s => s.Json.CountAt("status", "replicas"));
        var healthy = stable.Uid == current.Uid && Available(current) >= replicas && total == replicas;
        var (phase, message) = (aborted, healthy, paused) switch
        {
            (true, _, _) => ("Degraded", $"RolloutAborted: Rollout aborted update to revision {NumberOf(current)}"),
            (_, _, { } why) => ("Paused", why),
            _ when restartedAt != rollout.Json.TextAt("spec", "restartAt") => ("Progressing", "rollout is restarting"),
            (_, true, _) => ("Healthy", ""),
            _ => ("Progressing", "more replicas need to be updated"),
        };
        store.Update(rollout, json =>
        {
            json.Need("metadata", "annotations")[Revision] = current.Annotation(Revision);
            var before = json.ObjectAt("status");
            var status = new JsonObject
            {
                // A text, unlike that of all built-in kinds.
                ["observedGeneration"] = json.CountAt("metadata", "generation").ToString(CultureInfo.InvariantCulture),
                ["phase"] = phase,
                ["currentPodHash"] = hash,
                ["stableRS"] = stable.Labels[HashLabel],
                ["replicas"] = total,
                ["updatedReplicas"] = current.Json.CountAt("status", "replicas"),
                ["readyReplicas"] = sets.Sum(s => s.Json.CountAt("status", "readyReplicas")),
                ["availableReplicas"] = sets.Sum(Available),
            };
            if (message.Length > 0) status["message"] = message;
            if (restartedAt is not null) status["restartedAt"] = restartedAt;
            if (Promoted(rollout, hash) && stable.Uid != current.Uid) status["promoteFull"] = true;
            if (aborted)
            {
                status["abort"] = true;
                status["abortedAt"] = before.TextAt("abortedAt") ?? ClusterJson.Stamp(store.Now);
            }

            json["status"] = status;
        });
    }

    private static long NumberOf(StoredObject set) =>
        long.TryParse(set.Annotation(Revision), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    private static int Available(StoredObject set) => set.Json.CountAt("status", "availableReplicas");
}
