using System.Globalization;
using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;

namespace AlertRollback.Playbooks.Actions;

/// <summary>Whether anything answers behind a Service. Told from its pods: it then needs no rights for Endpoints, and holds for all versions of them.</summary>
internal static class ServiceEndpoints
{
    /// <summary>The port by which it is asked: the wanted one, else its only one; null: there is no such port, or several.</summary>
    /// <param name="wanted">Number or name; null: any.</param>
    public static JsonObject? Port(KubernetesObject service, string? wanted)
    {
        var ports = (service.At("spec", "ports") as JsonArray)?.OfType<JsonObject>().ToList() ?? [];
        return wanted is null
            ? ports.Count == 1 ? ports[0] : null
            : ports.Find(p => p["port"]?.ToString() == wanted) ?? ports.Find(p => p["name"]?.ToString() == wanted);
    }

    public static string Ports(KubernetesObject service) => string.Join(", ", (service.At("spec", "ports") as JsonArray)?.OfType<JsonObject>()
        .Select(p => p["name"] is { } name ? $"{name} ({p["port"]})" : p["port"]?.ToString()) ?? []);

    /// <summary>Why nothing would answer; null: something does.</summary>
    /// <exception cref="KubernetesException">It cannot be read.</exception>
    public static async Task<string?> NothingAnswersAsync(IKubernetesApi api, KubernetesObject service, JsonObject port, CancellationToken cancellation)
    {
        if (service.At("spec", "selector") is not JsonObject { Count: > 0 } selector)
            return $"service {service.Name} has no selector: it cannot be told whether anything answers behind it";
        var labels = string.Join(',', selector.Select(l => $"{l.Key}={l.Value}"));
        var ready = (await api.ListAsync(ResourceKind.Pod, service.Namespace, labels, cancellation)).Where(p => !p.BeingDeleted && PodState.IsReady(p)).ToList();
        if (ready.Count == 0)
            return $"service {service.Name} has no ready pod ({labels})";
        return ready.Any(p => Listens(p, port)) ? null : $"no ready pod of service {service.Name} has a port named {port["targetPort"]}";
    }

    // A number leads to the pod whatever it declares; a name has to be declared.
    private static bool Listens(KubernetesObject pod, JsonObject port) => port["targetPort"]?.ToString() is not { } target
        || int.TryParse(target, NumberStyles.None, CultureInfo.InvariantCulture, out _)
        || ((pod.At("spec", "containers") as JsonArray)?.OfType<JsonObject>().SelectMany(c => (c["ports"] as JsonArray)?.OfType<JsonObject>() ?? []).Any(p => p["name"]?.ToString() == target) ?? false);
}
