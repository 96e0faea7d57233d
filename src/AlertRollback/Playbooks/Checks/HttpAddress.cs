using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Matrix;
using AlertRollback.Playbooks.Actions;

namespace AlertRollback.Playbooks.Checks;

/// <summary>Where one path, or one whole address, of an <c>http</c> check is asked.</summary>
/// <param name="Named">Says which host has to be granted.</param>
/// <param name="SentTo">The address behind a Service object; null: wherever the host's name leads.</param>
internal sealed record HttpAddress(Uri Named, Uri? SentTo)
{
    /// <summary>Whether the text is a path that begins with one slash, or an http address whose host is written out; neither climbs by dots.</summary>
    public static bool IsFit(string written)
    {
        if (Climbs(written))
            return false;
        if (!IsWhole(written))
            return written.StartsWith('/') && !written.StartsWith("//", StringComparison.Ordinal);
        var end = written.IndexOfAny(['/', '?', '#'], written.IndexOf("://", StringComparison.Ordinal) + 3);
        var root = end < 0 ? written : written[..end];
        return !root.Contains('$', StringComparison.Ordinal) && Uri.TryCreate(root, UriKind.Absolute, out var address) && address is { Host.Length: > 0, UserInfo: "" };
    }

    public static bool IsWhole(string written) =>
        written.StartsWith("http://", StringComparison.Ordinal) || written.StartsWith("https://", StringComparison.Ordinal);

    // A URL resolves dots away, also those that a value brought along, so that another place than the written one is asked.
    private static bool Climbs(string written) =>
        written.Split('?', '#')[0].Split('/').Any(part => Uri.UnescapeDataString(part) is "." or "..");

    /// <param name="filled">Path or address with its placeholders filled in.</param>
    /// <param name="via">The Service object's name, port and scheme; null: the service's own url.</param>
    /// <returns>The address, or why there is none.</returns>
    public static async Task<(HttpAddress? Address, string? Trouble)> OfAsync(
        string filled, ServiceDefinition service, JsonNode? via, Clusters clusters, CancellationToken cancellation)
    {
        if (Climbs(filled))
            return (null, "a part of its path is . or .., which would lead elsewhere");
        if (via is not null && !IsWhole(filled))
            return await OfServiceAsync(filled, service, via, clusters, cancellation);
        if (IsWhole(filled))
            return Uri.TryCreate(filled, UriKind.Absolute, out var whole) ? (new HttpAddress(whole, null), null) : (null, "it is no address");
        return service.Url is { } url && Uri.TryCreate(url.TrimEnd('/') + filled, UriKind.Absolute, out var below)
            ? (new HttpAddress(below, null), null)
            : (null, "the service declares no url");
    }

    /// <summary>The Service object that a path is asked of.</summary>
    public static IEnumerable<NeededObject> Objects(ServiceDefinition service, JsonNode via) =>
        (service.Workload?.Namespace ?? service.Namespace) is { } space ? [new NeededObject(new ObjectRef(ResourceKind.Service, space, (via as JsonObject)?["service"]?.ToString() ?? service.Name))] : [];

    // The host that has to be granted is the Service's own name in the cluster. It is asked by its cluster IP, so that no DNS
    // of the cluster is needed where we run.
    private static async Task<(HttpAddress? Address, string? Trouble)> OfServiceAsync(
        string path, ServiceDefinition service, JsonNode via, Clusters clusters, CancellationToken cancellation)
    {
        if ((service.Workload?.Namespace ?? service.Namespace) is not { } @namespace)
            return (null, "the service declares no namespace to find its Service in");
        var settings = via as JsonObject;
        var name = settings?["service"]?.GetValue<string>() ?? service.Name;
        if (!ServiceObject.IsName(name))
            return (null, $"\"{Texts.Clip(name, 60)}\" cannot be the name of a Service");
        try
        {
            if (await clusters.Of(service).GetAsync(new ObjectRef(ResourceKind.Service, @namespace, name), cancellation) is not { } live)
                return (null, $"there is no Service {@namespace}/{name}");
            if (live.Text("spec", "type") == "ExternalName" || live.Text("spec", "clusterIP") is not { Length: > 0 } ip || ip == "None")
                return (null, $"the Service {@namespace}/{name} has no cluster IP");
            if (PortOf(live, settings?["port"]?.ToString()) is not { } port)
                return (null, $"the Service {@namespace}/{name} has no such port");
            var host = ip.Contains(':', StringComparison.Ordinal) ? $"[{ip}]" : ip;
            return (new HttpAddress(new Uri(ServiceAddress.Of(settings, name, @namespace, port, path)), new Uri($"{ServiceAddress.Scheme(settings)}://{host}:{port}{path}")), null);
        }
        catch (KubernetesException fault)
        {
            return (null, $"the Kubernetes API cannot be read: {fault.Message}");
        }
    }

    // By number or by name; the first one when none is named.
    private static long? PortOf(KubernetesObject live, string? wanted) =>
        (live.At("spec", "ports") as JsonArray)?.OfType<JsonObject>()
            .FirstOrDefault(p => wanted is null || p["port"]?.ToString() == wanted || p["name"]?.ToString() == wanted)?["port"]?.GetValue<long>();
}
