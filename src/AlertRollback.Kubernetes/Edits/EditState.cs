using System.Text.Json.Nodes;

namespace AlertRollback.Kubernetes.Edits;

/// <summary>Where a live object stands between what was pinned and what is wanted. Pure.</summary>
internal static class EditState
{
    public static bool IsAtFrom(EditPin pin, KubernetesObject live) => pin.Places.All(p => p.From.Is(At(live, p)));

    /// <summary>The same at a step's turn: an earlier one of its plan may have restarted the workload, or undone to what was never restarted.</summary>
    public static bool IsAtFromAfterOwn(EditPin pin, KubernetesObject live) => pin.AfterOwn && pin.Places.All(p => p.From.Is(At(live, p)) || EditRules.IsRestart(p.Path));

    public static bool IsAtTo(EditPin pin, KubernetesObject live) =>
        pin.Body is { } body ? Holds(live.Json, Essence(body), MayHaveOthersItems(pin, live)) : pin.Places.All(p => p.To.Is(At(live, p)));

    /// <summary>Whether all that could be put back is, and the rest is still what we set.</summary>
    public static bool IsPartlyBack(EditPin pin, KubernetesObject live, StepMark mark) =>
        pin.Unkept.Count > 0 && live.Uid == pin.Uid && IsOurs(live, mark) && pin.Places.Except(pin.Unkept).Any()
        && pin.Places.All(p => (pin.Unkept.Contains(p) ? p.To : p.From).Is(At(live, p)));

    public static bool IsOurs(KubernetesObject live, StepMark mark) => live.Annotation(mark.Annotation) == mark.Value;

    /// <summary>The first place that is neither, for people.</summary>
    public static string Elsewhere(EditPin pin, KubernetesObject live)
    {
        var place = pin.Places.FirstOrDefault(p => !p.From.Is(At(live, p)) && !p.To.Is(At(live, p))) ?? pin.Places.FirstOrDefault(p => !p.From.Is(At(live, p)));
        return $"{pin.Object}: {place?.Path.ToString() ?? "it"} was changed meanwhile";
    }

    /// <summary>The first place that an apply would write to although it was as wanted when it was planned; null: there is none.</summary>
    /// <param name="after">What the server would make of it.</param>
    public static ObjectPath? Beyond(EditPin pin, KubernetesObject live, KubernetesObject after, StepMark mark) =>
        // What it would take away was ours alone, e.g. from an earlier step's apply.
        ObjectDifference.Between(live.Json, after.Json)
            .FirstOrDefault(c => c.To is not null && !mark.StandsAt(c.Path) && !pin.Places.Any(p => p.Path == c.Path))?.Path;

    private static JsonNode? At(KubernetesObject live, PlacePin place) => PlaceLookup.Find(live.Json, place.Path).Value;

    // The API server adds defaults, and its own metadata.
    private static JsonObject Essence(JsonObject body)
    {
        var copy = (JsonObject)body.DeepClone();
        copy.Remove("apiVersion");
        copy.Remove("kind");
        return copy;
    }

    // What the server, or an admission webhook, adds to a list while it is created comes with our own write. What anybody adds
    // later is theirs, and not to be taken away with ours (S7).
    private static bool MayHaveOthersItems(EditPin pin, KubernetesObject live) => FieldOwners.OthersWrote(live, created: pin.ServerSide is null ? "Update" : "Apply");

    /// <param name="exact">Whether lists have to have the wanted items and no others; else others may stand between them.</param>
    private static bool Holds(JsonNode? live, JsonNode? wanted, bool exact) => (live, wanted) switch
    {
        (JsonObject a, JsonObject b) => b.All(m => Holds(a[m.Key], m.Value, exact)),
        (JsonArray a, JsonArray b) => (a.Count == b.Count || !exact) && HoldsInOrder(a, b, exact),
        (null, JsonObject { Count: 0 } or JsonArray { Count: 0 }) => true,
        _ => JsonNode.DeepEquals(live, wanted),
    };

    private static bool HoldsInOrder(JsonArray live, JsonArray wanted, bool exact)
    {
        var found = 0;
        foreach (var item in live)
        {
            if (found < wanted.Count && Holds(item, wanted[found], exact))
                found++;
        }

        return found == wanted.Count;
    }
}
