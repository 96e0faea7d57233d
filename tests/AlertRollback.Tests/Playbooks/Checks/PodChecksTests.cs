using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Checks;
using AlertRollback.Tests.Playbooks.Contract;
using AlertRollback.Tests.Support;

namespace AlertRollback.Tests.Playbooks.Checks;

/// <summary><c>pods_ready</c>, <c>wait_for</c> and <c>image_is</c>, on rental-api with two pods of v2, and pods of a label by themselves.</summary>
public sealed class PodChecksTests : IAsyncLifetime
{
    private TestCluster _cluster = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        (_cluster, _) = await KubernetesWorld.TwoReleasesAsync(real: false);
        foreach (var (name, image) in new[] { ("half-1", "half:v1"), ("half-2", "half:v1-broken") })
            await AddPodAsync(name, "half", image);
        await AddPodAsync("done", "done", "done:v1");
        await _cluster.Api.CreateAsync(ResourceKind.Deployment, _cluster.Namespace, (JsonObject)JsonNode.Parse("""
            {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "stopped"}, "spec": {"replicas": 0, "selector": {"matchLabels": {"app": "stopped"} },
             "template": {"metadata": {"labels": {"app": "stopped"} }, "spec": {"containers": [{"name": "app", "image": "stopped:v1"}]} } } }
            """)!, new WriteOptions(), Cancellation);
        await Until.TrueAsync(async () => (await PodsAsync("app=half")).All(p => p.Text("status", "podIP") is not null));
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Theory]
    [InlineData("{}", Verdict.Pass, "2 of 2 ready")]
    [InlineData("""{"at_least": 2}""", Verdict.Pass, "2 ready")]
    [InlineData("""{"at_least": 3}""", Verdict.Fail, "2 ready")]
    [InlineData("""{"selector": "app=half"}""", Verdict.Fail, "1 of 2 ready: half-2 (app): CrashLoopBackOff, 3 restarts")]
    [InlineData("""{"selector": "app=half", "percent": 50}""", Verdict.Pass, "1 of 2 ready: half-2 (app): CrashLoopBackOff, 3 restarts")]
    [InlineData("""{"selector": "app=half", "percent": 50.1}""", Verdict.Fail, "1 of 2 ready: half-2 (app): CrashLoopBackOff, 3 restarts")]
    [InlineData("""{"selector": "app=nothing"}""", Verdict.Inconclusive, "no pod exists")]
    [InlineData("""{"selector": "app=nothing", "at_least": 1}""", Verdict.Fail, "0 ready")]
    [InlineData("""{"workload": "deployment/stopped"}""", Verdict.Inconclusive, "0 replicas are wanted")]
    [InlineData("""{"workload": "deployment/nothing"}""", Verdict.Fail, "deployment/NS/nothing does not exist")]
    public async Task Pods_ready_counts_what_is_there(string parameters, Verdict verdict, string measured) =>
        await AnswersAsync(new PodsReadyCheck(Clusters), parameters, verdict, measured);

    [Theory]
    [InlineData("""{"state": "ready"}""", Verdict.Pass, "2 of 2 ready")]
    [InlineData("""{"state": "ready", "selector": "app=half"}""", Verdict.Fail, "1 of 2 ready: half-2 (app): CrashLoopBackOff, 3 restarts")]
    [InlineData("""{"state": "ready", "selector": "app=nothing"}""", Verdict.Fail, "no pod exists yet")]
    [InlineData("""{"state": "ready", "workload": "deployment/stopped"}""", Verdict.Inconclusive, "0 replicas are wanted")]
    [InlineData("""{"state": "available"}""", Verdict.Pass, "2 of 2 available")]
    [InlineData("""{"state": "available", "at_least": 3}""", Verdict.Fail, "2 of 2 available")]
    [InlineData("""{"state": "exists", "selector": "app=half"}""", Verdict.Pass, "2 there")]
    [InlineData("""{"state": "exists", "selector": "app=half", "at_least": 3}""", Verdict.Fail, "2 there")]
    [InlineData("""{"state": "exists", "selector": "app=nothing"}""", Verdict.Fail, "no pod exists yet")]
    [InlineData("""{"state": "deleted", "selector": "app=nothing"}""", Verdict.Pass, "none is left")]
    [InlineData("""{"state": "deleted", "selector": "app=half"}""", Verdict.Fail, "2 left")]
    [InlineData("""{"state": "deleted", "workload": "deployment/stopped"}""", Verdict.Pass, "none is left")]
    public async Task Wait_for_says_how_far_pods_are(string parameters, Verdict verdict, string measured) =>
        await AnswersAsync(new WaitForCheck(Clusters), parameters, verdict, measured);

    [Fact]
    public async Task Waiting_for_pods_by_label_passes_once_they_exist_which_the_runbooks_own_way_did_not()
    {
        const string parameters = """{"state": "ready", "selector": "app=late"}""";
        await AnswersAsync(new WaitForCheck(Clusters), parameters, Verdict.Fail, "no pod exists yet");
        await AddPodAsync("late-1", "late", "late:v1");
        CheckResult? answer = null;
        await Until.TrueAsync(async () => (answer = await AskAsync(new WaitForCheck(Clusters), parameters)).Verdict == Verdict.Pass);

        answer!.Measured.ShouldBe("1 of 1 ready");
    }

    [Theory]
    [InlineData("""{"equals": "rental-api:v2"}""", Verdict.Pass, "rental-api:v2 (2)")]
    [InlineData("""{"equals": "rental-api:v1"}""", Verdict.Fail, "rental-api:v2 (2)")]
    [InlineData("""{"contains": ":v2"}""", Verdict.Pass, "rental-api:v2 (2)")]
    [InlineData("""{"not": ":v2"}""", Verdict.Fail, "rental-api:v2 (2)")]
    [InlineData("""{"not": ":v3", "contains": "${service}"}""", Verdict.Pass, "rental-api:v2 (2)")]
    [InlineData("""{"digest": "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}""", Verdict.Fail, "rental-api:v2 as fake://rental-api:v2 (2)")]
    [InlineData("""{"equals": "half:v1", "selector": "app=half"}""", Verdict.Fail, "half:v1 (1), half:v1-broken (1)")]
    [InlineData("""{"equals": "half:v1", "selector": "app=half", "container": "other"}""", Verdict.Inconclusive, "the container has to be named")]
    [InlineData("""{"equals": "x", "selector": "app=nothing"}""", Verdict.Inconclusive, "no pod runs")]
    [InlineData("""{"equals": "x", "workload": "deployment/stopped"}""", Verdict.Inconclusive, "no pod runs")]
    [InlineData("""{}""", Verdict.Inconclusive, "rental-api:v2 (2)")]
    public async Task Image_is_looks_at_what_the_pods_run(string parameters, Verdict verdict, string measured) =>
        await AnswersAsync(new ImageIsCheck(Clusters), parameters, verdict, measured);

    [Fact]
    public async Task Image_is_has_its_container_filled_in() =>
        (await new ImageIsCheck(Clusters).AskAsync(
            Asking.Context(service: "app", @namespace: _cluster.Namespace), Asking.Parameters("""{"container": "${service}", "contains": ":v2"}"""), Cancellation)).Single().Verdict.ShouldBe(Verdict.Pass);

    [Fact]
    public async Task A_real_cluster_says_the_same_of_pods_that_are_ready_available_and_gone()
    {
        await using var real = await TestCluster.RealAsync();
        var workload = await real.TwoReleasesAsync();
        var clusters = new Clusters(real.Api);
        Task<CheckResult> Ask(ICheck check, string parameters) => AskAsync(check, parameters, real.Namespace);
        (await Ask(new PodsReadyCheck(clusters), "{}")).ShouldSatisfyAllConditions(a => a.Verdict.ShouldBe(Verdict.Pass), a => a.Measured.ShouldBe("2 of 2 ready"));
        (await Ask(new WaitForCheck(clusters), """{"state": "available"}""")).Verdict.ShouldBe(Verdict.Pass);
        (await Ask(new ImageIsCheck(clusters), """{"equals": "rental-api:v2"}""")).Verdict.ShouldBe(Verdict.Pass);
        (await Ask(new WaitForCheck(clusters), """{"state": "deleted"}""")).Verdict.ShouldBe(Verdict.Fail);

        await real.Api.MergePatchAsync(workload.Object, (JsonObject)JsonNode.Parse("""{"spec": {"replicas": 0}}""")!, new WriteOptions(), Cancellation);
        await Until.TrueAsync(
            async () => (await Ask(new WaitForCheck(clusters), """{"state": "deleted"}""")).Verdict == Verdict.Pass, pause: TimeSpan.FromMilliseconds(50));
    }

    [Fact]
    public async Task The_digest_is_the_one_the_node_pulled()
    {
        const string digest = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
        await AddPodAsync("digested", "digested", $"half@{digest}");
        await Until.TrueAsync(async () => (await PodsAsync("app=digested")).All(p => p.Text("status", "podIP") is not null));

        await AnswersAsync(new ImageIsCheck(Clusters), $$"""{"selector": "app=digested", "digest": "{{digest}}"}""", Verdict.Pass, $"half@{digest} as {digest} (1)");
    }

    [Theory]
    [InlineData("""{"at_least": 0}""")]
    [InlineData("""{"at_least": 1, "percent": 50}""")]
    [InlineData("""{"percent": 0}""")]
    [InlineData("""{"percent": 101}""")]
    [InlineData("""{"selector": "", "percent": 50}""")]
    public void Faults_of_pods_ready_are_found_when_the_matrix_is_loaded(string parameters) => new PodsReadyCheck(Clusters).Validate(Asking.Parameters(parameters)).ShouldHaveSingleItem();

    [Theory]
    [InlineData("""{"state": "deleted", "at_least": 1}""")]
    [InlineData("""{"state": "ready", "at_least": 0}""")]
    [InlineData("""{"state": "available", "selector": "app=half"}""")]
    public void Faults_of_wait_for_are_found_when_the_matrix_is_loaded(string parameters) => new WaitForCheck(Clusters).Validate(Asking.Parameters(parameters)).ShouldHaveSingleItem();

    [Theory]
    [InlineData("""{"equals": " "}""")]
    [InlineData("""{"digest": "9f86d081"}""")]
    public void Faults_of_image_is_are_found_when_the_matrix_is_loaded(string parameters) => new ImageIsCheck(Clusters).Validate(Asking.Parameters(parameters)).ShouldHaveSingleItem();

    [Fact]
    public void Images_alone_are_only_shown() => new ImageIsCheck(Clusters).Judges([]).ShouldBeFalse();

    [Fact]
    public async Task S16_an_api_that_does_not_answer_measures_nothing()
    {
        var nowhere = new Clusters(new NoCluster("it is down"));
        foreach (var check in new ICheck[] { new PodsReadyCheck(nowhere), new WaitForCheck(nowhere), new ImageIsCheck(nowhere) })
            (await AskAsync(check, """{"state": "ready"}""")).ShouldSatisfyAllConditions(a => a.Verdict.ShouldBe(Verdict.Inconclusive), a => a.Measured.ShouldContain("it is down"));
    }

    private Clusters Clusters => new(_cluster.Api);

    private async Task AnswersAsync(ICheck check, string parameters, Verdict verdict, string measured)
    {
        check.Validate(Asking.Parameters(parameters)).ShouldBeEmpty();
        var answer = await AskAsync(check, parameters);
        (answer.Verdict, answer.Measured).ShouldBe((verdict, measured.Replace("NS", _cluster.Namespace)));
    }

    private Task<CheckResult> AskAsync(ICheck check, string parameters) => AskAsync(check, parameters, _cluster.Namespace);

    private static async Task<CheckResult> AskAsync(ICheck check, string parameters, string @namespace) =>
        (await check.AskAsync(Asking.Context(@namespace: @namespace), Asking.Parameters(parameters), Cancellation)).ShouldHaveSingleItem();

    private Task<IReadOnlyList<KubernetesObject>> PodsAsync(string selector) => _cluster.Api.ListAsync(ResourceKind.Pod, _cluster.Namespace, selector, Cancellation);

    private async Task AddPodAsync(string name, string app, string image) => await _cluster.Api.CreateAsync(ResourceKind.Pod, _cluster.Namespace, (JsonObject)JsonNode.Parse($$"""
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "{{name}}", "labels": {"app": "{{app}}"} }, "spec": {"containers": [{"name": "app", "image": "{{image}}"}]} }
        """)!, new WriteOptions(), Cancellation);
}
