using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Tests.Support;

namespace AlertRollback.Tests.Kubernetes.Workloads;

public sealed class RolloutWatchTests
{
    private readonly InMemoryKubernetes cluster = new();
    private readonly CountedTime time = new(new DateTimeOffset(2026, 11, 23, 21, 0, 0, TimeSpan.Zero));
    private readonly List<int> percents = [];

    [Fact]
    public async Task Each_change_of_percent_is_told_until_it_is_complete()
    {
        foreach (var available in (int[])[0, 0, 1, 2])
            cluster.Tell(WatchEventType.Modified, Available(available));

        var end = await FollowAsync();

        end.ShouldBe(new RolloutEnd(new RolloutProgress(RolloutVerdict.Complete, 100, "2 of 2 pods are updated and ready"), false));
        percents.ShouldBe([0, 50, 100]);
    }

    [Fact]
    public async Task A_rollout_that_never_ends_is_given_up_at_the_deadline()
    {
        cluster.Put(ResourceKind.Deployment, Available(1).Json.ToJsonString());
        var ticks = 0;

        var following = FollowAsync(() => ticks++);
        await PassAsync(following);

        var end = await following.WaitAsync(TimeSpan.FromSeconds(10), Cancellation);
        end.TimedOut.ShouldBeTrue();
        end.Last.Percent.ShouldBe(50);
        ticks.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task S5_who_heals_is_called_every_two_seconds_also_while_the_workload_changes_every_second()
    {
        cluster.Put(ResourceKind.Deployment, Available(1).Json.ToJsonString());
        var ticks = 0;
        var following = FollowAsync(() => ticks++);
        await Until.TrueAsync(() => percents.Count == 1);

        for (var second = 1; second <= 10; second++)
        {
            cluster.Tell(WatchEventType.Modified, Available((second + 1) % 2));
            await Until.TrueAsync(() => percents.Count == second + 1);
            await time.PassAsync(TimeSpan.FromSeconds(1), following);
        }

        ticks.ShouldBe(5);
        cluster.Tell(WatchEventType.Modified, Available(2));
        (await following).Last.Verdict.ShouldBe(RolloutVerdict.Complete);
    }

    [Fact]
    public async Task S16_what_the_watch_did_not_tell_is_read_before_it_is_given_up()
    {
        cluster.Put(ResourceKind.Deployment, Available(1).Json.ToJsonString());
        var following = FollowAsync();
        cluster.Put(ResourceKind.Deployment, Available(2).Json.ToJsonString());
        time.Advance(TimeSpan.FromMinutes(1));

        (await following).ShouldSatisfyAllConditions(e => e.TimedOut.ShouldBeFalse(), e => e.Last.Verdict.ShouldBe(RolloutVerdict.Complete));
    }

    [Fact]
    public async Task A_watch_that_is_silent_does_not_keep_a_finished_rollout_under_way()
    {
        cluster.Put(ResourceKind.Deployment, Available(1).Json.ToJsonString());
        var began = time.GetUtcNow();
        var following = FollowAsync();
        cluster.Put(ResourceKind.Deployment, Available(2).Json.ToJsonString());

        await PassAsync(following);

        (await following).ShouldSatisfyAllConditions(e => e.TimedOut.ShouldBeFalse(), e => e.Last.Verdict.ShouldBe(RolloutVerdict.Complete));
        (time.GetUtcNow() - began).ShouldBeLessThan(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task S16_an_API_that_is_away_for_a_while_is_borne()
    {
        cluster.Put(ResourceKind.Deployment, Available(1).Json.ToJsonString());
        var (began, asked) = (time.GetUtcNow(), 0);
        var following = FollowAsync();
        cluster.BeforeRead = _ =>
        {
            if (++asked == 1)
                throw new KubernetesException(KubernetesFault.Unavailable, "it is away");
        };
        cluster.Put(ResourceKind.Deployment, Available(2).Json.ToJsonString());

        await PassAsync(following);

        (await following).Last.Verdict.ShouldBe(RolloutVerdict.Complete);
        (time.GetUtcNow() - began).ShouldBeInRange(TimeSpan.FromSeconds(25), TimeSpan.FromSeconds(40));
    }

    [Theory]
    [InlineData("set", 10, "0 of 2 pods are updated; pods cannot be created: FailedCreate: exceeded quota: compute")]
    [InlineData("set", -60, "0 of 2 pods are updated")]
    [InlineData("other", 10, "0 of 2 pods are updated")]
    public async Task What_refused_the_pods_of_a_statefulset_is_told_from_its_events(string uid, int seconds, string text)
    {
        cluster.Put(ResourceKind.StatefulSet, RolloutStatusTests.Live("""{"replicas": 2}""", """{"observedGeneration": 3}""").Json.ToJsonString());
        cluster.Put(ResourceKind.Event, $$"""
            {"metadata": {"name": "e1", "namespace": "shop", "uid": "e1"}, "involvedObject": {"uid": "{{(uid == "set" ? Shop.Uid : uid)}}"}, "type": "Warning",
             "reason": "FailedCreate", "message": "exceeded quota: compute", "lastTimestamp": "{{time.GetUtcNow().AddSeconds(seconds):yyyy-MM-dd'T'HH:mm:ss'Z'}}"}
            """);
        var following = new RolloutWatch(cluster, time).FollowAsync(
            RolloutStatusTests.Expectation(WorkloadKind.StatefulSet), time.GetUtcNow().AddMinutes(1), _ => Task.CompletedTask, null, Cancellation);

        await PassAsync(following);

        (await following).ShouldSatisfyAllConditions(e => e.TimedOut.ShouldBeTrue(), e => e.Last.Text.ShouldBe(text));
    }

    [Fact]
    public async Task S16_an_end_that_cannot_be_read_is_none()
    {
        cluster.Put(ResourceKind.Deployment, Available(1).Json.ToJsonString());
        var following = FollowAsync();
        cluster.BeforeRead = _ => throw new KubernetesException(KubernetesFault.Unavailable, "it is away");
        time.Advance(TimeSpan.FromMinutes(1));

        await Should.ThrowAsync<KubernetesException>(following);
    }

    [Fact]
    public async Task A_deleted_workload_is_superseded()
    {
        cluster.Tell(WatchEventType.Modified, Available(1));
        cluster.Tell(WatchEventType.Deleted, Available(1));

        (await FollowAsync()).Last.Verdict.ShouldBe(RolloutVerdict.Superseded);
    }

    [Fact]
    public async Task Cancellation_gets_through()
    {
        using var stop = new CancellationTokenSource();
        var following = new RolloutWatch(cluster, time).FollowAsync(
            RolloutStatusTests.Expectation(WorkloadKind.Deployment), time.GetUtcNow().AddMinutes(1), _ => Task.CompletedTask, null, stop.Token);

        await stop.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(following);
    }

    private async Task PassAsync(Task following)
    {
        await time.RestsAsync(following);
        for (var i = 0; i < 100 && !following.IsCompleted; i++)
            await time.PassAsync(TimeSpan.FromSeconds(2), following);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static KubernetesObject Available(int pods) => RolloutStatusTests.Live("""{"replicas": 2}""",
        $$"""{"observedGeneration": 3, "replicas": 2, "updatedReplicas": 2, "availableReplicas": {{pods}} }""");

    private Task<RolloutEnd> FollowAsync(Action? onTick = null) => new RolloutWatch(cluster, time).FollowAsync(
        RolloutStatusTests.Expectation(WorkloadKind.Deployment),
        time.GetUtcNow().AddMinutes(1),
        progress =>
        {
            percents.Add(progress.Percent);
            return Task.CompletedTask;
        },
        _ =>
        {
            onTick?.Invoke();
            return Task.CompletedTask;
        },
        Cancellation);
}
