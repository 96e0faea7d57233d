using System.Text.Json.Nodes;
using AlertRollback.Kubernetes.Workloads;

namespace AlertRollback.Kubernetes.Edits;

/// <summary>What is sent to the API server: the places alone, with the preconditions of S1 and our mark.</summary>
internal static class EditPatch
{
    public static JsonArray Forward(EditPin pin, KubernetesObject live, StepMark mark)
    {
        var edited = (JsonObject)live.Json.DeepClone();
        foreach (var place in pin.Places)
            Write(edited, place, place.To.Value);
        Annotations(edited)[mark.Annotation] = mark.Value;
        return Between(live, edited);
    }

    /// <param name="values">What stood at each place, in the pin's order.</param>
    /// <param name="isAll">Whether nothing of ours is left then.</param>
    public static JsonArray Back(EditPin pin, KubernetesObject live, StepMark mark, IReadOnlyList<JsonNode?> values, bool isAll)
    {
        var edited = (JsonObject)live.Json.DeepClone();

        // In the order of their list, so that items come back to the number they had.
        foreach (var (place, value) in pin.Places.Zip(values).OrderBy(p => p.First.Index ?? -1))
            Write(edited, place, value);
        if (isAll)
            Annotations(edited).Remove(mark.Annotation);
        return Between(live, edited);
    }

    public static JsonObject Creation(EditPin pin, StepMark mark)
    {
        var body = (JsonObject)pin.Body!.DeepClone();
        body["apiVersion"] = pin.Kind.ApiVersion;
        body["kind"] = pin.Kind.Kind;
        Metadata(body)["name"] = pin.Name;
        if (pin.Kind.Namespaced)
            Metadata(body)["namespace"] = pin.Namespace;
        Annotations(body)[mark.Annotation] = mark.Value;
        return body;
    }

    /// <summary>For a server-side apply; to an object that is there, only as it is now.</summary>
    public static JsonObject Manifest(EditPin pin, KubernetesObject? live, StepMark mark)
    {
        if (live is null)
            return Creation(pin, mark);
        var manifest = Creation(pin with { Body = pin.ServerSide!.Manifest }, mark);
        Metadata(manifest)["uid"] = live.Uid;
        Metadata(manifest)["resourceVersion"] = live.ResourceVersion;
        return manifest;
    }

    private static void Write(JsonObject edited, PlacePin place, JsonNode? value)
    {
        if (value is null)
            PlaceLookup.Remove(edited, place.Path, place.Existing);
        else
            PlaceLookup.Set(edited, place.Path, value, place.Index);
    }

    private static JsonArray Between(KubernetesObject live, JsonObject edited) =>
        [.. UndoRequest.Preconditions(live), .. JsonDifference.Patch(live.Json, edited)];

    private static JsonObject Metadata(JsonObject body) => body["metadata"] as JsonObject ?? (JsonObject)(body["metadata"] = new JsonObject());

    private static JsonObject Annotations(JsonObject body)
    {
        var metadata = Metadata(body);
        return metadata["annotations"] as JsonObject ?? (JsonObject)(metadata["annotations"] = new JsonObject());
    }
}
