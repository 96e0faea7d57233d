using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Sandbox.Cluster;

namespace AlertRollback.Tests.Playbooks.Contract;

/// <summary>A world that is a cluster with one Deployment, <c>rental-api</c>, that ran v1 and now runs v2.</summary>
internal abstract class KubernetesWorld(TestCluster cluster, WorkloadRef workload, string parameters) : ActionWorld
{
    public TestCluster Cluster => cluster;

    public WorkloadRef Workload => workload;

    public Clusters Clusters => new(cluster.Acting);

    public override Task RestrictAsync(IReadOnlyList<string> rights) => cluster.RestrictAsync(rights);

    /// <summary>The same with exactly these rights.</summary>
    public virtual Task RestrictToAsync(IEnumerable<NeededRight> rights) => cluster.RestrictToAsync(rights);

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public override ServiceDefinition Service => new("rental", "rental-api", new WorkloadDefinition("deployment", workload.Namespace, workload.Name), null, null, null);

    public override JsonObject Parameters => (JsonObject)JsonNode.Parse(parameters)!;

    public override int Writes => cluster.Writes;

    public override SandboxFaults Faults => cluster.Faults;

    public override string Before => "rental-api:v2 x2";

    public override Task<string> LookAsync() => cluster.WorldAsync(workload);

    public override async Task ChangeByHandAsync()
    {
        JsonArray patch =
        [
            new JsonObject { ["op"] = "replace", ["path"] = "/spec/template/spec/containers/0/image", ["value"] = "rental-api:v2" },
            new JsonObject { ["op"] = "replace", ["path"] = "/spec/replicas", ["value"] = 2 },
        ];
        await cluster.Api.JsonPatchAsync(workload.Object, patch, new WriteOptions(), Cancellation);
    }

    public override IEnumerable<(ServiceDefinition Service, Reason Reason)> Refused =>
    [
        (Service with { Workload = Service.Workload! with { Name = "nothing" } }, Reason.NotFound),
        (Service with { Workload = null }, Reason.WorkloadNotDeclared),
    ];

    public override ValueTask DisposeAsync() => cluster.DisposeAsync();

    /// <summary>A cluster with the Deployment in both of its releases.</summary>
    public static async Task<(TestCluster Cluster, WorkloadRef Workload)> TwoReleasesAsync(bool real)
    {
        var cluster = real ? await TestCluster.RealAsync() : await TestCluster.SandboxAsync();
        return (cluster, await cluster.TwoReleasesAsync());
    }
}
