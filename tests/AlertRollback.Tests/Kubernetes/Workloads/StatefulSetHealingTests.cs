using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;

namespace AlertRollback.Tests.Kubernetes.Workloads;

public sealed class StatefulSetHealingTests
{
    private static readonly WorkloadRef db = new(WorkloadKind.StatefulSet, "shop", "db");
    private readonly InMemoryKubernetes cluster = new();

    public StatefulSetHealingTests()
    {
        PutSet(image: "v1", observed: 3, update: "db-good");
        PutPod(9, "db-bad", ready: false);
        PutPod(10, "db-bad", ready: false);
        PutPod(2, "db-bad", ready: true);
        PutPod(1, "db-good", ready: false);
        PutPod(0, "db-bad", ready: false, owner: "other");
    }

    [Fact]
    public async Task Unready_pods_of_the_undone_revision_are_evicted_highest_ordinal_first()
    {
        (await HealAsync()).ShouldBe(["db-10", "db-9"]);
        (await HealAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task S5_pods_that_were_stuck_before_the_undone_release_came_are_evicted_too()
    {
        PutPod(3, "db-older", ready: false);
        PutPod(4, "db-older", ready: true);

        (await HealAsync()).ShouldBe(["db-10", "db-9", "db-3"]);
    }

    [Theory]
    [InlineData("v1", 2, "db-good")] // the controller has not seen the undo
    [InlineData("v1", 3, "db-bad")] // it would make the same pod again
    [InlineData("v9", 3, "db-good")] // somebody deployed again
    public async Task Nothing_is_evicted_before_or_after_its_time(string image, int observed, string update)
    {
        PutSet(image, observed, update);

        (await HealAsync()).ShouldBeEmpty();
        cluster.Evicted.ShouldBeEmpty();
    }

    private Task<IReadOnlyList<string>> HealAsync() => new StatefulSetHealing(cluster).HealAsync(
        new UndoPin(db, "set", Pinned("db-bad", "bad2"), Pinned("db-good", "v1"), [], []), TestContext.Current.CancellationToken);

    private static PinnedRevision Pinned(string identity, string image) =>
        new(1, identity, identity, PodTemplate.Digest(PodTemplateTests.Read(Shop.Template(image, null))), []);

    private void PutSet(string image, int observed, string update) => cluster.Put(ResourceKind.StatefulSet, $$"""
        {"metadata": {"name": "db", "namespace": "shop", "uid": "set", "generation": 3},
         "spec": {"selector": {"matchLabels": {"app": "db"} }, "template": {{Shop.Template(image, null)}} },
         "status": {"observedGeneration": {{observed}}, "updateRevision": "{{update}}"} }
        """);

    private void PutPod(int ordinal, string revision, bool ready, string owner = "set") => cluster.Put(ResourceKind.Pod, new JsonObject
    {
        ["metadata"] = new JsonObject
        {
            ["name"] = $"db-{ordinal}",
            ["namespace"] = "shop",
            ["uid"] = $"pod-{ordinal}",
            ["labels"] = new JsonObject { ["app"] = "db", ["controller-revision-hash"] = revision },
            ["ownerReferences"] = new JsonArray(new JsonObject { ["controller"] = true, ["uid"] = owner }),
        },
        ["status"] = new JsonObject { ["conditions"] = new JsonArray(new JsonObject { ["type"] = "Ready", ["status"] = ready ? "True" : "False" }) },
    }.ToJsonString());
}
