using System.Text.Json.Nodes;
using AlertRollback.Kubernetes.Workloads;

namespace AlertRollback.Kubernetes.Edits;

/// <summary>
/// What stood at the places of a pin. Values that may be secret were never journalled: they are read from the revision that
/// keeps them, and only if they are the ones that were pinned.
/// </summary>
internal static class OldValues
{
    // spec.template: a revision keeps the template alone.
    private const int templateDepth = 2;

    /// <summary>In the pin's order; null when they are not kept any more.</summary>
    public static async Task<IReadOnlyList<JsonNode?>?> ReadAsync(IKubernetesApi api, EditPin pin, CancellationToken cancellation)
    {
        var template = pin.Places.Any(p => p.From.Digest is not null) ? await TemplateAsync(api, pin, cancellation) : null;
        var values = new List<JsonNode?>();
        foreach (var place in pin.Places)
        {
            if (place.From.Digest is null)
            {
                values.Add(place.From.Value);
                continue;
            }

            var value = template is null ? null : PlaceLookup.Find(template, place.Path.From(templateDepth)).Value;
            if (!place.From.Is(value))
                return null;
            values.Add(value);
        }

        return values;
    }

    private static async Task<JsonObject?> TemplateAsync(IKubernetesApi api, EditPin pin, CancellationToken cancellation) =>
        pin.Kept is { } kept
        && await api.GetAsync(new ObjectRef(kept.Kind, pin.Namespace, kept.Name), cancellation) is { } live
        && live.Uid == kept.Uid
            ? Revision.Of(live)?.Template
            : null;
}
