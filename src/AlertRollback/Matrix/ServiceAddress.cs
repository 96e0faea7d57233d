using System.Globalization;
using System.Text.Json.Nodes;

namespace AlertRollback.Matrix;

/// <summary>Addresses by a Service object's own name in the cluster, as <c>via</c> says it.</summary>
internal static class ServiceAddress
{
    /// <summary>The host that has to be granted for a path, where that is known without the cluster; else null.</summary>
    public static string? HostOf(JsonNode via, string service, string? @namespace)
    {
        var settings = via as JsonObject;
        return @namespace is not null && int.TryParse(settings?["port"]?.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            && Uri.TryCreate(Of(settings, settings!["service"]?.ToString() ?? service, @namespace, port, ""), UriKind.Absolute, out var address)
                ? address.Authority
                : null;
    }

    public static string Of(JsonObject? via, string service, string @namespace, long port, string path) => $"{Scheme(via)}://{service}.{@namespace}.svc:{port}{path}";

    public static string Scheme(JsonObject? via) => via?["scheme"]?.GetValue<string>() ?? "http";
}
