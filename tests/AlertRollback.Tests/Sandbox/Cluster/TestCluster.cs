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

    /// <summary>A pod of its own, running, with one container <c>app</c>.</summary>
    public async Task<KubernetesObject> RunPodAsync(string name, JsonObject? annotations = null, string image = "web:v1")
    {
        // A real server lets no pod in before the namespace's account is there.
        if (sandbox is null)
            await WaitAsync(new ResourceKind("", "v1", "ServiceAccount", "serviceaccounts"), "default", _ => true);
        var pod = new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = name, ["annotations"] = annotations },
            ["spec"] = new JsonObject
            {
                ["automountServiceAccountToken"] = false,
                ["containers"] = new JsonArray(new JsonObject { ["name"] = "app", ["image"] = image }),
            },
        };
        await Api.CreateAsync(ResourceKind.Pod, Namespace, pod, new WriteOptions(), Cancellation);
        return await WaitAsync(ResourceKind.Pod, name, p => Workloads.Condition(p, "Ready")?["status"]?.ToString() == "True");
    }

    /// <summary>Waits by watch until an object is gone.</summary>
    public async Task GoneAsync(ObjectRef target)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        patience.CancelAfter(TimeSpan.FromSeconds(90));
        if (await Api.GetAsync(target, patience.Token) is null) return;
        await foreach (var change in Api.WatchAsync(target.Kind, Namespace, null, null, patience.Token))
        {
            if (await Api.GetAsync(target, patience.Token) is null) return;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (sandbox is not null)
        {
            await sandbox.DisposeAsync();
            return;
        }

        // The real cluster is shared: leave nothing there.
        var home = new ObjectRef(ResourceKind.Namespace, "", Namespace);
        if (await Api.GetAsync(home, CancellationToken.None) is { } found)
            await Api.DeleteAsync(home, found.Uid, new DeleteOptions(), CancellationToken.None);
    }
}
