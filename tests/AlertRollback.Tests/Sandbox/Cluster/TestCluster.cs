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

    public Task ReleaseAsync(string name, string image) => ReleaseAsync(ResourceKind.Deployment, name, image);

    public Task ReleaseAsync(ResourceKind kind, string name, string image) => Api.JsonPatchAsync(
        new ObjectRef(kind, Namespace, name), [Workloads.Replace("/spec/template/spec/containers/0/image", image)], new WriteOptions(), Cancellation);

    public Task<KubernetesObject> WaitAsync(string name, Func<KubernetesObject, bool> wanted) => WaitAsync(ResourceKind.Deployment, name, wanted);

    /// <summary>Waits by watch, which both clusters have.</summary>
    public async Task<KubernetesObject> WaitAsync(ResourceKind kind, string name, Func<KubernetesObject, bool> wanted)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        patience.CancelAfter(TimeSpan.FromSeconds(90));
        await foreach (var change in Api.WatchAsync(kind, Namespace, null, $"metadata.name={name}", patience.Token))
        {
            if (change.Type != WatchEventType.Deleted && wanted(change.Object)) return change.Object;
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
        foreach (var kind in new[] { ResourceKind.Deployment, ResourceKind.StatefulSet })
        {
            foreach (var workload in await Api.ListAsync(kind, Namespace, null, CancellationToken.None))
            {
                await Api.JsonPatchAsync(
                    new ObjectRef(kind, Namespace, workload.Name), [Workloads.Replace("/spec/replicas", 0)], new WriteOptions(), CancellationToken.None);
            }
        }
    }
}
