using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Scales;
using AlertRollback.Tests.Kubernetes.Workloads;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.Playbooks.Scales;

public sealed class ReplicaWaitTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 21, 0, 0, TimeSpan.Zero));
    private readonly Shop _shop = Shop.WithReleases("v1");

    public ReplicaWaitTests() => _shop.Cluster.Change(Shop.Api.Object, o =>
    {
        o["spec"]!["replicas"] = 3;
        o["status"]!["observedGeneration"] = 2;
    });

    [Fact]
    public async Task What_is_not_there_in_time_has_failed() =>
        (await AtTheDeadlineAsync(() => { })).ShouldBeOfType<StepOutcome.Failed>().Text.ShouldBe("not at 3 replicas in time: 2 pods, 2 of them ready");

    [Fact]
    public async Task S16_what_the_watch_did_not_tell_is_read_before_it_is_given_up() =>
        (await AtTheDeadlineAsync(() => _shop.Cluster.Change(Shop.Api.Object, o => (o["status"]!["replicas"], o["status"]!["readyReplicas"]) = (3, 3))))
            .ShouldBeOfType<StepOutcome.Done>().Text.ShouldBe("3 of 3 pods are ready");

    [Fact]
    public async Task A_watch_that_is_silent_does_not_keep_what_is_there_waiting() =>
        (await AtTheDeadlineAsync(() => _shop.Cluster.Change(Shop.Api.Object, o => (o["status"]!["replicas"], o["status"]!["readyReplicas"]) = (3, 3)), TimeSpan.FromSeconds(16)))
            .ShouldBeOfType<StepOutcome.Done>().Text.ShouldBe("3 of 3 pods are ready");

    [Theory]
    [InlineData(5, true, "5 of 5 pods are ready, as autoscaler api has it by now")]
    [InlineData(5, false, null)]
    [InlineData(11, true, null)]
    [InlineData(0, true, null)]
    public async Task S7_what_an_autoscaler_sets_within_its_limits_is_waited_for_instead(int set, bool autoscaled, string? text)
    {
        var outcome = await AtTheDeadlineAsync(
            () => _shop.Cluster.Change(Shop.Api.Object, o =>
            {
                (o["spec"]!["replicas"], o["status"]!["replicas"], o["status"]!["readyReplicas"], o["status"]!["observedGeneration"]) = (set, set, set, 3);
            }),
            autoscaler: autoscaled ? new AutoscalerLimits("api", 2, 10) : null);

        if (text is null)
            outcome.ShouldBeOfType<StepOutcome.Superseded>().Text.ShouldBe($"{Shop.Api} was scaled to {set} by somebody else");
        else
            outcome.ShouldBeOfType<StepOutcome.Done>().Text.ShouldBe(text);
    }

    [Fact]
    public async Task Why_pods_cannot_be_created_is_said() =>
        (await AtTheDeadlineAsync(() => _shop.Cluster.Change(Shop.Api.Object, o => o["status"]!["conditions"] =
            System.Text.Json.Nodes.JsonNode.Parse("""[{"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "exceeded quota: compute"}]"""))))
            .ShouldBeOfType<StepOutcome.Failed>().Text.ShouldBe("not at 3 replicas in time: 2 pods, 2 of them ready; pods cannot be created: FailedCreate: exceeded quota: compute");

    [Fact]
    public async Task S16_an_API_that_does_not_answer_measures_nothing() =>
        (await AtTheDeadlineAsync(() => _shop.Cluster.BeforeRead = _ => throw new KubernetesException(KubernetesFault.Unavailable, "it is away")))
            .ShouldBeOfType<StepOutcome.CannotTell>().Reason.ShouldBe(Reason.ApiError);

    [Fact]
    public async Task A_number_that_is_ready_is_not_reached_while_more_pods_than_that_are_there() =>
        (await AtTheDeadlineAsync(() => _shop.Cluster.Change(Shop.Api.Object, o => (o["status"]!["replicas"], o["status"]!["readyReplicas"]) = (4, 4))))
            .ShouldBeOfType<StepOutcome.Failed>().Text.ShouldBe("not at 3 replicas in time: 4 pods, 4 of them ready");

    [Theory]
    [InlineData("Failed", true)]
    [InlineData("Running", false)]
    public async Task Pods_that_only_wait_to_be_removed_do_not_run_any_more(string phase, bool gone)
    {
        _shop.Cluster.Change(Shop.Api.Object, o => (o["spec"]!["replicas"], o["status"]!["replicas"], o["status"]!["readyReplicas"]) = (0, 0, 0));
        _shop.Cluster.Change(Shop.Api.Object, o => o["status"]!["observedGeneration"] = o["metadata"]!["generation"]!.GetValue<long>());
        _shop.Cluster.Put(ResourceKind.Pod, $$"""
            {"metadata": {"name": "api-1", "namespace": "shop", "uid": "p", "labels": {"app": "api"}, "ownerReferences": [{"controller": true, "kind": "ReplicaSet", "name": "api", "uid": "rs-1"}]},
             "status": {"phase": "{{phase}}"} }
            """);
        var waiting = new ReplicaWait(_shop.Cluster, _time).UntilAsync(new ScalePin(Shop.Api, Shop.Uid, 3, 0, null, []), _time.GetUtcNow(), (_, _) => Task.CompletedTask, TestContext.Current.CancellationToken);
        _time.Advance(TimeSpan.FromSeconds(1));

        (await waiting.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken)).ShouldBeOfType(gone ? typeof(StepOutcome.Done) : typeof(StepOutcome.Failed));
    }

    /// <param name="meanwhile">What happens unseen, after the watch told of 2 pods.</param>
    private async Task<StepOutcome> AtTheDeadlineAsync(Action meanwhile, TimeSpan? after = null, AutoscalerLimits? autoscaler = null)
    {
        var told = new TaskCompletionSource();
        var waiting = new ReplicaWait(_shop.Cluster, _time).UntilAsync(
            new ScalePin(Shop.Api, Shop.Uid, 2, 3, autoscaler, []),
            _time.GetUtcNow() + TimeSpan.FromMinutes(1),
            (_, _) =>
            {
                told.SetResult();
                return Task.CompletedTask;
            },
            TestContext.Current.CancellationToken);
        await told.Task;
        meanwhile();
        _time.Advance(after ?? TimeSpan.FromMinutes(1));
        return await waiting.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
    }
}
