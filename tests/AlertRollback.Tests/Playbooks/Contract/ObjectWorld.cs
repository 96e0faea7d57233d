using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Playbooks;

namespace AlertRollback.Tests.Playbooks.Contract;

/// <summary>A cluster with rental-api in both its releases, of which one thing is looked at and changed by hand.</summary>
internal sealed class ObjectWorld(TestCluster cluster, WorkloadRef workload, string parameters, Func<ObjectWorld, IAction> create) : KubernetesWorld(cluster, workload, parameters)
{
    private readonly string _parameters = parameters;

    public required Func<ObjectWorld, Task<string>> Look { get; init; }

    public required (string Before, string After) States { get; init; }

    public Func<ObjectWorld, Task>? Hand { get; init; }

    public string? StateAfterHand { get; init; }

    /// <summary>What the service says once for its actions.</summary>
    public string Settings { get; init; } = "{}";

    public int WritesToApply { get; init; } = 1;

    public Func<ObjectWorld, IEnumerable<(AlertRollback.Matrix.ServiceDefinition, Reason)>>? Refusals { get; init; }

    public IKubernetesApi Api => Cluster.Api;

    public string Namespace => Workload.Namespace;

    public override AlertRollback.Matrix.ServiceDefinition Service => base.Service with { Settings = (JsonObject)JsonNode.Parse(Settings)! };

    public override JsonObject Parameters => (JsonObject)JsonNode.Parse(_parameters)!;

    public override string Before => States.Before;

    public override string After => States.After;

    public override string AfterHand => StateAfterHand ?? Before;

    public override int WritesOfOneApply => WritesToApply;

    public override IEnumerable<(AlertRollback.Matrix.ServiceDefinition Service, Reason Reason)> Refused => Refusals?.Invoke(this) ?? base.Refused;

    public override IAction Create() => create(this);

    public override Task<string> LookAsync() => Look(this);

    public override Task ChangeByHandAsync() => Hand!(this);

    public async Task<KubernetesObject> LiveAsync() => (await Api.GetAsync(Workload.Object, Cancellation))!;

    public Task<KubernetesObject?> GetAsync(ResourceKind kind, string name) => Api.GetAsync(new ObjectRef(kind, Namespace, name), Cancellation);

    public Task<KubernetesObject> PatchAsync(ResourceKind kind, string name, string json) =>
        Api.MergePatchAsync(new ObjectRef(kind, Namespace, name), (JsonObject)JsonNode.Parse(json)!, new WriteOptions(), Cancellation);

    public async Task AddAsync(ResourceKind kind, string json)
    {
        await Api.CreateAsync(kind, Namespace, (JsonObject)JsonNode.Parse(json)!, new WriteOptions(), Cancellation);
        Cluster.Forget();
    }

    /// <summary>The service without its workload, and with one that is not there.</summary>
    public static IEnumerable<(AlertRollback.Matrix.ServiceDefinition, Reason)> WithoutWorkload(ObjectWorld world) => [(world.Service with { Workload = null }, Reason.WorkloadNotDeclared)];
}
