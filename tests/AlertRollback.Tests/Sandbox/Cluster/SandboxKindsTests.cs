using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Sandbox.Cluster;
using AlertRollback.Sandbox.Cluster.Exec;

namespace AlertRollback.Tests.Sandbox.Cluster;

/// <summary>What the real test cluster has not: Argo Rollouts, the metrics API, prepared answers to commands, lost ones.</summary>
public sealed class SandboxKindsTests : IAsyncLifetime
{
    private const string Revision = "rollout.argoproj.io/revision";
    private static readonly WriteOptions Really = new();
    private static readonly ObjectRef Shop = new(ResourceKind.Rollout, "default", "shop");

    private SandboxCluster cluster = null!;
    private KubernetesApi api = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        cluster = await SandboxCluster.StartAsync();
        api = new KubernetesConnection(cluster.KubeconfigPath).Connect(TimeProvider.System, () => 0.5).Api!;
    }

    public ValueTask DisposeAsync() => cluster.DisposeAsync();

    [Fact]
    public async Task A_Rollout_that_was_released_badly_is_aborted_and_then_undone()
    {
        await CreateRolloutAsync();
        (await PhaseAsync("Healthy", "1")).Number("status", "availableReplicas").ShouldBe(2);
        await ReleaseAsync("shop:v2-bad");
        await PhaseAsync("Progressing", "2");

        await api.MergePatchAsync(Shop, Parse("""{"status": {"abort": true} }"""), Really, Cancellation);
        (await api.GetAsync(Shop, Cancellation))!.Flag("status", "abort").ShouldBeFalse("the status is a subresource");
        await AbortAsync();
        var aborted = await PhaseAsync("Degraded", "2");
        aborted.Text("status", "message")!.ShouldStartWith("RolloutAborted");

        var good = (await SetsAsync()).Single(s => s.Annotation(Revision) == "1");
        var template = good.At("spec", "template")!.DeepClone().AsObject();
        template["metadata"]!["labels"]!.AsObject().Remove("rollouts-pod-template-hash");
        await api.JsonPatchAsync(Shop, [Workloads.Replace("/spec/template", template)], Really, Cancellation);
        var healthy = await PhaseAsync("Healthy", "3");
        healthy.Flag("status", "abort").ShouldBeFalse();
        healthy.Text("status", "stableRS").ShouldBe(good.Label("rollouts-pod-template-hash"));
        healthy.Text("status", "observedGeneration").ShouldBe($"{healthy.Generation}");
        var sets = await SetsAsync();
        sets.Count.ShouldBe(2);
        sets.Single(s => s.Uid == good.Uid).Annotation("rollout.argoproj.io/revision-history").ShouldBe("1");
    }

    [Fact]
    public async Task A_Rollout_moves_to_a_release_that_becomes_available()
    {
        await CreateRolloutAsync();
        await PhaseAsync("Healthy", "1");
        await ReleaseAsync("shop:v2");
        var healthy = await PhaseAsync("Healthy", "2");
        healthy.Number("status", "replicas").ShouldBe(2);
        healthy.Text("status", "currentPodHash").ShouldBe(healthy.Text("status", "stableRS"));
    }

    [Fact]
    public async Task A_custom_kind_knows_no_strategic_merge_patch()
    {
        await CreateRolloutAsync();
        var fault = await Should.ThrowAsync<KubernetesException>(() => api.StrategicMergePatchAsync(Shop, Parse("""{"spec": {"replicas": 3} }"""), Really, Cancellation));
        fault.Status.ShouldBe(System.Net.HttpStatusCode.UnsupportedMediaType);
    }

    [Fact]
    public async Task Usage_is_reported_and_cannot_be_written()
    {
        cluster.ReportUsage("default", "web-1", ("app", "250m", "64Mi"));
        var metrics = (await api.ListAsync(ResourceKind.PodMetrics, "default", null, Cancellation)).ShouldHaveSingleItem();
        metrics.At("containers")![0]!["usage"]!["memory"]!.ToString().ShouldBe("64Mi");
        await Should.ThrowAsync<KubernetesException>(() => api.CreateAsync(ResourceKind.PodMetrics, "default", Parse("""{"metadata": {"name": "x"} }"""), Really, Cancellation));
        (await api.ListAsync(ResourceKind.Pod, "default", null, Cancellation)).ShouldBeEmpty("pods and their metrics share a plural, not a group");
    }

    [Fact]
    public async Task A_command_is_answered_as_prepared_and_recorded()
    {
        await RunPodAsync();
        cluster.Execs.Answer("^mongosh .*ping", new ExecAnswer(0, "{ ok: 1 }\n"));
        (await ExecAsync("mongosh", "--eval", "db.ping()")).ShouldBe(new ExecResult(0, "{ ok: 1 }\n", ""));
        (await ExecAsync("mongosh", "--eval", "db.drop()")).Output.ShouldBe("ran: mongosh --eval db.drop()\n");
        cluster.Execs.All.Select(e => (e.Pod, e.Container, e.Image, string.Join(' ', e.Command), e.ExitCode)).ShouldBe([
            ("db-0", "app", "db:v1", "mongosh --eval db.ping()", 0), ("db-0", "app", "db:v1", "mongosh --eval db.drop()", 0)]);
        cluster.Requests.CarriedOut.Count(r => r.Path.Contains("/exec?", StringComparison.Ordinal)).ShouldBe(2);
    }

    [Fact]
    public async Task A_command_whose_end_is_not_told_has_an_unknown_outcome()
    {
        await RunPodAsync();
        cluster.Faults.Next("GET", "/exec", SandboxFault.AnswerLost);
        (await Should.ThrowAsync<KubernetesException>(() => ExecAsync("echo", "x"))).Fault.ShouldBe(KubernetesFault.OutcomeUnknown);
        cluster.Execs.All.ShouldHaveSingleItem().ExitCode.ShouldBe(0);

        cluster.Faults.Next("GET", "/exec", SandboxFault.NeverAnswered);
        (await Should.ThrowAsync<KubernetesException>(() => ExecAsync("echo", "x"))).Fault.ShouldBe(KubernetesFault.OutcomeUnknown);
        cluster.Execs.All.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_command_that_nobody_waits_for_any_longer_is_recorded_without_an_end()
    {
        await RunPodAsync();
        cluster.Execs.Answer("dump", new ExecAnswer(Takes: TimeSpan.FromMinutes(5)));
        var result = await api.ExecAsync("default", "db-0", null, ["dump"], new ExecOptions(TimeSpan.FromMilliseconds(200)), Cancellation);
        result.TimedOut.ShouldBeTrue();
        // The server learns of it when the connection is gone.
        while (cluster.Execs.All.Count == 0) await Task.Yield();
        cluster.Execs.All.Single().ExitCode.ShouldBeNull();
    }

    private Task<ExecResult> ExecAsync(params string[] command) =>
        api.ExecAsync("default", "db-0", "app", command, new ExecOptions(TimeSpan.FromSeconds(60)), Cancellation);

    private async Task RunPodAsync()
    {
        await api.CreateAsync(ResourceKind.Pod, "default", Parse("""{"metadata": {"name": "db-0"}, "spec": {"containers": [{"name": "app", "image": "db:v1"}]} }"""), Really, Cancellation);
        await cluster.WaitForAsync(new ObjectRef(ResourceKind.Pod, "default", "db-0"), p => Workloads.Condition(p, "Ready")?["status"]?.ToString() == "True", Cancellation);
    }

    private Task<KubernetesObject> CreateRolloutAsync()
    {
        var body = Workloads.Deployment("shop", "shop:v1");
        body["spec"]!["strategy"] = new JsonObject { ["canary"] = new JsonObject() };
        return api.CreateAsync(ResourceKind.Rollout, "default", body, Really, Cancellation);
    }

    private Task ReleaseAsync(string image) =>
        api.JsonPatchAsync(Shop, [Workloads.Replace("/spec/template/spec/containers/0/image", image)], Really, Cancellation);

    /// <summary>As the program of Argo does it: on the status subresource, by plain HTTP because our client has no need for it yet.</summary>
    private async Task AbortAsync()
    {
        using var http = new HttpClient(new HttpClientHandler { ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator });
        http.DefaultRequestHeaders.Authorization = new("Bearer", "sandbox-token");
        using var body = new StringContent("""{"status": {"abort": true} }""", new System.Net.Http.Headers.MediaTypeHeaderValue("application/merge-patch+json"));
        (await http.PatchAsync(new Uri(cluster.BaseAddress, Shop.Path + "/status"), body, Cancellation)).EnsureSuccessStatusCode();
    }

    private Task<KubernetesObject> PhaseAsync(string phase, string revision) =>
        cluster.WaitForAsync(Shop, r => r.Text("status", "phase") == phase && r.Annotation(Revision) == revision, Cancellation);

    private Task<IReadOnlyList<KubernetesObject>> SetsAsync() => api.ListAsync(ResourceKind.ReplicaSet, "default", null, Cancellation);

    private static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();
}
