using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Edits;

namespace AlertRollback.Playbooks.Actions;

/// <summary>Paths of an Ingress as people call them: by host and path, never by their number, which means another one tomorrow.</summary>
/// <param name="Host">Null: the rule without a host.</param>
internal sealed partial record IngressPaths(string? Host, IReadOnlyList<string?> Paths)
{
    /// <summary>The paths that are meant, or why that cannot be told.</summary>
    /// <param name="host">Null: the only rule's.</param>
    /// <param name="paths">Empty: the rule's only one.</param>
    public static (IngressPaths? Found, PinOutcome.Refused? Refused) Find(KubernetesObject ingress, string? host, IReadOnlyList<string> paths)
    {
        var rules = (ingress.At("spec", "rules") as JsonArray)?.OfType<JsonObject>().ToList() ?? [];
        var matching = host is null && rules.Count == 1 ? rules : rules.Where(r => r["host"]?.ToString() == host).ToList();
        if (matching.Count != 1)
            return (null, Refusal(matching.Count == 0 && host is not null, $"{(host is null ? "a host has to be named" : matching.Count == 0 ? $"it has no host {host}" : $"it has host {host} {matching.Count} times")}: {Listed(rules.Select(HostText))}"));
        var all = (matching[0]["http"]?["paths"] as JsonArray)?.OfType<JsonObject>().Select(p => p["path"]?.ToString()).ToList() ?? [];
        if (paths.Count == 0 && all.Count != 1)
            return (null, Refusal(false, $"a path has to be named: {Listed(all)}"));
        if (paths.FirstOrDefault(p => !all.Contains(p)) is { } missing)
            return (null, Refusal(true, $"{HostText(matching[0])} has no path {missing}, but {Listed(all)}"));
        return (new IngressPaths(matching[0]["host"]?.ToString(), paths.Count == 0 ? all : [.. paths]), null);
    }

    /// <summary>Whether one of them takes everything that asks this host.</summary>
    public bool TakesAll => Paths.Any(p => p is null || Everything().IsMatch(p));

    public IEnumerable<ObjectPath> Backends => Paths.Select(p =>
        ObjectPath.Of("spec", "rules").Item("host", Host).Member("http").Member("paths").Item("path", p).Member("backend"));

    public override string ToString() => $"{Host ?? "any host"} {string.Join(", ", Paths.Select(p => p ?? "/"))}";

    private static PinOutcome.Refused Refusal(bool missing, string text) => new(missing ? Reason.NotFound : Reason.Ambiguous, text);

    private static string HostText(JsonObject rule) => rule["host"]?.ToString() ?? "any host";

    private static string Listed(IEnumerable<string?> names) => string.Join(", ", names.Select(n => n ?? "/")) is { Length: > 0 } list ? Texts.Clip(list, 200) : "it has none";

    // "/", and what says the same in controllers that read expressions or stars.
    [GeneratedRegex(@"^/?[.*()|$^?+]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Everything();
}
