using System.Text.Json.Nodes;
using AlertRollback.Kubernetes.Workloads;

namespace AlertRollback.Kubernetes.Edits;

/// <summary>One value wanted at a place.</summary>
/// <param name="To">Null: nothing shall stand there.</param>
/// <param name="MayBeSecret">What stands there now may be a secret: the pin keeps its digest only (S19).</param>
public sealed record Change(ObjectPath Path, JsonNode? To, bool MayBeSecret = false);

/// <summary>Decides a change of an object, and has the API server check it without carrying it out. Changes nothing.</summary>
public sealed class EditPlanning(IKubernetesApi api)
{
    /// <param name="live">As it was read a moment ago.</param>
    /// <param name="kept">Where values that may be secret are put back from; null: they are not put back.</param>
    /// <exception cref="KubernetesException">The API could not be read; worth asking again.</exception>
    public async Task<EditPlan> PinAsync(
        ObjectRef target, KubernetesObject live, IReadOnlyList<Change> changes, KeptTemplate? kept, StepMark mark, CancellationToken cancellation)
    {
        if (EditRules.Refusal(target, live, changes.Any(c => c.Path.StartsWith(EditPin.Template)), mark) is { } refusal)
            return refusal;
        var places = new List<PlacePin>();
        foreach (var change in changes)
        {
            var found = PlaceLookup.Find(live.Json, change.Path);
            if (found.Ambiguous || !CanStand(live.Json, change))
                return new EditPlan.Refused(EditRefusal.Ambiguous, $"{target} has no one place {change.Path}");
            var from = change.MayBeSecret ? PlaceValue.Sealed(found.Value) : PlaceValue.Plain(found.Value);
            places.Add(new PlacePin(change.Path, from, PlaceValue.Plain(change.To), found.Index, found.Existing));
        }

        var isSealed = places.Any(p => p.From.Digest is not null);
        var pin = new EditPin(target.Kind, target.Namespace, target.Name, live.Uid, places, Kept: isSealed ? kept : null);
        return await RejectionAsync(() => api.JsonPatchAsync(target, EditPatch.Forward(pin, live, mark), new WriteOptions(DryRun: true), cancellation)) is { } rejected
            ? new EditPlan.Refused(EditRefusal.Rejected, rejected)
            : new EditPlan.Pinned(pin, Ownership.Of(live).Warnings);
    }

    /// <summary>An object that is not there yet.</summary>
    public async Task<EditPlan> PinCreationAsync(ObjectRef target, JsonObject body, StepMark mark, CancellationToken cancellation)
    {
        var pin = new EditPin(target.Kind, target.Namespace, target.Name, "", [], (JsonObject)body.DeepClone());
        return await RejectionAsync(() => api.CreateAsync(target.Kind, target.Namespace, EditPatch.Creation(pin, mark), new WriteOptions(DryRun: true), cancellation)) is { } rejected
            ? new EditPlan.Refused(EditRefusal.Rejected, rejected)
            : new EditPlan.Pinned(pin, []);
    }

    private static bool CanStand(JsonObject live, Change change) =>
        change.To is not { } to || PlaceLookup.Set(live.DeepClone(), change.Path, to, null);

    private static async Task<string?> RejectionAsync(Func<Task> dryRun)
    {
        try
        {
            await dryRun();
            return null;
        }
        catch (KubernetesException e) when (e.Fault is KubernetesFault.Invalid or KubernetesFault.Forbidden or KubernetesFault.NotFound)
        {
            return $"the API server would reject it: {e.Message}";
        }
        catch (KubernetesException e) when (e.Fault is KubernetesFault.Conflict)
        {
            return null; // Somebody wrote in between. Apply reads anew.
        }
    }
}
