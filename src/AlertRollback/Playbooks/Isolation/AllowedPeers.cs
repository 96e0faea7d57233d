using System.Net;
using System.Text.Json.Nodes;

namespace AlertRollback.Playbooks.Isolation;

/// <summary>
/// Who isolated pods may still talk to, as a matrix writes it: <c>{pods: {app: backup}, namespaces: {team: ops}, cidr: 10.0.0.0/24, ports: [443]}</c>.
/// </summary>
internal static class AllowedPeers
{
    private static readonly string[] Keys = ["pods", "namespaces", "cidr", "ports"];

    public static IEnumerable<string> Validate(JsonNode? list, string name)
    {
        foreach (var item in list as JsonArray ?? [])
        {
            if (item is not JsonObject peer)
            {
                yield return $"each of \"{name}\" is a mapping of {string.Join(", ", Keys)}";
                continue;
            }

            foreach (var key in peer.Select(p => p.Key).Except(Keys))
                yield return $"\"{key}\" is not a key of \"{name}\": {string.Join(", ", Keys)}";
            foreach (var fault in Faults(peer, name))
                yield return fault;
        }
    }

    /// <summary>The rules of a NetworkPolicy, of which each lets one peer through.</summary>
    /// <param name="side"><c>from</c> or <c>to</c>.</param>
    public static JsonArray Rules(JsonNode? list, string side) => [.. (list as JsonArray ?? []).Select(p => Rule((JsonObject)p!, side))];

    /// <summary>The cluster's DNS: pods with the label that CoreDNS and kube-dns carry, in whichever namespace.</summary>
    public static JsonObject Dns() => new()
    {
        ["to"] = new JsonArray(new JsonObject { ["namespaceSelector"] = new JsonObject(), ["podSelector"] = Selector(new JsonObject { ["k8s-app"] = "kube-dns" }) }),
        ["ports"] = new JsonArray(Port(53, "UDP"), Port(53, "TCP")),
    };

    private static IEnumerable<string> Faults(JsonObject peer, string name)
    {
        var (cidr, labels) = (peer["cidr"], peer["pods"] ?? peer["namespaces"]);
        // A peer of nothing would let everybody through.
        if ((cidr is null) == (labels is null))
            yield return $"each of \"{name}\" has either \"cidr\", or \"pods\" or \"namespaces\" or both";
        foreach (var key in new[] { "pods", "namespaces" })
        {
            foreach (var fault in TextValues.Faults(key, peer[key]))
                yield return fault;
            if (peer[key] is JsonObject { Count: 0 })
                yield return $"\"{key}\" of \"{name}\" has no labels: everybody would be let through";
        }

        if (cidr is not null && !(cidr is JsonValue value && value.TryGetValue(out string? text) && IPNetwork.TryParse(text, out _)))
            yield return $"\"cidr\" of \"{name}\" is written like 10.0.0.0/24";
        if (peer["ports"] is { } ports && !(ports is JsonArray several && several.All(p => p is JsonValue v && v.TryGetValue(out long port) && port is > 0 and < 65536)))
            yield return $"\"ports\" of \"{name}\" is a list of numbers from 1 to 65535";
    }

    private static JsonObject Rule(JsonObject peer, string side)
    {
        var rule = new JsonObject { [side] = new JsonArray(Peer(peer)) };
        if (peer["ports"] is JsonArray { Count: > 0 } ports)
            rule["ports"] = new JsonArray([.. ports.Select(p => Port(p!.GetValue<long>(), "TCP"))]);
        return rule;
    }

    private static JsonObject Peer(JsonObject peer)
    {
        if (peer["cidr"] is { } cidr)
            return new JsonObject { ["ipBlock"] = new JsonObject { ["cidr"] = cidr.DeepClone() } };
        var written = new JsonObject();
        if (peer["namespaces"] is JsonObject namespaces)
            written["namespaceSelector"] = Selector(namespaces);
        if (peer["pods"] is JsonObject pods)
            written["podSelector"] = Selector(pods);
        return written;
    }

    private static JsonObject Selector(JsonObject labels) => new()
    {
        ["matchLabels"] = new JsonObject(TextValues.Of(labels).Select(l => KeyValuePair.Create(l.Key, (JsonNode?)JsonValue.Create(l.Value)))),
    };

    private static JsonObject Port(long number, string protocol) => new() { ["protocol"] = protocol, ["port"] = number };
}
