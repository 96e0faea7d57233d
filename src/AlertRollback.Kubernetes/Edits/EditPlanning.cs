using System.Text.Json.Nodes;
using AlertRollback.Kubernetes.Workloads;

namespace AlertRollback.Kubernetes.Edits;

/// <summary>One value wanted at a place.</summary>
/// <param name="To">Null: nothing shall stand there.</param>
/// <param name="MayBeSecret">What stands there now may be a secret: the pin keeps its digest only (S19).</param>
public sealed record Change(ObjectPath Path, JsonNode? To, bool MayBeSecret = false);

/// <summary>Decides a change of an object, and has the API server check it without carrying it out. Changes nothing.</summary>
/// <param name="declared">What the service says that deploys it: its objects may be changed while it is suspended, which is for the caller to look at (S6).</param>
public sealed class EditPlanning(IKubernetesApi api, GitopsOwner? declared = null)
{
    /// <param name="live">As it was read a moment ago.</param>
    /// <param name="kept">Where values that may be secret are put back from; null: they are not put back.</param>
    /// <exception cref="KubernetesException">The API could not be read; worth asking again.</exception>
    public async Task<EditPlan> PinAsync(
        ObjectRef target, KubernetesObject live, IReadOnlyList<Change> changes, KeptTemplate? kept, StepMark mark, CancellationToken cancellation)
    {
        if (EditRules.Refusal(target, live, [.. changes.Select(c => c.Path)], mark, IsHeld(target)) is { } refusal)
            return refusal;
        if (Pin(target, live, changes, kept) is not { } pin)
            return new EditPlan.Refused(EditRefusal.Ambiguous, $"{target} has no one place {changes.First(c => !IsOnePlace(live, c)).Path}");
        return await RejectionAsync(() => api.JsonPatchAsync(target, EditPatch.Forward(pin, live, mark), new WriteOptions(DryRun: true), cancellation)) is { } rejected
            ? rejected
            : new EditPlan.Pinned(pin, Ownership.Of(live).Warnings);
    }

    /// <summary>An object that is not there yet.</summary>
    public async Task<EditPlan> PinCreationAsync(ObjectRef target, JsonObject body, StepMark mark, CancellationToken cancellation)
    {
        var pin = new EditPin(target.Kind, target.Namespace, target.Name, "", [], (JsonObject)body.DeepClone());
        return await RejectionAsync(() => api.CreateAsync(target.Kind, target.Namespace, EditPatch.Creation(pin, mark), new WriteOptions(DryRun: true), cancellation)) is { } rejected
            ? rejected
            : new EditPlan.Pinned(pin, []);
    }

    /// <summary>A manifest that is applied by the server; where the object is not there, it is created.</summary>
    /// <param name="live">As it was read a moment ago; null: there is none.</param>
    /// <param name="force">Takes fields that belong to others, instead of being refused.</param>
    public async Task<EditPlan> PinApplyAsync(
        ObjectRef target, KubernetesObject? live, JsonObject manifest, bool force, KeptTemplate? kept, StepMark mark, CancellationToken cancellation)
    {
        var (before, after, rejected) = await DryApplyAsync(target, live, manifest, force, mark, cancellation);
        if (rejected is not null)
            return rejected;
        var pin = new EditPin(target.Kind, target.Namespace, target.Name, "", [], (JsonObject)manifest.DeepClone());
        return before is null
            ? new EditPlan.Pinned(pin with { Body = (JsonObject)AsStored(manifest, after!.Json), ServerSide = new ServerSideForm(force, null) }, [])
            : PinApplied(target, before, after!, new ServerSideForm(force, (JsonObject)manifest.DeepClone()), kept, mark);
    }

    /// <summary>What a manifest would change of an object, whoever it and its fields belong to: for people to see, never to be carried out.</summary>
    /// <returns>A line for each difference; null: the API server would reject the manifest, and why.</returns>
    public async Task<(IReadOnlyList<string>? Lines, string Why)> CompareAsync(
        ObjectRef target, KubernetesObject live, JsonObject manifest, StepMark mark, CancellationToken cancellation)
    {
        var (before, after, rejected) = await DryApplyAsync(target, live, manifest, force: true, mark, cancellation);
        if (rejected is not null)
            return (null, rejected.Text);
        var changes = ObjectDifference.Between(before!.Json, after!.Json).Where(c => !mark.StandsAt(c.Path)).ToLookup(c => CanBePinned(before, c));
        return ([.. EditDiff.Lines(Pin(target, before, [.. changes[true]], null)!), .. changes[false].Select(c => $"{target} {c.Path}: differs as a whole")], "");
    }

    // What the server would make of it, beside what it is, or why it would not.
    private async Task<(KubernetesObject? Before, KubernetesObject? After, EditPlan.Refused? Rejected)> DryApplyAsync(
        ObjectRef target, KubernetesObject? live, JsonObject manifest, bool force, StepMark mark, CancellationToken cancellation)
    {
        var pin = new EditPin(target.Kind, target.Namespace, target.Name, "", [], (JsonObject)manifest.DeepClone());
        Task<KubernetesObject> TryAsync() => api.ServerSideApplyAsync(target, EditPatch.Creation(pin, mark), force, new WriteOptions(DryRun: true), cancellation);
        (KubernetesObject? Before, KubernetesObject? After) found = default;
        var rejected = await RejectionAsync(async () =>
            found = live is null ? (null, await TryAsync()) : await DryRuns.BesideAsync(api, target, live, _ => TryAsync(), cancellation));
        return rejected is null && found.After is null
            ? throw new KubernetesException(KubernetesFault.Unavailable, $"{target} changes too fast to be planned")
            : (found.Before, found.After, rejected);
    }

    private EditPlan PinApplied(ObjectRef target, KubernetesObject live, KubernetesObject after, ServerSideForm form, KeptTemplate? kept, StepMark mark)
    {
        // An apply leaves out what an earlier step's apply has set, its mark too.
        var changes = ObjectDifference.Between(live.Json, after.Json).Where(c => !mark.StandsAt(c.Path)).ToList();
        if (EditRules.Refusal(target, live, [.. changes.Select(c => c.Path)], mark, IsHeld(target)) is { } refusal)
            return refusal;
        return changes.Find(c => !CanBePinned(live, c)) is { } odd
            ? new EditPlan.Refused(EditRefusal.Ambiguous, $"{target}: {odd.Path} can only be replaced as a whole; keep the order of what is there")
            : new EditPlan.Pinned(Pin(target, live, changes, kept)! with { ServerSide = form }, Ownership.Of(live).Warnings);
    }

    // The server writes some values in another way, e.g. 0.5 CPU as 500m: otherwise we would not know our own object again.
    private static JsonNode AsStored(JsonNode manifest, JsonNode? stored) => (manifest, stored) switch
    {
        (JsonObject m, JsonObject s) => new JsonObject(m.Select(p => KeyValuePair.Create(p.Key, p.Value is null ? null : (JsonNode?)AsStored(p.Value, s[p.Key])))),
        (JsonArray m, JsonArray s) => new JsonArray([.. m.Select((item, at) => item is null ? null : AsStored(item, Stored(item, at, m, s)))]),
        (JsonValue, JsonValue s) => s.DeepClone(),
        _ => manifest.DeepClone(),
    };

    // An admission webhook may have put others before it.
    private static JsonNode? Stored(JsonNode item, int at, JsonArray manifest, JsonArray stored) =>
        ObjectDifference.NameOfItems(manifest, stored) is { } key && ObjectDifference.Named(stored, key, item[key]!.ToString()) is { } named ? named
        : manifest.Count == stored.Count ? stored[at]
        : null;

    /// <summary>Null when a place cannot be told.</summary>
    private EditPin? Pin(ObjectRef target, KubernetesObject live, IReadOnlyList<Change> changes, KeptTemplate? kept)
    {
        if (!changes.All(c => IsOnePlace(live, c)))
            return null;
        var places = changes.Select(c => PlaceOf(live, c)).ToList();
        var isSealed = places.Any(p => p.From.Digest is not null);
        return new EditPin(target.Kind, target.Namespace, target.Name, live.Uid, places, Kept: isSealed ? kept : null) { Owner = GitopsOwner.Of(declared, target, live) };
    }

    private Predicate<KubernetesObject> IsHeld(ObjectRef target) => live => GitopsOwner.Of(declared, target, live) is not null;

    private static PlacePin PlaceOf(KubernetesObject live, Change change)
    {
        var found = PlaceLookup.Find(live.Json, change.Path);
        var from = change.MayBeSecret ? PlaceValue.Sealed(found.Value) : PlaceValue.Plain(found.Value);
        return new PlacePin(change.Path, from, PlaceValue.Plain(change.To), found.Index, found.Existing);
    }

    private static bool IsOnePlace(KubernetesObject live, Change change) =>
        !PlaceLookup.Find(live.Json, change.Path).Ambiguous && CanStand(live.Json, change);

    private static bool CanBePinned(KubernetesObject live, Change change) => IsOnePlace(live, change) && !ObjectDifference.WouldTellEnvironment(live.Json, change);

    private static bool CanStand(JsonObject live, Change change) =>
        change.To is not { } to || PlaceLookup.Set(live.DeepClone(), change.Path, to, null);

    private static async Task<EditPlan.Refused?> RejectionAsync(Func<Task> dryRun)
    {
        try
        {
            await dryRun();
            return null;
        }
        catch (KubernetesException e) when (e.Fault is KubernetesFault.Invalid or KubernetesFault.Forbidden or KubernetesFault.NotFound)
        {
            return new EditPlan.Refused(EditRefusal.Rejected, $"the API server would reject it: {e.Message}");
        }
        catch (KubernetesException e) when (FieldOwners.IsConflict(e))
        {
            return new EditPlan.Refused(EditRefusal.FieldConflict, e.Message);
        }
        catch (KubernetesException e) when (e.Fault is KubernetesFault.Conflict)
        {
            return null; // Somebody wrote in between. Apply reads anew.
        }
    }
}
