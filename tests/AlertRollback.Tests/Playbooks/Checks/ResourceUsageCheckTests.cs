using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Checks;
using AlertRollback.Tests.Playbooks.Actions;
using AlertRollback.Tests.Playbooks.Contract;

namespace AlertRollback.Tests.Playbooks.Checks;

/// <summary>The metrics API is a stand-in here; that a cluster has none is asked of the real API server.</summary>
public sealed class ResourceUsageCheckTests : IAsyncLifetime
{
    private TestCluster _cluster = null!;
    private WorkloadRef _workload = null!;
    private IReadOnlyList<string> _pods = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        (_cluster, _workload) = await KubernetesWorld.TwoReleasesAsync(real: false);
        await _cluster.Api.JsonPatchAsync(
            _workload.Object,
            [Acting.Json("""{"op": "add", "path": "/spec/template/spec/containers/0/resources", "value": {"limits": {"memory": "1Gi"} } }""")],
            new WriteOptions(), Cancellation);
        await _cluster.SetImageAsync(_workload, "rental-api:v3");
        await _cluster.CompleteAsync(_workload, "rental-api:v3");
        _pods = await RunningAsync();
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Theory]
    // memory of the second pod | limit | verdict
    [InlineData("512Mi", "90%", Verdict.Pass)]
    [InlineData("1000Mi", "90%", Verdict.Fail)]
    [InlineData("1000Mi", "1001Mi", Verdict.Pass)]
    [InlineData("1000Mi", "900Mi", Verdict.Fail)]
    public async Task Memory_is_judged_as_an_amount_or_as_a_share_of_the_limit(string memory, string limit, Verdict verdict)
    {
        Report(_pods[0], "100m", "64Mi");
        Report(_pods[1], "250m", memory);
        var results = await AskAsync($$"""{"memory_below": "{{limit}}"}""");

        results.Select(r => r.What).ShouldBe(_pods.Select(p => $"memory of pod {p}"));
        Verdicts.Worst(results.Select(r => r.Verdict)).ShouldBe(verdict);
    }

    [Fact]
    public async Task What_is_found_is_said_with_its_unit_and_share()
    {
        Report(_pods[0], "100m", "64Mi");
        Report(_pods[1], "250000000n", "524288Ki");
        var results = await AskAsync("{}");

        results.Select(r => r.Measured).ShouldBe(["64 MiB, 6.2 % of its limit", "0.1 cores", "512 MiB, 50 % of its limit", "0.25 cores"]);
    }

    [Fact]
    public async Task A_pod_that_was_not_measured_is_never_a_pass()
    {
        Report(_pods[0], "100m", "64Mi");
        var results = await AskAsync("""{"memory_below": "90%"}""");

        results.Select(r => (r.Verdict, r.Measured)).ShouldBe([(Verdict.Pass, "64 MiB, 6.2 % of its limit"), (Verdict.Inconclusive, "no data")]);
    }

    [Fact]
    public async Task A_pod_that_its_node_evicted_uses_nothing_and_keeps_no_answer_back()
    {
        foreach (var pod in _pods)
            Report(pod, "100m", "64Mi");
        await FailAsync("evicted");

        (await AskAsync("""{"memory_below": "90%"}""")).Select(r => (r.What, r.Verdict)).ShouldBe(_pods.Select(p => ($"memory of pod {p}", Verdict.Pass)));
    }

    [Fact]
    public async Task A_sidecar_counts_with_its_limit_as_its_use_is_counted()
    {
        await _cluster.Api.JsonPatchAsync(
            _workload.Object,
            [
                Acting.Json("""
                    {"op": "add", "path": "/spec/template/spec/initContainers", "value": [
                      {"name": "migrate", "image": "rental-api:v4", "resources": {"limits": {"memory": "8Gi"} } },
                      {"name": "istio-proxy", "image": "proxy:v1", "restartPolicy": "Always", "resources": {"limits": {"memory": "1Gi"} } }] }
                    """),
            ],
            new WriteOptions(), Cancellation);
        await _cluster.SetImageAsync(_workload, "rental-api:v4");
        await _cluster.CompleteAsync(_workload, "rental-api:v4");
        foreach (var pod in await RunningAsync())
            _cluster.Sandbox!.ReportUsage(_cluster.Namespace, pod, ("app", "100m", "800Mi"), ("istio-proxy", "50m", "224Mi"));

        (await AskAsync("""{"memory_below": "90%"}""")).ShouldAllBe(r => r.Verdict == Verdict.Pass && r.Measured == "1 GiB, 50 % of its limit");
    }

    [Fact]
    public async Task A_share_of_a_limit_that_nobody_set_cannot_be_told()
    {
        Report(_pods[0], "100m", "64Mi");
        Report(_pods[1], "100m", "64Mi");
        (await AskAsync("""{"cpu_below": "80%"}""")).ShouldAllBe(r => r.Verdict == Verdict.Inconclusive && r.Measured == "0.1 cores, and no limit is set");
    }

    [Fact]
    public async Task Figures_of_a_metrics_server_that_stopped_are_no_data()
    {
        foreach (var pod in _pods)
            Report(pod, "100m", "64Mi");
        (await AskAsync("""{"memory_below": "90%"}""", later: TimeSpan.FromMinutes(6))).ShouldAllBe(r => r.Verdict == Verdict.Inconclusive);
    }

    [Fact]
    public async Task Nodes_are_judged_by_what_they_have_to_give()
    {
        _cluster.Sandbox!.ReportNodeUsage("sandbox-1", ("1500m", "6Gi"), ("2", "8Gi"));
        (await AskAsync("""{"of": "nodes", "memory_below": "80%", "cpu_below": "70%"}""")).Select(r => (r.What, r.Verdict, r.Measured)).ShouldBe(
        [
            ("memory of node sandbox-1", Verdict.Pass, "6 GiB, 75 % of its capacity"),
            ("cpu of node sandbox-1", Verdict.Fail, "1.5 cores, 75 % of its capacity"),
        ]);
    }

    [Fact]
    public async Task S16_a_node_that_was_not_measured_is_never_a_pass()
    {
        _cluster.Sandbox!.ReportNodeUsage("node-a", ("1500m", "6Gi"), ("2", "8Gi"));
        (await AskAsync("""{"of": "nodes", "memory_below": "80%"}""")).Select(r => (r.What, r.Verdict, r.Measured)).ShouldBe(
        [
            ("memory of node node-a", Verdict.Pass, "6 GiB, 75 % of its capacity"),
            ("memory of node sandbox-1", Verdict.Inconclusive, "no data"),
        ]);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"of": "nodes"}""")]
    public async Task A_real_cluster_without_the_metrics_API_tells_nothing(string parameters)
    {
        await using var real = await TestCluster.RealAsync();
        var workload = await real.TwoReleasesAsync();
        var results = await AskAsync(real, workload, parameters, default);

        results.ShouldHaveSingleItem().ShouldSatisfyAllConditions(r => r.Verdict.ShouldBe(Verdict.Inconclusive), r => r.Measured.ShouldBe("this cluster has no metrics API"));
    }

    [Fact]
    public void Without_a_threshold_it_can_only_report()
    {
        var check = new ResourceUsageCheck(null!);
        check.Judges(Acting.Json("{}")).ShouldBeFalse();
        check.Judges(Acting.Json("""{"cpu_below": "1"}""")).ShouldBeTrue();
        check.Validate(Acting.Json("""{"cpu_below": "much", "memory_below": "0%"}""")).Count().ShouldBe(2);
    }

    private async Task<IReadOnlyList<string>> RunningAsync() =>
        [.. (await _cluster.Api.ListAsync(ResourceKind.Pod, _cluster.Namespace, "app=rental-api", Cancellation)).Where(p => !p.BeingDeleted).Select(p => p.Name).Order(StringComparer.Ordinal)];

    /// <summary>A pod of the workload that is over, and that nobody has removed.</summary>
    private async Task FailAsync(string name)
    {
        var sibling = (await _cluster.Api.GetAsync(new ObjectRef(ResourceKind.Pod, _cluster.Namespace, _pods[0]), Cancellation))!;
        var pod = new ObjectRef(ResourceKind.Pod, _cluster.Namespace, name);
        await _cluster.Api.CreateAsync(
            ResourceKind.Pod, _cluster.Namespace,
            Acting.Json($$$"""{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "{{{name}}}"}, "spec": {"containers": [{"name": "app", "image": "rental-api:v3"}]} }"""),
            new WriteOptions(), Cancellation);
        await _cluster.Api.MergePatchAsync(pod, Acting.Json("""{"status": {"phase": "Failed", "reason": "Evicted", "conditions": null} }"""), new WriteOptions { Subresource = "status" }, Cancellation);

        // Only then is it its ReplicaSet's, which would end the surplus pod otherwise.
        var metadata = new System.Text.Json.Nodes.JsonObject { ["labels"] = sibling.At("metadata", "labels")!.DeepClone(), ["ownerReferences"] = sibling.At("metadata", "ownerReferences")!.DeepClone() };
        await _cluster.Api.MergePatchAsync(pod, new System.Text.Json.Nodes.JsonObject { ["metadata"] = metadata }, new WriteOptions(), Cancellation);
    }

    private void Report(string pod, string cpu, string memory) => _cluster.Sandbox!.ReportUsage(_cluster.Namespace, pod, ("app", cpu, memory));

    private Task<IReadOnlyList<CheckResult>> AskAsync(string parameters, TimeSpan later = default) => AskAsync(_cluster, _workload, parameters, later);

    private static Task<IReadOnlyList<CheckResult>> AskAsync(TestCluster cluster, WorkloadRef workload, string parameters, TimeSpan later)
    {
        var now = TimeProvider.System.GetUtcNow() + later;
        var service = new ServiceDefinition("rental", "rental-api", new WorkloadDefinition("deployment", workload.Namespace, workload.Name), null, null, null);
        return new ResourceUsageCheck(new Clusters(cluster.Api)).AskAsync(new CheckContext("r", service, now, now, new Dictionary<string, System.Text.Json.Nodes.JsonObject>()), Acting.Json(parameters), Cancellation);
    }
}
