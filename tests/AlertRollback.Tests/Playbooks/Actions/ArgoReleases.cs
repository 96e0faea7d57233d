using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix;
using AlertRollback.Tests.Playbooks.Contract;

namespace AlertRollback.Tests.Playbooks.Actions;

/// <summary>rental-api as an Argo Rollout that ran v1 and then v2, or is on its way to v2. The sandbox plays Argo's controller.</summary>
internal sealed class ArgoReleases(TestCluster cluster, string name = "rental-api")
{
    private const string Steps = """{"canary": {"steps": [{"setWeight": 10}, {"pause": {} }]} }""";

    public WorkloadRef Workload { get; } = new(WorkloadKind.Rollout, cluster.Namespace, name);

    public ServiceDefinition Service => new("rental", "rental-api", new WorkloadDefinition("rollout", cluster.Namespace, "rental-api"), null, null, null);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <param name="underWay">v2 is a canary that waits in its steps; else it was promoted.</param>
    /// <param name="real">On the real API server, where Argo's controller is played; without steps only.</param>
    public static async Task<(TestCluster Cluster, ArgoReleases Releases)> ArrangeAsync(bool steps = false, bool underWay = false, bool real = false)
    {
        var cluster = real ? await TestCluster.RealAsync() : await TestCluster.SandboxAsync();
        var releases = new ArgoReleases(cluster);
        if (real)
            await releases.PlayAsync();
        await releases.CreateAsync(steps || underWay ? Steps : """{"canary": {} }""");
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

    public async Task CreateAsync(string strategy)
    {
        await Eventually(async () => await cluster.Api.CreateAsync(ResourceKind.Rollout, cluster.Namespace, Rollout(strategy), new WriteOptions(), Cancellation));
        await PhaseAsync("Healthy", "1");
    }

    private async Task PlayAsync()
    {
        await ArgoPlayer.InstallAsync(cluster.Api, Cancellation);
        cluster.Plays(api => new ArgoPlayer(api, Workload.Object));
    }

    // A kind is served a moment after it was defined.
    private static async Task Eventually(Func<Task> create)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await create();
                return;
            }
            catch (KubernetesException fault) when (fault.Fault == KubernetesFault.NotFound && attempt < 100)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, Cancellation);
            }
        }
    }

    /// <summary>Argo says so of the last revision, and of all that was asked for.</summary>
    public async Task<KubernetesObject> PhaseAsync(string phase, string? revision)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(TimeSpan.FromMinutes(3));
        await foreach (var e in cluster.Api.WatchAsync(ResourceKind.Rollout, cluster.Namespace, null, $"metadata.name={name}", limit.Token))
        {
            if (e.Object.Text("status", "phase") == phase && e.Object.ObservedGeneration >= e.Object.Generation && (revision is null || await RevisionAsync(e.Object) == revision))
                return e.Object;
        }

        throw new TimeoutException($"{Workload} is not {phase}");
    }

    private async Task<string?> RevisionAsync(KubernetesObject live) =>
        (await cluster.Api.ListAsync(ResourceKind.ReplicaSet, cluster.Namespace, null, Cancellation))
            .FirstOrDefault(s => s.ControllerUid == live.Uid && s.Label("rollouts-pod-template-hash") == live.Text("status", "currentPodHash"))?.Annotation("rollout.argoproj.io/revision");

    public async Task<IReadOnlyList<KubernetesObject>> PodsAsync() =>
        [.. (await cluster.Api.ListAsync(ResourceKind.Pod, cluster.Namespace, $"app={name}", Cancellation)).Where(p => !p.BeingDeleted)];

    public async Task<KubernetesObject> LiveAsync() => (await cluster.Api.GetAsync(Workload.Object, Cancellation))!;

    public Task SetAsync(string spec) =>
        cluster.Api.MergePatchAsync(Workload.Object, new JsonObject { ["spec"] = JsonNode.Parse(spec) }, new WriteOptions(), Cancellation);

    public Task SetStatusAsync(string member, JsonNode value) => cluster.Api.MergePatchAsync(
        Workload.Object, new JsonObject { ["status"] = new JsonObject { [member] = value } }, new WriteOptions { Subresource = "status" }, Cancellation);

    private JsonObject Rollout(string strategy) => (JsonObject)JsonNode.Parse(
        $$"""
        {
          "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"name": "{{name}}"},
          "spec": {
            "replicas": 2, "selector": {"matchLabels": {"app": "{{name}}"} }, "strategy": {{strategy}},
            "template": {"metadata": {"labels": {"app": "{{name}}"} }, "spec": {"containers": [{"name": "app", "image": "rental-api:v1" }], "terminationGracePeriodSeconds": 0} }
          }
        }
        """)!;
}

internal abstract class ArgoUse : ActionUse
{
    public override string Way => " of an Argo Rollout";

    public override async Task<ActionWorld> ArrangeAsync(bool real)
    {
        var (cluster, releases) = await ReleasesAsync(real);
        return new World(this, cluster, releases);
    }

    protected virtual Task<(TestCluster Cluster, ArgoReleases Releases)> ReleasesAsync(bool real) => ArgoReleases.ArrangeAsync(real: real);

    protected abstract string Parameters { get; }

    protected abstract string After { get; }

    protected virtual string Before => "rental-api:v2 x2";

    protected virtual int WritesOfOneApply => 1;

    protected virtual Task<string> LookAsync(KubernetesWorld world) => world.Cluster.WorldAsync(world.Workload);

    /// <summary>Somebody puts it back; null: image and replicas.</summary>
    protected virtual string? Hand => null;

    protected abstract AlertRollback.Playbooks.IAction Create(KubernetesWorld world);

    private sealed class World(ArgoUse use, TestCluster cluster, ArgoReleases releases) : KubernetesWorld(cluster, releases.Workload, use.Parameters)
    {
        public override ServiceDefinition Service => releases.Service;

        public override string Before => use.Before;

        public override string After => use.After;

        public override Task<string> LookAsync() => use.LookAsync(this);

        public override Task ChangeByHandAsync() => use.Hand is { } spec ? releases.SetAsync(spec) : base.ChangeByHandAsync();

        public override int WritesOfOneApply => use.WritesOfOneApply;

        public override AlertRollback.Playbooks.IAction Create() => use.Create(this);
    }
}
