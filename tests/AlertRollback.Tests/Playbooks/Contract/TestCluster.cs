using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Playbooks;
using AlertRollback.Sandbox.Cluster;
using AlertRollback.Tests.Support;

namespace AlertRollback.Tests.Playbooks.Contract;

/// <summary>A cluster for a test: the sandbox's pretend one, or the real one that KUBECONFIG names. Counts what is written.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    private readonly SandboxCluster? _sandbox;
    private readonly List<Counting> _counting = [];
    private readonly List<IAsyncDisposable> _players = [];
    private int _forgotten;

    private TestCluster(SandboxCluster? sandbox, string kubeconfig)
    {
        _sandbox = sandbox;
        Api = Acting = Connect(kubeconfig);
    }

    public IKubernetesApi Api { get; }

    /// <summary>As the action under test reaches it: with all rights, until <see cref="RestrictAsync"/>.</summary>
    public IKubernetesApi Acting { get; private set; }

    public string Namespace { get; private init; } = $"contract-{Guid.NewGuid():N}"[..20];

    public SandboxFaults Faults => _sandbox?.Faults ?? throw new InvalidOperationException("only the sandbox can be made to fail");

    /// <summary>The pretend cluster behind it; null on the real one.</summary>
    public SandboxCluster? Sandbox => _sandbox;

    /// <summary>Writes that were carried out since everything was arranged, dry runs left out.</summary>
    public int Writes => (_sandbox?.Requests.CarriedOut.Count ?? _counting.Sum(c => c.Writes)) - _forgotten;

    /// <summary>From now on the action has the rights that deploy/ grants for it, and no others. On a real cluster only.</summary>
    public async Task RestrictAsync(IReadOnlyList<string> rights) => await ActAsync(await GrantedRights.KubeconfigAsync(Namespace, rights));

    /// <summary>From now on the action has exactly these rights. On a real cluster only.</summary>
    public async Task RestrictToAsync(IEnumerable<NeededRight> rights) => await ActAsync(await GrantedRights.KubeconfigAsync(Namespace, rights));

    private async Task ActAsync(string kubeconfig)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, kubeconfig, TestContext.Current.CancellationToken);
        Acting = Connect(file);
        File.Delete(file);
    }

    /// <summary>Plays a controller that the cluster does not have until the end; its writes are not counted.</summary>
    public void Plays(Func<IKubernetesApi, IAsyncDisposable> controller) =>
        _players.Add(controller(new KubernetesConnection(Need.Cluster()).Connect(TimeProvider.System, () => 0.5).Api!));

    private KubernetesApi Connect(string kubeconfig)
    {
        var choice = new KubernetesConnection(kubeconfig).Connect(TimeProvider.System, () => 0.5, instrument: inner =>
        {
            _counting.Add(new Counting(inner));
            return _counting[^1];
        });
        return choice.Api ?? throw new InvalidOperationException(choice.Source);
    }

    /// <summary>Whatever was written until now was only to arrange the test.</summary>
    public void Forget() => _forgotten += Writes;

    /// <param name="named">The namespace; null for one of its own.</param>
    public static async Task<TestCluster> SandboxAsync(string? named = null, SandboxClusterOptions? options = null) =>
        await PreparedAsync(await SandboxCluster.StartAsync(options ?? SandboxClusterOptions.Quick), named);

    public static Task<TestCluster> RealAsync() => PreparedAsync(null, null);

    private static async Task<TestCluster> PreparedAsync(SandboxCluster? sandbox, string? named)
    {
        var kubeconfig = sandbox?.KubeconfigPath ?? Need.Cluster();
        var cluster = named is null ? new TestCluster(sandbox, kubeconfig) : new TestCluster(sandbox, kubeconfig) { Namespace = named };
        await cluster.Api.CreateAsync(
            ResourceKind.Namespace, "", new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Namespace", ["metadata"] = new JsonObject { ["name"] = cluster.Namespace } },
            new WriteOptions(), TestContext.Current.CancellationToken);
        return cluster;
    }

    /// <summary>A Deployment that ran v1 and now runs v2, both complete.</summary>
    public async Task<WorkloadRef> TwoReleasesAsync(string name = "rental-api")
    {
        var workload = new WorkloadRef(WorkloadKind.Deployment, Namespace, name);
        await Api.CreateAsync(ResourceKind.Deployment, Namespace, Deployment(name, "rental-api:v1"), new WriteOptions(), TestContext.Current.CancellationToken);
        await CompleteAsync(workload, "rental-api:v1");
        await SetImageAsync(workload, "rental-api:v2");
        await CompleteAsync(workload, "rental-api:v2");
        Forget();
        return workload;
    }

    public async Task SetImageAsync(WorkloadRef workload, string image)
    {
        JsonArray patch = [new JsonObject { ["op"] = "replace", ["path"] = "/spec/template/spec/containers/0/image", ["value"] = image }];
        await Api.JsonPatchAsync(workload.Object, patch, new WriteOptions(), TestContext.Current.CancellationToken);
    }

    public async Task CompleteAsync(WorkloadRef workload, string image)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        await foreach (var e in Api.WatchAsync(workload.Resource, Namespace, null, $"metadata.name={workload.Name}", limit.Token))
        {
            var o = e.Object;
            var desired = o.Number("spec", "replicas");
            if (ImageOf(o) == image && o.ObservedGeneration >= o.Generation && o.Number("status", "updatedReplicas") == desired
                && o.Number("status", "availableReplicas") == desired && o.Number("status", "replicas") == desired)
            {
                return;
            }
        }
    }

    /// <summary>What an action may change: image and replicas.</summary>
    public async Task<string> WorldAsync(WorkloadRef workload)
    {
        var live = await Api.GetAsync(workload.Object, TestContext.Current.CancellationToken);
        return $"{ImageOf(live!)} x{live!.Number("spec", "replicas")}";
    }

    private static string? ImageOf(KubernetesObject o) =>
        (o.At("spec", "template", "spec", "containers") as JsonArray)?[0]?["image"]?.GetValue<string>();

    private static JsonObject Deployment(string name, string image) => (JsonObject)JsonNode.Parse(
        $$"""
        {
          "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "{{name}}"},
          "spec": {
            "replicas": 2, "selector": {"matchLabels": {"app": "{{name}}"} },
            "template": {"metadata": {"labels": {"app": "{{name}}"} }, "spec": {"containers": [{"name": "app", "image": "{{image}}" }], "terminationGracePeriodSeconds": 0} }
          }
        }
        """)!;

    public async ValueTask DisposeAsync()
    {
        foreach (var player in _players)
            await player.DisposeAsync();
        if (_sandbox is not null)
            await _sandbox.DisposeAsync();
        else
            await ClusterNamespaces.RemoveAsync(Namespace);
    }

    private sealed class Counting(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        private int _writes;

        public int Writes => _writes;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await base.SendAsync(request, cancellationToken);

            // A refusal wrote nothing.
            if (request.Method != HttpMethod.Get && !request.RequestUri!.Query.Contains("dryRun", StringComparison.Ordinal) && response.IsSuccessStatusCode)
                Interlocked.Increment(ref _writes);
            return response;
        }
    }
}
