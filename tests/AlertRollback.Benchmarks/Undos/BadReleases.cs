using System.Globalization;
using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Sandbox.Cluster;

namespace AlertRollback.Benchmarks.Undos;

/// <summary>Deployments that each had a good release and then a bad one.</summary>
internal sealed class BadReleases(SandboxCluster cluster, IKubernetesApi api)
{
    public const string Namespace = "production";
    private const string Good = "rental:v1";
    private const string Bad = "rental:v2";
    private const int Replicas = 3;
    private const string ImagePath = "/spec/template/spec/containers/0/image";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static string Name(int number) => string.Create(CultureInfo.InvariantCulture, $"rental-{number:000}");

    public static ObjectRef Of(string name) => new(ResourceKind.Deployment, Namespace, name);

    public Task CreateNamespaceAsync() => api.CreateAsync(
        ResourceKind.Namespace, "",
        new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Namespace", ["metadata"] = new JsonObject { ["name"] = Namespace } },
        new WriteOptions(), CancellationToken.None);

    public async Task ReleaseAsync(string name)
    {
        var labels = new JsonObject { ["app"] = name };
        await api.CreateAsync(ResourceKind.Deployment, Namespace, new JsonObject
        {
            ["apiVersion"] = "apps/v1",
            ["kind"] = "Deployment",
            ["metadata"] = new JsonObject { ["name"] = name },
            ["spec"] = new JsonObject
            {
                ["replicas"] = Replicas,
                ["selector"] = new JsonObject { ["matchLabels"] = labels.DeepClone() },
                ["template"] = new JsonObject
                {
                    ["metadata"] = new JsonObject { ["labels"] = labels },
                    ["spec"] = new JsonObject { ["containers"] = new JsonArray(new JsonObject { ["name"] = "rental", ["image"] = Good }) },
                },
            },
        }, new WriteOptions(), CancellationToken.None);
        await CompleteAsync(name, 1);
        await api.JsonPatchAsync(
            Of(name), [new JsonObject { ["op"] = "replace", ["path"] = ImagePath, ["value"] = Bad }], new WriteOptions(), CancellationToken.None);
        await CompleteAsync(name, 2);
    }

    public Task UndoneAsync(string name) =>
        WaitAsync(name, d => d.At("spec", "template", "spec", "containers")?[0]?["image"]?.ToString() == Good);

    private Task CompleteAsync(string name, long generation) => WaitAsync(
        name,
        d => Count(d, "observedGeneration") >= generation && Count(d, "updatedReplicas") == Replicas
            && Count(d, "availableReplicas") == Replicas && Count(d, "replicas") == Replicas);

    // A number that was never sent over the wire keeps its own type.
    private static long Count(KubernetesObject deployment, string name) =>
        long.Parse(deployment.At("status", name)?.ToString() ?? "0", CultureInfo.InvariantCulture);

    private async Task WaitAsync(string name, Func<KubernetesObject, bool> wanted)
    {
        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        await cluster.WaitForAsync(Of(name), wanted, limit.Token);
    }
}
