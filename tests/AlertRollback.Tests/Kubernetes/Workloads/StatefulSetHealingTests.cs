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
        PutRevision("db-good", "v1");
        PutRevision("db-bad", "bad2");
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

    [Fact]
    public async Task Pods_below_the_partition_would_come_back_as_broken_and_stay()
    {
        PutSet(image: "v1", observed: 4, update: "db-good", strategy: """{"type": "RollingUpdate", "rollingUpdate": {"partition": 10} }""");

        (await HealAsync()).ShouldBe(["db-10"]);
    }

    [Fact]
    public async Task Pods_that_are_replaced_by_hand_stay()
    {
        PutSet(image: "v1", observed: 4, update: "db-good", strategy: """{"type": "OnDelete"}""");

        (await HealAsync()).ShouldBeEmpty();
    }

    private async Task<IReadOnlyList<string>> HealAsync() => (await new StatefulSetHealing(cluster).HealAsync(
        db, "set", PodTemplate.Digest(PodTemplateTests.Read(Shop.Template("v1", null))), TestContext.Current.CancellationToken)).Evicted;

    private void PutRevision(string name, string image) => cluster.Put(ResourceKind.ControllerRevision, $$"""
        {"metadata": {"name": "{{name}}", "namespace": "shop", "uid": "{{name}}"}, "data": {"spec": {"template": {{Shop.Template(image, null)}} } }, "revision": 1}
        """);

    private void PutSet(string image, int observed, string update, string strategy = "{}") => cluster.Put(ResourceKind.StatefulSet, $$"""
        {"metadata": {"name": "db", "namespace": "shop", "uid": "set", "generation": 3},
         "spec": {"selector": {"matchLabels": {"app": "db"} }, "template": {{Shop.Template(image, null)}}, "updateStrategy": {{strategy}} },
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
