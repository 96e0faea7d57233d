using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Tests.Playbooks.Contract;

namespace AlertRollback.Tests.Playbooks.Actions;

internal sealed class IngressBackendUse : ActionUse
{
    public override Type Action => typeof(IngressBackendAction);

    public override bool OnRealCluster => true;

    public override IReadOnlyList<string> Rights => ["ingresses"];

    public override (string Method, string Path)? KubernetesWrite => ("PATCH", "ingresses/shop");

    public override async Task<ActionWorld> ArrangeAsync(bool real)
    {
        var (cluster, workload) = await KubernetesWorld.TwoReleasesAsync(real);
        const string parameters = """{"name": "shop", "host": "shop.example.com", "path": ["/reports"], "to": "maintenance"}""";
        var world = new ObjectWorld(cluster, workload, parameters, w => new IngressBackendAction(w.Clusters, TimeProvider.System))
        {
            States = ("/ api:http, /reports reports:8080; * /x x:1", "/ api:http, /reports maintenance:80; * /x x:1"),
            Look = IngressesOf.LookAsync,
            Hand = w => w.Api.JsonPatchAsync(
                new ObjectRef(ResourceKind.Ingress, w.Namespace, "shop"),
                (JsonArray)JsonNode.Parse("""[{"op": "replace", "path": "/spec/rules/0/http/paths/1/backend", "value": {"service": {"name": "other", "port": {"number": 1}}}}]""")!,
                new WriteOptions(), TestContext.Current.CancellationToken),
            StateAfterHand = "/ api:http, /reports other:1; * /x x:1",
            Refusals = w =>
            [
                (w.Service with { Workload = null }, Reason.WorkloadNotDeclared),
                (w.Service with { Workload = w.Service.Workload! with { Namespace = "elsewhere" } }, Reason.NotFound),
            ],
        };
        await IngressesOf.ArrangeAsync(world.Api, world.Namespace, ResourceKind.Ingress);
        cluster.Forget();
        return world;
    }
}

/// <summary>An Ingress, and a Service with the pods of rental-api behind it.</summary>
internal static class IngressesOf
{
    public static async Task ArrangeAsync(IKubernetesApi api, string @namespace, ResourceKind kind)
    {
        string Backend(string service, string port) => kind.Version == "v1beta1"
            ? $$"""{"serviceName": "{{service}}", "servicePort": {{port}} }"""
            : $$"""{"service": {"name": "{{service}}", "port": { {{(port.StartsWith('"') ? "\"name\"" : "\"number\"")}}: {{port}} } } }""";
        await AddAsync(api, @namespace, kind, $$"""
            {"apiVersion": "{{kind.ApiVersion}}", "kind": "Ingress", "metadata": {"name": "shop"}, "spec": {"rules": [
              {"host": "shop.example.com", "http": {"paths": [
                {"path": "/", "pathType": "Prefix", "backend": {{Backend("api", "\"http\"")}} },
                {"path": "/reports", "pathType": "Prefix", "backend": {{Backend("reports", "8080")}} }]} },
              {"http": {"paths": [{"path": "/x", "pathType": "Exact", "backend": {{Backend("x", "1")}} }]} }]} }
            """);
        await AddServiceAsync(api, @namespace, "maintenance", """{"selector": {"app": "rental-api"}, "ports": [{"port": 80, "targetPort": 8080}]}""");
    }

    public static Task AddServiceAsync(IKubernetesApi api, string @namespace, string name, string spec) => AddAsync(
        api, @namespace, ResourceKind.Service, $$"""{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "{{name}}"}, "spec": {{spec}} }""");

    public static Task<string> LookAsync(ObjectWorld world) => LookAsync(world.Api, world.Namespace, ResourceKind.Ingress);

    public static async Task<string> LookAsync(IKubernetesApi api, string @namespace, ResourceKind kind)
    {
        var live = (await api.GetAsync(new ObjectRef(kind, @namespace, "shop"), TestContext.Current.CancellationToken))!;
        return string.Join("; ", live.At("spec", "rules")!.AsArray().Select(r =>
            $"{(r!["host"] is null ? "* " : "")}{string.Join(", ", r["http"]!["paths"]!.AsArray().Select(p => $"{p!["path"]} {Text(p["backend"]!)}"))}"));
    }

    private static string Text(JsonNode backend) => backend["service"] is { } service
        ? $"{service["name"]}:{service["port"]!["number"] ?? service["port"]!["name"]}"
        : $"{backend["serviceName"]}:{backend["servicePort"]}";

    private static async Task AddAsync(IKubernetesApi api, string @namespace, ResourceKind kind, string json) =>
        await api.CreateAsync(kind, @namespace, (JsonObject)JsonNode.Parse(json)!, new WriteOptions(), TestContext.Current.CancellationToken);
}
