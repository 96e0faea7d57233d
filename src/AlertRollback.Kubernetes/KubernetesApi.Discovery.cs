using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;

namespace AlertRollback.Kubernetes;

public sealed partial class KubernetesApi
{
    /// <summary>Custom kinds come and go with releases, not with rollbacks.</summary>
    private static readonly TimeSpan KindsKept = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<string, (long Read, IReadOnlyList<ResourceKind> Kinds)> kinds = new();

    public async Task<ResourceKind?> FindKindAsync(string apiVersion, string kind, CancellationToken cancellation)
    {
        if (kinds.TryGetValue(apiVersion, out var kept) && transport.Time.GetElapsedTime(kept.Read) < KindsKept && Named(kept.Kinds, kind) is { } known)
            return known;
        // What is not known may have been installed since.
        var read = transport.Time.GetTimestamp();
        var found = await ReadKindsAsync(apiVersion, cancellation).ConfigureAwait(false);
        kinds[apiVersion] = (read, found);
        return Named(found, kind);
    }

    private static ResourceKind? Named(IReadOnlyList<ResourceKind> kinds, string kind) => kinds.FirstOrDefault(k => k.Kind == kind);

    private async Task<IReadOnlyList<ResourceKind>> ReadKindsAsync(string apiVersion, CancellationToken cancellation)
    {
        var parts = apiVersion.Split('/', 2);
        foreach (var part in parts)
            ApiPath.Check(part, "apiVersion");
        var (group, version) = parts.Length == 2 ? (parts[0], parts[1]) : ("", parts[0]);
        var root = group.Length == 0 ? "api/" : "apis/";
        var answer = await ReadAsync(root + string.Join('/', parts.Select(Uri.EscapeDataString)), cancellation).ConfigureAwait(false);
        if (answer.Status == HttpStatusCode.NotFound)
            return [];
        var resources = answer.Succeeded ? answer.Json["resources"] as JsonArray ?? [] : throw answer.Fault();
        return [.. resources.OfType<JsonObject>().Select(resource => KindOf(group, version, resource)).OfType<ResourceKind>()];
    }

    /// <summary>Null for subresources, whose names have a slash.</summary>
    private static ResourceKind? KindOf(string group, string version, JsonObject resource) =>
        resource["name"]?.ToString() is { } plural && !plural.Contains('/', StringComparison.Ordinal)
            ? new ResourceKind(group, version, resource["kind"]?.ToString() ?? "", plural, resource["namespaced"]?.GetValue<bool>() ?? false)
            : null;
}
