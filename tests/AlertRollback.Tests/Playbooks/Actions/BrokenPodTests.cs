using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Playbooks.Manifests;
using AlertRollback.Sandbox.Cluster;
using AlertRollback.Tests.Playbooks.Contract;

namespace AlertRollback.Tests.Playbooks.Actions;

/// <summary>A StatefulSet, db, whose only pod is broken: nothing but its eviction makes it new (S5).</summary>
public sealed class BrokenPodTests : IAsyncLifetime
{
    private TestCluster _cluster = null!;
    private WorkloadRef _db = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private ServiceDefinition Service => Acting.Service() with { Workload = new("statefulset", _db.Namespace, _db.Name) };

    private RolloutUndoAction Undo => new(new Clusters(_cluster.Api), new FakeRevisionLedger(), TimeProvider.System);

    private SetImageAction SetImage => new(new Clusters(_cluster.Api), new FakeRevisionLedger(), TimeProvider.System);

    public async ValueTask InitializeAsync()
    {
        _cluster = await TestCluster.SandboxAsync();
        _db = new WorkloadRef(WorkloadKind.StatefulSet, _cluster.Namespace, "db");
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task S5_an_undo_evicts_it()
    {
        await ReleasedAsync("db:v1", "db:v2-broken");

        (await UndoAsync(TimeSpan.FromMinutes(1))).ShouldBeOfType<StepOutcome.Done>();
    }

    [Fact]
    public async Task S5_a_disruption_budget_that_forbids_its_eviction_is_named()
    {
        await ReleasedAsync("db:v1", "db:v2-broken");
        _cluster.Faults.Next("POST", "/eviction", SandboxFault.TooManyRequests(0), count: 10_000);

        var failed = (await UndoAsync(TimeSpan.FromSeconds(6))).ShouldBeOfType<StepOutcome.Failed>();
        failed.Reason.ShouldBe(Reason.TimedOut);
        failed.Text.ShouldContain("; db-0 could not be evicted: ");
    }

    [Fact]
    public async Task S16_where_its_eviction_is_forbidden_nothing_is_measured_of_the_target()
    {
        await ReleasedAsync("db:v1", "db:v2-broken");
        _cluster.Faults.Next("POST", "/eviction", new SandboxFault(403), count: 10_000);

        var end = (await UndoAsync(TimeSpan.FromMinutes(1))).ShouldBeOfType<StepOutcome.CannotTell>();
        end.Reason.ShouldBe(Reason.RejectedByApi);
        end.Text.ShouldContain("db-0 could not be evicted: ");
    }

    [Fact]
    public async Task S5_any_other_change_of_the_template_evicts_it_too()
    {
        await ReleasedAsync("db:v1-broken");

        (await SetAsync("db:v1", TimeSpan.FromMinutes(1))).Outcome.ShouldBeOfType<StepOutcome.Done>();
    }

    [Fact]
    public async Task S5_what_a_change_broke_runs_again_once_it_is_put_back()
    {
        await ReleasedAsync("db:v1");
        await _cluster.CompleteAsync(_db, "db:v1");
        var (pin, outcome) = await SetAsync("db:v2-broken", TimeSpan.FromSeconds(3));
        outcome.ShouldBeOfType<StepOutcome.Failed>();

        var back = (await SetImage.RestoreAsync(Acting.Context(Service), pin, Cancellation)!).ShouldBeOfType<StepOutcome.Done>();
        (back.Text, back.NotReady).ShouldBe(($"{_db} is as it was", false));
        var pod = _cluster.Sandbox!.PeekAll(ResourceKind.Pod, _db.Namespace).ShouldHaveSingleItem();
        (pod.At("spec", "containers")![0]!["image"]!.ToString(), PodState.IsReady(pod)).ShouldBe(("db:v1", true));
    }

    [Fact]
    public async Task What_is_put_back_and_does_not_become_ready_is_told_so()
    {
        await ReleasedAsync("db:v1-broken");
        var (pin, _) = await SetAsync("db:v2-broken", TimeSpan.FromSeconds(3));

        var back = (await SetImage.RestoreAsync(Acting.Context(Service, deadline: In(TimeSpan.FromSeconds(3))), pin, Cancellation)!).ShouldBeOfType<StepOutcome.Done>();
        back.Text.ShouldStartWith($"{_db} is as it was, but {_db} not complete in time");
        back.NotReady.ShouldBeTrue();
    }

    [Fact]
    public async Task S5_a_Secret_that_its_pods_read_is_put_back_before_it_is_waited_for()
    {
        await ReleasedAsync("db:v1");
        await _cluster.CompleteAsync(_db, "db:v1");
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "{apiVersion: v1, kind: Secret, metadata: {name: settings}, stringData: {PASSWORD: new}}", Cancellation);
        var apply = Apply(new TeamGrants { Secrets = new Dictionary<string, GrantedSecret> { ["settings"] = new(file, []) { Namespaces = [_db.Namespace] } } });
        var pin = await AppliedAsync(apply, new JsonArray(Manifest("db:v2-broken")), "settings");

        var back = (await apply.RestoreAsync(Acting.Context(Service), pin, Cancellation)).ShouldBeOfType<StepOutcome.Done>();

        File.Delete(file);
        back.NotReady.ShouldBeFalse();
        _cluster.Sandbox!.Requests.CarriedOut.Select(r => $"{r.Method} {r.Path.Split('?')[0].Split('/')[^1]}").TakeLast(3).ShouldBe(["PATCH db", "DELETE settings", "POST eviction"]);
    }

    [Fact]
    public async Task S16_what_is_put_back_by_one_more_try_is_tried_before_its_pods_are_waited_for()
    {
        var (apply, pin) = await WithAConfigMapAsync();
        _cluster.Faults.Next("PATCH", "/configmaps/flags", new SandboxFault(401), count: 2);

        (await apply.RestoreAsync(Acting.Context(Service), pin, Cancellation)).ShouldBeOfType<StepOutcome.CannotTell>().Reason.ShouldBe(Reason.ApiError);
        Evictions.ShouldBe(0);
        (await apply.RestoreAsync(Acting.Context(Service), pin, Cancellation)).ShouldBeOfType<StepOutcome.Done>().NotReady.ShouldBeFalse();
        Evictions.ShouldBe(1);
    }

    [Fact]
    public async Task S5_it_is_evicted_also_where_something_else_was_changed_by_somebody_meanwhile()
    {
        var (apply, pin) = await WithAConfigMapAsync();
        JsonArray hand = [new JsonObject { ["op"] = "replace", ["path"] = "/data/A", ["value"] = "3" }];
        await _cluster.Api.JsonPatchAsync(new ObjectRef(ResourceKind.ConfigMap, _db.Namespace, "flags"), hand, new WriteOptions(), Cancellation);

        (await apply.RestoreAsync(Acting.Context(Service), pin, Cancellation)).ShouldBeOfType<StepOutcome.Superseded>();
        Evictions.ShouldBe(1);
    }

    private int Evictions => _cluster.Sandbox!.Requests.CarriedOut.Count(r => r.Path.EndsWith("/eviction", StringComparison.Ordinal));

    private ApplyAction Apply(TeamGrants grants) => new(
        new Clusters(_cluster.Api), new GrantedKinds(Acting.Granting(grants)),
        new SecretManifests(Acting.Granting(grants), new FakeConfigurationLedger(), TimeProvider.System), TimeProvider.System);

    /// <summary>Its broken pod comes from manifests that are applied and not waited for.</summary>
    private async Task<JsonObject> AppliedAsync(ApplyAction apply, JsonArray manifests, params string[] secrets)
    {
        var context = Acting.Context(Service);
        var parameters = new JsonObject { ["manifest"] = manifests, ["secret"] = new JsonArray([.. secrets.Select(s => (JsonNode)s)]), ["force"] = true, ["wait"] = false };
        var pin = await apply.PinAsync(context, parameters);
        (await apply.ApplyAsync(context, pin)).ShouldBeOfType<StepOutcome.Done>();
        await HasPodAsync("db:v2-broken");
        return pin;
    }

    private async Task<(ApplyAction Apply, JsonObject Pin)> WithAConfigMapAsync()
    {
        await ReleasedAsync("db:v1");
        await _cluster.CompleteAsync(_db, "db:v1");
        await _cluster.Api.CreateAsync(ResourceKind.ConfigMap, _db.Namespace, Flags("1"), new WriteOptions(), Cancellation);
        var apply = Apply(new TeamGrants());
        return (apply, await AppliedAsync(apply, new JsonArray(Flags("2"), Manifest("db:v2-broken"))));
    }

    private static JsonObject Flags(string value) => Acting.Json($$"""{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "flags"}, "data": {"A": "{{value}}"} }""");

    private static DateTimeOffset In(TimeSpan span) => TimeProvider.System.GetUtcNow() + span;

    private async Task<(JsonObject Pin, StepOutcome Outcome)> SetAsync(string image, TimeSpan within)
    {
        var context = Acting.Context(Service, deadline: In(within));
        var pin = await SetImage.PinAsync(context, Acting.Json($$"""{"image": "{{image}}"}"""));
        return (pin, await SetImage.ApplyAsync(context, pin));
    }

    private async Task<StepOutcome> UndoAsync(TimeSpan within)
    {
        var context = Acting.Context(Service, deadline: In(within));
        return await Undo.ApplyAsync(context, await Undo.PinAsync(context, Acting.Json("""{"to": "previous"}""")));
    }

    /// <summary>It went through these images; the last one may be broken.</summary>
    private async Task ReleasedAsync(params IReadOnlyList<string> images)
    {
        await _cluster.Api.CreateAsync(ResourceKind.StatefulSet, _db.Namespace, Manifest(images[0]), new WriteOptions(), Cancellation);
        foreach (var image in images.Skip(1))
        {
            await _cluster.CompleteAsync(_db, images[0]);
            await _cluster.SetImageAsync(_db, image);
        }

        await HasPodAsync(images[^1]);
    }

    private static JsonObject Manifest(string image) => Acting.Json(
        $$$"""
        {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db"}, "spec": {"replicas": 1, "serviceName": "db", "selector": {"matchLabels": {"app": "db"} },
         "template": {"metadata": {"labels": {"app": "db"} }, "spec": {"containers": [{"name": "app", "image": "{{{image}}}"}]} } } }
        """);

    private async Task HasPodAsync(string image)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        await foreach (var e in _cluster.Api.WatchAsync(ResourceKind.Pod, _db.Namespace, "app=db", null, limit.Token))
        {
            if (e.Object.At("spec", "containers")![0]!["image"]!.ToString() == image && e.Object.At("status", "containerStatuses") is not null)
                return;
        }
    }
}
