using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
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
        await _cluster.Api.CreateAsync(ResourceKind.StatefulSet, _db.Namespace, Acting.Json($$$"""
            {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db"}, "spec": {"replicas": 1, "serviceName": "db", "selector": {"matchLabels": {"app": "db"} },
             "template": {"metadata": {"labels": {"app": "db"} }, "spec": {"containers": [{"name": "app", "image": "{{{images[0]}}}"}]} } } }
            """), new WriteOptions(), Cancellation);
        foreach (var image in images.Skip(1))
        {
            await _cluster.CompleteAsync(_db, images[0]);
            await _cluster.SetImageAsync(_db, image);
        }

        await HasPodAsync(images[^1]);
    }

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
