using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Sandbox.Cluster;
using AlertRollback.Tests.Support;

namespace AlertRollback.Tests.Sandbox.Cluster;

/// <summary>A namespace of its own on one of the two clusters that must behave alike.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    private readonly SandboxCluster? sandbox;

    private TestCluster(SandboxCluster? sandbox, string kubeconfig)
    {
        this.sandbox = sandbox;
        Kubeconfig = kubeconfig;
        var choice = new KubernetesConnection(kubeconfig).Connect(TimeProvider.System, () => 0.5);
        Api = choice.Api.ShouldNotBeNull(choice.Source);
    }

    public string Kubeconfig { get; }

    public KubernetesApi Api { get; }

    public string Namespace { get; } = $"sbx-{Guid.NewGuid():n}"[..16];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<TestCluster> StartAsync(bool real)
    {
        var sandbox = real ? null : await SandboxCluster.StartAsync();
        var cluster = new TestCluster(sandbox, sandbox?.KubeconfigPath ?? Need.Cluster());
        var home = new JsonObject { ["metadata"] = new JsonObject { ["name"] = cluster.Namespace } };
        await cluster.Api.CreateAsync(ResourceKind.Namespace, "", home, new WriteOptions(), Cancellation);
        return cluster;
    }

    public ObjectRef Deployment(string name) => new(ResourceKind.Deployment, Namespace, name);

    public Task<KubernetesObject> CreateAsync(string name, string image, int replicas = 2) => Api.CreateAsync(
        ResourceKind.Deployment, Namespace, Workloads.Deployment(name, image, replicas), new WriteOptions(), Cancellation);

    public async Task ReleaseAsync(string name, string image) => await Api.JsonPatchAsync(
        Deployment(name), [Workloads.Replace("/spec/template/spec/containers/0/image", image)], new WriteOptions(), Cancellation);

    /// <summary>Waits by watch, which both clusters have.</summary>
    public async Task<KubernetesObject> WaitAsync(string name, Func<KubernetesObject, bool> wanted)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        patience.CancelAfter(TimeSpan.FromSeconds(60));
        await foreach (var change in Api.WatchAsync(ResourceKind.Deployment, Namespace, null, $"metadata.name={name}", patience.Token))
        {
            if (wanted(change.Object)) return change.Object;
        }

        throw new InvalidOperationException("the watch ended");
    }

    public Task<KubernetesObject> CompleteAsync(string name, string image) => WaitAsync(name, d => Workloads.Image(d) == image && Workloads.IsComplete(d));

    public async ValueTask DisposeAsync()
    {
        if (sandbox is not null)
        {
            await sandbox.DisposeAsync();
            return;
        }

        // The real cluster is shared: leave nothing running there.
        foreach (var deployment in await Api.ListAsync(ResourceKind.Deployment, Namespace, null, CancellationToken.None))
        {
            await Api.JsonPatchAsync(
                Deployment(deployment.Name), [Workloads.Replace("/spec/replicas", 0)], new WriteOptions(), CancellationToken.None);
        }
    }
}
