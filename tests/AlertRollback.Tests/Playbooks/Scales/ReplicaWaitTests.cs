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

    [Fact]
    public async Task S16_an_API_that_does_not_answer_measures_nothing() =>
        (await AtTheDeadlineAsync(() => _shop.Cluster.BeforeRead = _ => throw new KubernetesException(KubernetesFault.Unavailable, "it is away")))
            .ShouldBeOfType<StepOutcome.CannotTell>().Reason.ShouldBe(Reason.ApiError);

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
