using System.Text.Json.Nodes;
using AlertRollback.Sandbox.Cluster.Objects;

namespace AlertRollback.Sandbox.Cluster.Api;

/// <summary>What kubectl asks first: the version, the groups, and the kinds of each.</summary>
internal static class Discovery
{
    private static readonly string[] Groups =
    [
        "apps/v1", "autoscaling/v1", "batch/v1", "networking.k8s.io/v1", "policy/v1", "policy/v1beta1", "argoproj.io/v1alpha1",
        "kustomize.toolkit.fluxcd.io/v1", "helm.toolkit.fluxcd.io/v2", "metrics.k8s.io/v1beta1",
    ];

    public static JsonObject? Document(string path) => path.Trim('/') switch
    {
        "version" => Version(),
        "api" => new JsonObject { ["kind"] = "APIVersions", ["versions"] = new JsonArray("v1") },
        "apis" => GroupList(),
        "api/v1" => Resources("v1"),
        var p when p.StartsWith("apis/", StringComparison.Ordinal) && Groups.Contains(p[5..]) => Resources(p[5..]),
        _ => null,
    };

    private static JsonObject Version() => new()
    {
        ["major"] = "1",
        ["minor"] = "30",
        ["gitVersion"] = "v1.30.0-sandbox",
        ["gitCommit"] = "",
        ["gitTreeState"] = "clean",
        ["buildDate"] = "2024-01-01T00:00:00Z",
        ["goVersion"] = "none",
        ["compiler"] = "none",
        ["platform"] = "sandbox",
    };

    private static JsonObject GroupList() => new()
    {
        ["kind"] = "APIGroupList",
        ["apiVersion"] = "v1",
        ["groups"] = new JsonArray([
            .. Groups.GroupBy(g => g.Split('/')[0]).Select(g => new JsonObject
            {
                ["name"] = g.Key, ["versions"] = new JsonArray([.. g.Select(GroupVersion)]), ["preferredVersion"] = GroupVersion(g.First()),
            })]),
    };

    private static JsonObject GroupVersion(string groupVersion) =>
        new() { ["groupVersion"] = groupVersion, ["version"] = groupVersion.Split('/')[1] };

    private static JsonObject Resources(string groupVersion) => new()
    {
        ["kind"] = "APIResourceList",
        ["apiVersion"] = "v1",
        ["groupVersion"] = groupVersion,
        ["resources"] = new JsonArray([.. Kinds.All.Where(k => k.Kind.ApiVersion == groupVersion).SelectMany(Entries)]),
    };

    private static IEnumerable<JsonNode> Entries(ServedKind served)
    {
        yield return new JsonObject
        {
            ["name"] = served.Kind.Plural,
            ["singularName"] = served.Kind.Kind.ToLowerInvariant(),
            ["namespaced"] = served.Kind.Namespaced,
            ["kind"] = served.Kind.Kind,
            ["verbs"] = served.Kind.IsReadOnly() ? new JsonArray("get", "list") : new JsonArray("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"),
            ["shortNames"] = new JsonArray([.. served.ShortNames.Select(n => (JsonNode)n)]),
        };
        foreach (var sub in served.Subresources) yield return Subresource(served, sub);
    }

    private static JsonObject Subresource(ServedKind served, string name)
    {
        var (kind, group, version) = name switch
        {
            "scale" => ("Scale", "autoscaling", "v1"),
            "eviction" => ("Eviction", "policy", "v1"),
            "exec" => ("PodExecOptions", "", "v1"),
            _ => (served.Kind.Kind, served.Kind.Group, served.Kind.Version),
        };
        return new JsonObject
        {
            ["name"] = $"{served.Kind.Plural}/{name}",
            ["singularName"] = "",
            ["namespaced"] = served.Kind.Namespaced,
            ["kind"] = kind,
            ["group"] = group,
            ["version"] = version,
            ["verbs"] = name switch { "log" => new JsonArray("get"), "eviction" => new JsonArray("create"), "exec" => new JsonArray("create", "get"), _ => new JsonArray("get", "patch", "update") },
        };
    }
}
