using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Sandbox.Cluster.Objects;

namespace AlertRollback.Sandbox.Cluster.Api;

/// <summary>Lists, page by page.</summary>
internal static class Listing
{
    public static string Of(ObjectStore store, ApiRequest request)
    {
        var selection = Selection.Of(request);
        var after = Continued(store, request.Query("continue"));
        var limit = int.TryParse(request.Query("limit"), NumberStyles.None, CultureInfo.InvariantCulture, out var n) && n > 0 ? n : int.MaxValue;
        var rest = store.All(request.Kind, request.Namespace).Where(selection.Matches)
            .Where(o => after is null || string.CompareOrdinal(Key(o), after) > 0).ToList();
        var page = rest.Take(limit).ToList();
        var metadata = new JsonObject { ["resourceVersion"] = store.Version.ToString(CultureInfo.InvariantCulture) };
        if (rest.Count > page.Count)
        {
            metadata["continue"] = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{store.Version}|{Key(page[^1])}"));
            metadata["remainingItemCount"] = rest.Count - page.Count;
        }

        return Write(request.Kind, metadata, page);
    }

    /// <summary>Items of a typed list carry neither kind nor apiVersion.</summary>
    private static string Write(ResourceKind kind, JsonObject metadata, List<StoredObject> page)
    {
        var items = page.Select(o =>
        {
            var item = o.Json.Clone();
            item.Remove("kind");
            item.Remove("apiVersion");
            return item.ToJsonString(ClusterJson.Options);
        });
        return $$"""
            {"kind":"{{kind.Kind}}List","apiVersion":"{{kind.ApiVersion}}","metadata":{{metadata.ToJsonString()}},"items":[{{string.Join(',', items)}}]}
            """;
    }

    private static string? Continued(ObjectStore store, string token)
    {
        if (token.Length == 0) return null;
        var parts = Decoded(token).Split('|', 2);
        if (parts.Length < 2 || !long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var version))
            throw ApiRefusal.BadRequest("continue key is not valid");
        if (store.Since(version) is null)
        {
            throw ApiRefusal.Expired(
                "The provided continue parameter is too old to display a consistent list result. You must start a new list without the continue parameter.");
        }

        return parts[1];
    }

    private static string Decoded(string token)
    {
        var buffer = new byte[token.Length];
        return Convert.TryFromBase64String(token, buffer, out var length) ? Encoding.UTF8.GetString(buffer, 0, length) : "";
    }

    private static string Key(StoredObject o) => $"{o.Namespace}/{o.Name}";
}
