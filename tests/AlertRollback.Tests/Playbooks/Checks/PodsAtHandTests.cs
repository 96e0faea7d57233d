using AlertRollback.Kubernetes;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Checks;
using AlertRollback.Tests.Kubernetes.Workloads;

namespace AlertRollback.Tests.Playbooks.Checks;

/// <summary>Pods in states that pass by too quickly elsewhere: one that still ends, one that waits for its node.</summary>
public sealed class PodsAtHandTests
{
    private readonly InMemoryKubernetes _cluster = new();

    [Theory]
    [InlineData("deleted", Verdict.Fail, "1 left")]
    [InlineData("exists", Verdict.Fail, "no pod exists yet")]
    public async Task A_pod_that_still_ends_is_neither_gone_nor_there(string state, Verdict verdict, string measured)
    {
        Put("a", ending: true);
        var answer = await AskAsync(new WaitForCheck(Clusters), $$"""{"state": "{{state}}", "selector": "app=x"}""");
        (answer.Verdict, answer.Measured).ShouldBe((verdict, measured));
    }

    [Theory]
    [InlineData(2, Verdict.Pass)]
    [InlineData(3, Verdict.Fail)]
    public async Task As_many_as_are_waited_for_have_to_be_ready(int atLeast, Verdict verdict)
    {
        Put("a");
        Put("b");
        (await AskAsync(new WaitForCheck(Clusters), $$"""{"state": "ready", "selector": "app=x", "at_least": {{atLeast}}}""")).Verdict.ShouldBe(verdict);
    }

    [Theory]
    [InlineData("Running", Verdict.Fail, "x:v1 (1), x:v2 (1)")]
    [InlineData("Pending", Verdict.Pass, "x:v2 (1)")]
    [InlineData("Succeeded", Verdict.Pass, "x:v2 (1)")]
    public async Task Only_pods_that_run_say_what_runs(string phase, Verdict verdict, string measured)
    {
        Put("a", phase, "x:v1");
        Put("b", image: "x:v2");
        var answer = await AskAsync(new ImageIsCheck(Clusters), """{"selector": "app=x", "equals": "x:v2"}""");
        (answer.Verdict, answer.Measured).ShouldBe((verdict, measured));
    }

    [Fact]
    public async Task Every_rule_of_an_image_has_to_hold()
    {
        Put("a", image: "x:v2");
        (await AskAsync(new ImageIsCheck(Clusters), """{"selector": "app=x", "contains": "x:", "not": ":v2"}""")).Verdict.ShouldBe(Verdict.Fail);
    }

    [Fact]
    public async Task S16_of_one_pod_without_the_container_nothing_is_known()
    {
        Put("a", image: "x:v2", container: "app");
        Put("b", image: "x:v2", container: "other");
        (await AskAsync(new ImageIsCheck(Clusters), """{"selector": "app=x", "container": "app", "equals": "x:v2"}""")).Verdict.ShouldBe(Verdict.Inconclusive);
    }

    [Theory]
    [InlineData("Succeeded", Verdict.Pass)]
    [InlineData("Failed", Verdict.Pass)]
    [InlineData("Pending", Verdict.Fail)]
    public async Task A_pod_that_is_over_keeps_nobody_waiting(string phase, Verdict verdict)
    {
        Put("a", phase);
        (await AskAsync(new WaitForCheck(Clusters), """{"state": "deleted", "selector": "app=x"}""")).Verdict.ShouldBe(verdict);
    }

    private Clusters Clusters => new(_cluster);

    private void Put(string name, string phase = "Running", string image = "x:v1", string container = "app", bool ending = false) => _cluster.Put(ResourceKind.Pod, $$$"""
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "{{{name}}}", "namespace": "production", "uid": "{{{name}}}", "labels": {"app": "x"}{{{(ending ? """, "deletionTimestamp": "2026-11-23T12:04:00Z" """ : "")}}} },
         "spec": {"containers": [{"name": "{{{container}}}", "image": "{{{image}}}"}]},
         "status": {"phase": "{{{phase}}}", "conditions": [{"type": "Ready", "status": "{{{(phase == "Running" ? "True" : "False")}}}"}]} }
        """);

    private static async Task<CheckResult> AskAsync(ICheck check, string parameters) =>
        (await check.AskAsync(Asking.Context(), Asking.Parameters(parameters), TestContext.Current.CancellationToken)).ShouldHaveSingleItem();
}
