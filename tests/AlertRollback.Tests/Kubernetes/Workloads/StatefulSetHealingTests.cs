using System.Globalization;
using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.Kubernetes.Workloads;

public sealed class StatefulSetHealingTests
{
    private static readonly WorkloadRef db = new(WorkloadKind.StatefulSet, "shop", "db");
    private readonly FakeTimeProvider time = new();
    private readonly InMemoryKubernetes cluster = new();

    public StatefulSetHealingTests()
    {
        PutSet(image: "v1", observed: 3, update: "db-good");
        PutRevision("db-good", "v1");
        PutRevision("db-bad", "bad2");
        PutPod(9, "db-bad", ready: false);
        PutPod(10, "db-bad", ready: false);
        PutPod(2, "db-bad", ready: true);
        PutPod(1, "db-good", ready: false);
        PutPod(0, "db-bad", ready: false, owner: "other");
    }

    [Fact]
    public async Task S5_broken_pods_of_the_undone_revision_are_evicted_one_by_one_highest_ordinal_first()
    {
        (await HealAsync()).ShouldBe("db-10");
        (await HealAsync()).ShouldBe("db-9");
        (await HealAsync()).ShouldBeNull();
        cluster.Evicted.ShouldBe(["db-10", "db-9"]);
    }

    [Fact]
    public async Task S5_pods_that_were_stuck_before_the_undone_release_came_are_evicted_too()
    {
        PutPod(3, "db-older", ready: false);
        PutPod(4, "db-older", ready: true);

        while (await HealAsync() is not null)
        {
        }

        cluster.Evicted.ShouldBe(["db-10", "db-9", "db-3"]);
    }

    [Fact]
    public async Task S5_pods_that_wait_for_their_peer_in_a_healthy_update_stay()
    {
        Clear();
        PutPod(0, "db-bad", ready: false, unreadyFor: 2);
        PutPod(1, "db-bad", ready: false, unreadyFor: 2);
        PutPod(2, "db-good", ready: false, unreadyFor: 2);

        (await HealAsync()).ShouldBeNull();
        time.Advance(TimeSpan.FromMinutes(5));
        PutPod(2, "db-good", ready: false, unreadyFor: 60);
        (await HealAsync()).ShouldBeNull("the new one has to arrive first");
        PutPod(2, "db-good", ready: true);
        (await HealAsync()).ShouldBe("db-1");
    }

    [Theory]
    [InlineData(60, null)]
    [InlineData(100, "db-1")]
    public async Task S5_a_new_pod_that_may_itself_wait_for_its_broken_peer_holds_nothing_up_for_ever(int unreadyFor, string? evicted)
    {
        Clear();
        PutPod(1, "db-bad", ready: false, waiting: "CrashLoopBackOff");
        PutPod(2, "db-good", ready: false, unreadyFor: unreadyFor);

        (await HealAsync()).ShouldBe(evicted);
    }

    [Theory]
    [InlineData("CrashLoopBackOff", 2, true)]
    [InlineData("ImagePullBackOff", 2, true)]
    [InlineData("ContainerCreating", 2, false)]
    [InlineData(null, 2, false)]
    [InlineData(null, 100, true)]
    public async Task A_pod_is_broken_when_it_cannot_run_or_was_not_ready_for_long(string? waiting, int unreadyFor, bool broken)
    {
        Clear();
        PutPod(0, "db-bad", ready: true);
        PutPod(1, "db-bad", ready: false, unreadyFor: unreadyFor, waiting: waiting);
        PutPod(2, "db-good", ready: true);

        (await HealAsync()).ShouldBe(broken ? "db-1" : null);
    }

    [Fact]
    public async Task A_pod_that_no_node_takes_is_broken()
    {
        Clear();
        PutPod(1, "db-bad", ready: false, unreadyFor: 2);
        cluster.Change(Pod(1), o => o["status"]!["conditions"]!.AsArray().Add(new JsonObject { ["type"] = "PodScheduled", ["status"] = "False", ["reason"] = "Unschedulable" }));

        (await HealAsync()).ShouldBe("db-1");
    }

    [Fact]
    public async Task Until_an_evicted_pod_is_gone_no_other_one_is_evicted()
    {
        cluster.Change(Pod(10), o => o["metadata"]!["deletionTimestamp"] = Json(time.GetUtcNow().AddSeconds(30)));

        (await HealAsync()).ShouldBeNull();
        cluster.Remove(Pod(10));
        (await HealAsync()).ShouldBe("db-9");
    }

    [Theory]
    [InlineData(30, 4, false)]
    [InlineData(30, 6, true)]
    [InlineData(7 * 24 * 3600, 6, true)]
    public async Task A_pod_that_never_ends_holds_the_others_up_for_some_minutes_only(int grace, int minutes, bool evicts)
    {
        cluster.Change(Pod(10), o =>
        {
            o["metadata"]!["deletionTimestamp"] = Json(time.GetUtcNow().AddSeconds(grace).AddMinutes(-minutes));
            o["metadata"]!["deletionGracePeriodSeconds"] = grace;
        });

        (await HealAsync()).ShouldBe(evicts ? "db-10" : null);
    }

    private static string Json(DateTimeOffset time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    [Theory]
    [InlineData("v1", 2, "db-good")] // the controller has not seen the undo
    [InlineData("v1", 3, "db-bad")] // it would make the same pod again
    [InlineData("v9", 3, "db-good")] // somebody deployed again
    public async Task Nothing_is_evicted_before_or_after_its_time(string image, int observed, string update)
    {
        PutSet(image, observed, update);

        (await HealAsync()).ShouldBeNull();
        cluster.Evicted.ShouldBeEmpty();
    }

    [Fact]
    public async Task S5_a_restart_of_the_target_does_not_end_the_healing()
    {
        static void Restart(JsonNode template) => template["metadata"]!["annotations"] = new JsonObject { ["kubectl.kubernetes.io/restartedAt"] = "2026-11-23T21:00:40Z" };
        PutRevision("db-again", "v1");
        cluster.Change(new ObjectRef(ResourceKind.ControllerRevision, "shop", "db-again"), o => Restart(o["data"]!["spec"]!["template"]!));
        PutSet("v1", observed: 4, update: "db-again");
        cluster.Change(new ObjectRef(ResourceKind.StatefulSet, "shop", "db"), o => Restart(o["spec"]!["template"]!));

        (await HealAsync()).ShouldBe("db-10");
    }

    [Fact]
    public async Task Pods_below_the_partition_would_come_back_as_broken_and_stay()
    {
        PutSet(image: "v1", observed: 4, update: "db-good", strategy: """{"type": "RollingUpdate", "rollingUpdate": {"partition": 10} }""");

        (await HealAsync()).ShouldBe("db-10");
        (await HealAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task Pods_that_are_replaced_by_hand_stay()
    {
        PutSet(image: "v1", observed: 4, update: "db-good", strategy: """{"type": "OnDelete"}""");

        (await HealAsync()).ShouldBeNull();
    }

    private async Task<string?> HealAsync() => (await new StatefulSetHealing(cluster, time).HealAsync(
        db, "set", ExpectedTemplate.Of(PodTemplateTests.Read(Shop.Template("v1", null))), TestContext.Current.CancellationToken)).Evicted;

    private void PutRevision(string name, string image) => cluster.Put(ResourceKind.ControllerRevision, $$"""
        {"metadata": {"name": "{{name}}", "namespace": "shop", "uid": "{{name}}"}, "data": {"spec": {"template": {{Shop.Template(image, null)}} } }, "revision": 1}
        """);

    private void PutSet(string image, int observed, string update, string strategy = "{}") => cluster.Put(ResourceKind.StatefulSet, $$"""
        {"metadata": {"name": "db", "namespace": "shop", "uid": "set", "generation": 3},
         "spec": {"selector": {"matchLabels": {"app": "db"} }, "template": {{Shop.Template(image, null)}}, "updateStrategy": {{strategy}} },
         "status": {"observedGeneration": {{observed}}, "updateRevision": "{{update}}"} }
        """);

    private static ObjectRef Pod(int ordinal) => new(ResourceKind.Pod, "shop", $"db-{ordinal}");

    private void Clear()
    {
        foreach (var ordinal in new[] { 0, 1, 2, 9, 10 })
            cluster.Remove(Pod(ordinal));
    }

    private void PutPod(int ordinal, string revision, bool ready, string owner = "set", int unreadyFor = 600, string? waiting = null) => cluster.Put(ResourceKind.Pod, new JsonObject
    {
        ["metadata"] = new JsonObject
        {
            ["name"] = $"db-{ordinal}",
            ["namespace"] = "shop",
            ["uid"] = $"pod-{ordinal}",
            ["labels"] = new JsonObject { ["app"] = "db", ["controller-revision-hash"] = revision },
            ["ownerReferences"] = new JsonArray(new JsonObject { ["controller"] = true, ["uid"] = owner }),
        },
        ["status"] = new JsonObject
        {
            ["conditions"] = new JsonArray(new JsonObject
            {
                ["type"] = "Ready",
                ["status"] = ready ? "True" : "False",
                ["lastTransitionTime"] = Json(time.GetUtcNow().AddSeconds(-unreadyFor)),
            }),
            ["containerStatuses"] = new JsonArray(new JsonObject { ["name"] = "app", ["state"] = waiting is null ? new JsonObject { ["running"] = new JsonObject() } : new JsonObject { ["waiting"] = new JsonObject { ["reason"] = waiting } } }),
        },
    }.ToJsonString());
}
