using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Sandbox.Cluster.Objects;

namespace AlertRollback.Sandbox.Cluster.Controllers;

/// <summary>One look at one Deployment, and the one step that follows from it, in the order of the real controller.</summary>
internal sealed class DeploymentSync(ObjectStore store, StoredObject deployment)
{
    private readonly RolloutNumbers numbers = RolloutNumbers.Of(deployment.Json);
    private StoredObject deployment = deployment;
    private List<StoredObject> sets = [];
    private StoredObject? current;

    private IEnumerable<StoredObject> Old => sets.Where(s => s.Name != current?.Name);

    public DateTimeOffset? Run()
    {
        var paused = deployment.Json.FlagAt("spec", "paused");
        MarkPaused(paused);
        Look();
        if (paused || IsScaling())
        {
            AdoptCurrent();
            Distribute();
            if (paused) CleanUp();
            return SyncStatus();
        }

        return deployment.Json.TextAt("spec", "strategy", "type") == "Recreate" ? Recreate() : RollingUpdate();
    }

    private DateTimeOffset? RollingUpdate()
    {
        AdoptCurrent();
        if (current is null) CreateCurrent(NewReplicas(0));
        if (!Scale(current!, NewReplicas(Wanted(current!))) && !ScaleOldDown() && DeploymentStatus.IsComplete(deployment)) CleanUp();
        return SyncStatus();
    }

    private DateTimeOffset? Recreate()
    {
        AdoptCurrent();
        var scaledDown = Old.ToList().Aggregate(false, (any, set) => Scale(set, 0) || any);
        var ends = store.All(ResourceKind.Pod, deployment.Namespace).Any(p => Old.Any(s => s.Uid == p.ControllerUid));
        if (!scaledDown && !ends)
        {
            if (current is null) CreateCurrent(numbers.Replicas);
            Scale(current!, numbers.Replicas);
            if (DeploymentStatus.IsComplete(deployment)) CleanUp();
        }

        return SyncStatus();
    }

    private void Look()
    {
        sets = [.. store.All(ResourceKind.ReplicaSet, deployment.Namespace)
            .Where(s => s.ControllerUid == deployment.Uid && !s.BeingDeleted)
            .OrderBy(s => s.Json.TextAt("metadata", "creationTimestamp"), StringComparer.Ordinal).ThenBy(s => s.Name, StringComparer.Ordinal)];
        var template = deployment.Json.ObjectAt("spec", "template")!;
        var name = sets.Find(s => PodTemplates.Same(s.Json.ObjectAt("spec", "template")!, template))?.Name;
        current = sets.Find(s => s.Name == name);
    }

    /// <summary>Gives the set of the current template the highest number; a set that comes back keeps its old ones in its history.</summary>
    private void AdoptCurrent()
    {
        if (current is null) return;
        var number = Old.Select(Revisions.Of).DefaultIfEmpty().Max() + 1;
        Replace(store.Update(current, json => Revisions.Annotate(json, deployment, number)));
        SetDeployment(json => json.Need("metadata", "annotations")[Revisions.Number] = current!.Annotation(Revisions.Number));
        if (!HasDeadline) return;
        SetConditions(c =>
        {
            if (c.Find("Progressing") is null) c.Set("Progressing", "True", "FoundNewReplicaSet", $"Found new replica set \"{current!.Name}\"");
        });
    }

    private void CreateCurrent(int replicas)
    {
        var hash = PodTemplates.Hash(deployment.Json.ObjectAt("spec", "template")!);
        var number = sets.Select(Revisions.Of).DefaultIfEmpty().Max() + 1;
        var json = NewReplicaSet.Of(deployment, hash, replicas);
        Revisions.Annotate(json, deployment, number);
        Revisions.AnnotateReplicas(json, numbers.Replicas, numbers.Replicas + numbers.MaxSurge);
        current = store.Create(ResourceKind.ReplicaSet, json);
        sets.Add(current);
        SetDeployment(d => d.Need("metadata", "annotations")[Revisions.Number] = current.Annotation(Revisions.Number));
        if (HasDeadline) SetConditions(c => c.Set("Progressing", "True", "NewReplicaSetCreated", $"Created new replica set \"{current.Name}\""));
        if (replicas > 0) TellScaled(current, "up", replicas);
    }

    private int NewReplicas(int now)
    {
        if (now >= numbers.Replicas) return numbers.Replicas;
        var room = numbers.Replicas + numbers.MaxSurge - sets.Sum(Wanted);
        return room <= 0 ? now : now + Math.Min(room, numbers.Replicas - now);
    }

    private bool ScaleOldDown()
    {
        var old = Old.ToList();
        if (old.Sum(Wanted) == 0) return false;
        var least = numbers.Replicas - numbers.MaxUnavailable;
        var most = sets.Sum(Wanted) - least - (Wanted(current!) - Available(current!));
        if (most <= 0) return false;
        var unhealthy = ScaleUnhealthyDown(old, most);
        Look();
        return ScaleHealthyDown(sets.Sum(Available) - least) || unhealthy;
    }

    /// <summary>Pods of old sets that do not serve anyway may go at once.</summary>
    private bool ScaleUnhealthyDown(List<StoredObject> old, int most)
    {
        var any = false;
        foreach (var set in old.Where(s => Wanted(s) > Available(s)))
        {
            var fewer = Math.Min(most, Wanted(set) - Available(set));
            if (fewer <= 0) break;
            any |= Scale(set, Wanted(set) - fewer);
            most -= fewer;
        }

        return any;
    }

    private bool ScaleHealthyDown(int surplus)
    {
        var any = false;
        foreach (var set in Old.Where(s => Wanted(s) > 0).ToList())
        {
            if (surplus <= 0) break;
            var fewer = Math.Min(surplus, Wanted(set));
            any |= Scale(set, Wanted(set) - fewer);
            surplus -= fewer;
        }

        return any;
    }

    private bool IsScaling() => sets.Any(s => Wanted(s) > 0 && s.Annotation(Revisions.Desired) is { } desired && desired != $"{numbers.Replicas}");

    /// <summary>After a change of the replicas alone: the one active set takes them, or several share them as they were.</summary>
    private void Distribute()
    {
        var active = sets.Where(s => Wanted(s) > 0).ToList();
        var sole = active.Count == 1 ? active[0] : active.Count == 0 ? current ?? sets.LastOrDefault() : null;
        if (sole is not null)
        {
            Scale(sole, numbers.Replicas);
            return;
        }

        // A new one that is paused has no set, and gets none before it goes on.
        if (active.Count == 0) return;
        var allowed = numbers.Replicas == 0 ? 0 : numbers.Replicas + numbers.MaxSurge;
        var total = active.Sum(Wanted);
        var left = allowed - total;
        foreach (var set in active.OrderByDescending(Wanted).Skip(1))
        {
            var share = (int)Math.Round((double)(allowed - total) * Wanted(set) / total, MidpointRounding.ToZero);
            Scale(set, Math.Max(0, Wanted(set) + share));
            left -= share;
        }

        var largest = active.MaxBy(Wanted)!;
        Scale(largest, Math.Max(0, Wanted(largest) + left));
    }

    private bool Scale(StoredObject set, int replicas)
    {
        var was = Wanted(set);
        var after = store.Update(set, json =>
        {
            json.Need("spec")["replicas"] = replicas;
            if (was > 0 || replicas > 0) Revisions.AnnotateReplicas(json, numbers.Replicas, numbers.Replicas + numbers.MaxSurge);
        });
        Replace(after);
        if (was == replicas) return false;
        TellScaled(after, replicas > was ? "up" : "down", replicas);
        return true;
    }

    private void CleanUp()
    {
        if (deployment.Json.NumberAt("spec", "revisionHistoryLimit") is not { } limit) return;
        var idle = Old.Where(s => Wanted(s) == 0 && s.Json.CountAt("status", "replicas") == 0
            && s.Json.CountAt("status", "observedGeneration") >= s.Json.CountAt("metadata", "generation")).OrderBy(Revisions.Of).ToList();
        foreach (var surplus in idle.Take(idle.Count - (int)limit)) store.Remove(surplus);
    }

    private DateTimeOffset? SyncStatus()
    {
        Look();
        var status = DeploymentStatus.Of(deployment, sets, current, numbers, store.Now);
        deployment = store.Update(deployment, json => json["status"] = status);
        return DeploymentStatus.DeadlineDue(deployment);
    }

    private void MarkPaused(bool paused)
    {
        if (!HasDeadline) return;
        SetConditions(c =>
        {
            var reason = c.Find("Progressing").TextAt("reason");
            if (reason == "ProgressDeadlineExceeded") return;
            if (paused) c.Set("Progressing", "Unknown", "DeploymentPaused", "Deployment is paused");
            else if (reason == "DeploymentPaused") c.Set("Progressing", "Unknown", "DeploymentResumed", "Deployment is resumed");
        });
    }

    private bool HasDeadline => deployment.Json.NumberAt("spec", "progressDeadlineSeconds") is > 0 and < int.MaxValue;

    private void SetConditions(Action<Conditions> change) => SetDeployment(json =>
    {
        var conditions = new Conditions(json.ObjectAt("status"), store.Now);
        change(conditions);
        if (conditions.Any) json.Need("status")["conditions"] = conditions.Json;
    });

    private void SetDeployment(Action<JsonObject> change) => deployment = store.Update(deployment, change);

    private void Replace(StoredObject set)
    {
        sets = [.. sets.Select(s => s.Name == set.Name ? set : s)];
        if (current?.Name == set.Name) current = set;
    }

    private void TellScaled(StoredObject set, string direction, int replicas) => Events.Tell(
        store, deployment, "Normal", "ScalingReplicaSet", $"Scaled {direction} replica set {set.Name} to {replicas}", "deployment-controller");

    private static int Wanted(StoredObject set) => set.Json.CountAt("spec", "replicas");

    private static int Available(StoredObject set) => set.Json.CountAt("status", "availableReplicas");
}
