using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Playbooks;
using AlertRollback.Tests.Playbooks.Contract;
using AlertRollback.Tests.Support;

namespace AlertRollback.Tests.Playbooks.Actions;

public sealed class CaptureActionTests : IAsyncLifetime
{
    private readonly FakeStepJournal _journal = new();
    private ActionWorld _world = null!;
    private WorkloadRef _workload = null!;
    private TestCluster _cluster = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private const string ReadIt = "; read it: alertrollback evidence rental-api-1";

    private JsonObject Kept => _journal.Marks["evidence"];

    public async ValueTask InitializeAsync()
    {
        _world = await new CaptureUse().ArrangeAsync(real: false);
        (_cluster, _workload) = (((KubernetesWorld)_world).Cluster, ((KubernetesWorld)_world).Workload);
    }

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Theory]
    [InlineData("""{"lines": 0}""")]
    [InlineData("""{"lines": 1001}""")]
    [InlineData("""{"dashboard": "grafana"}""")]
    [InlineData("""{"dashboard": "https://user:pw@grafana/d"}""")]
    public void Faults_are_found_when_the_matrix_is_loaded(string parameters) => _world.Create().Validate(Acting.Json(parameters)).ShouldHaveSingleItem();

    [Fact]
    public async Task Healthy_pods_are_kept_too_where_all_is_asked_for()
    {
        var text = await CaptureAsync("""{"of": "all", "lines": 5}""");

        text.ShouldBe($"no failing pods; 2 logs of 2 pods kept{ReadIt}");
        Kept["workload"]!["runs"]!.ToString().ShouldStartWith("rental-api:v2");
        Kept["workload"]!["conditions"]!.AsArray().Select(c => c!.ToString()).ShouldContain(c => c.StartsWith("Available=True", StringComparison.Ordinal));
        Kept["pods"]!.AsArray().Select(p => p!["phase"]!.ToString()).ShouldBe(["Running", "Running"]);
    }

    [Fact]
    public async Task A_failing_pod_says_why_with_both_its_logs()
    {
        await _cluster.SetImageAsync(_workload, "rental-api:broken3");
        await FailingAsync();
        var text = await CaptureAsync("{}");

        text.ShouldContain("failing pods: ");
        text.ShouldContain("— last line: ");
        var container = Kept["pods"]![0]!["containers"]!.AsArray().ShouldHaveSingleItem()!;
        container["log"].ShouldNotBeNull();
    }

    [Fact]
    public async Task Nothing_of_the_environment_is_kept()
    {
        await _cluster.Api.JsonPatchAsync(
            _workload.Object, [Acting.Json("""{"op": "add", "path": "/spec/template/spec/containers/0/env", "value": [{"name": "PLAIN", "value": "s3cr3t-value"}]}""")], new WriteOptions(), Cancellation);
        await _cluster.SetImageAsync(_workload, "rental-api:v3");
        await _cluster.CompleteAsync(_workload, "rental-api:v3");
        await CaptureAsync("""{"of": "all"}""");

        Kept.ToJsonString().ShouldNotContain("s3cr3t-value");
    }

    [Fact]
    public async Task A_dashboard_and_figures_are_kept_beside_it_and_no_answer_is_said()
    {
        var text = await CaptureAsync("""{"dashboard": "https://grafana.example.com/d/api?var-service=${service}", "promql": {"up": "up{job=\"${service}\"}"} }""");

        text.ShouldBe($"no failing pods; 2 logs of 2 pods kept; up: the operator configured no Prometheus; https://grafana.example.com/d/api?var-service=rental-api{ReadIt}");
        Kept["metrics"]!["up"]!.ToString().ShouldBe("the operator configured no Prometheus");
    }

    private async Task<string> CaptureAsync(string parameters)
    {
        var context = Acting.Context(_world.Service, journal: _journal);
        return (await _world.Create().ApplyAsync(context, await _world.Create().PinAsync(context, Acting.Json(parameters)))).ShouldBeOfType<StepOutcome.Done>().Text;
    }

    private Task FailingAsync() => Until.TrueAsync(async () =>
        (await _cluster.Api.ListAsync(ResourceKind.Pod, _cluster.Namespace, "app=rental-api", Cancellation)).Any(p => PodState.Failure(p)?.Reason == "CrashLoopBackOff"));
}
