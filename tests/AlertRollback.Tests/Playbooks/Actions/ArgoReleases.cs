using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix;
using AlertRollback.Tests.Playbooks.Contract;

namespace AlertRollback.Tests.Playbooks.Actions;

/// <summary>rental-api as an Argo Rollout that ran v1 and then v2, or is on its way to v2. The sandbox plays Argo's controller.</summary>
internal sealed class ArgoReleases(TestCluster cluster)
{
    private const string Steps = """{"canary": {"steps": [{"setWeight": 10}, {"pause": {} }]} }""";

    public WorkloadRef Workload { get; } = new(WorkloadKind.Rollout, cluster.Namespace, "rental-api");

    public ServiceDefinition Service => new("rental", "rental-api", new WorkloadDefinition("rollout", cluster.Namespace, "rental-api"), null, null, null);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <param name="underWay">v2 is a canary that waits in its steps; else it was promoted.</param>
    public static async Task<(TestCluster Cluster, ArgoReleases Releases)> ArrangeAsync(bool steps = false, bool underWay = false)
    {
        var cluster = await TestCluster.SandboxAsync();
        var releases = new ArgoReleases(cluster);
        await cluster.Api.CreateAsync(ResourceKind.Rollout, cluster.Namespace, Rollout(steps || underWay ? Steps : """{"canary": {} }"""), new WriteOptions(), Cancellation);
        await releases.PhaseAsync("Healthy", "1");
        await cluster.SetImageAsync(releases.Workload, "rental-api:v2");
        if (steps || underWay)
            await releases.PhaseAsync("Paused", "2");
        if (steps && !underWay)
            await releases.SetStatusAsync("promoteFull", true);
        if (!underWay)
            await releases.PhaseAsync("Healthy", "2");
        cluster.Forget();
        return (cluster, releases);
    }

    public Task<KubernetesObject> PhaseAsync(string phase, string revision) => cluster.Sandbox!.WaitForAsync(
        Workload.Object, r => r.Text("status", "phase") == phase && r.Annotation("rollout.argoproj.io/revision") == revision, Cancellation);

    public async Task<KubernetesObject> LiveAsync() => (await cluster.Api.GetAsync(Workload.Object, Cancellation))!;

    public Task SetAsync(string spec) =>
        cluster.Api.MergePatchAsync(Workload.Object, new JsonObject { ["spec"] = JsonNode.Parse(spec) }, new WriteOptions(), Cancellation);

    public Task SetStatusAsync(string member, JsonNode value) => cluster.Api.MergePatchAsync(
        Workload.Object, new JsonObject { ["status"] = new JsonObject { [member] = value } }, new WriteOptions { Subresource = "status" }, Cancellation);

    private static JsonObject Rollout(string strategy) => (JsonObject)JsonNode.Parse(
        $$"""
        {
          "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"name": "rental-api"},
          "spec": {
            "replicas": 2, "selector": {"matchLabels": {"app": "rental-api"} }, "strategy": {{strategy}},
            "template": {"metadata": {"labels": {"app": "rental-api"} }, "spec": {"containers": [{"name": "app", "image": "rental-api:v1" }], "terminationGracePeriodSeconds": 0} }
          }
        }
        """)!;
}

internal abstract class ArgoUse : ActionUse
{
    public override string Way => " of an Argo Rollout";

    public override async Task<ActionWorld> ArrangeAsync(bool real)
    {
        var (cluster, releases) = await ReleasesAsync();
        return new World(this, cluster, releases);
    }

    protected virtual Task<(TestCluster Cluster, ArgoReleases Releases)> ReleasesAsync() => ArgoReleases.ArrangeAsync();

    protected abstract string Parameters { get; }

    protected abstract string After { get; }

    protected virtual int WritesOfOneApply => 1;

    protected abstract AlertRollback.Playbooks.IAction Create(KubernetesWorld world);

    private sealed class World(ArgoUse use, TestCluster cluster, ArgoReleases releases) : KubernetesWorld(cluster, releases.Workload, use.Parameters)
    {
        public override ServiceDefinition Service => releases.Service;

        public override string After => use.After;

        public override int WritesOfOneApply => use.WritesOfOneApply;

        public override AlertRollback.Playbooks.IAction Create() => use.Create(this);
    }
}
