using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Tests.Support;

namespace AlertRollback.Tests.Kubernetes.Workloads;

public sealed class ArgoStepsTests
{
    private static readonly WorkloadRef workload = new(WorkloadKind.Rollout, "shop", "api");
    private readonly InMemoryKubernetes cluster = new();

    public ArgoStepsTests() => cluster.Put(ResourceKind.Rollout, $$"""
        {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"name": "api", "namespace": "shop", "uid": "{{Shop.Uid}}", "generation": 2},
         "spec": {"strategy": {"canary": {"steps": [{"setWeight": 10}]} }, "template": {{Shop.Template("shop/api:v2", null)}} },
         "status": {"observedGeneration": "2", "currentPodHash": "2", "stableRS": "1"} }
        """);

    [Fact]
    public async Task S2_a_promotion_whose_answer_was_lost_is_read_back()
    {
        cluster.AfterPatch = _ => throw new KubernetesException(KubernetesFault.OutcomeUnknown, "reset");

        (await PromoteAsync()).ShouldBeOfType<UndoOutcome.AlreadyAtTarget>();
        cluster.Patches.ShouldBe(1);
    }

    [Fact]
    public async Task A_rollout_that_is_deleted_right_before_the_write_has_nothing_to_promote()
    {
        cluster.BeforePatch = _ => cluster.Remove(workload.Object);

        (await PromoteAsync()).ShouldBeOfType<UndoOutcome.AlreadyAtTarget>();
    }

    [Fact]
    public async Task A_rollout_whose_status_cannot_be_written_is_refused()
    {
        cluster.BeforePatch = _ => throw new KubernetesException(KubernetesFault.NotFound, "the server could not find the requested resource");

        (await PromoteAsync()).ShouldBe(new UndoOutcome.Refused(
            UndoRefusal.Rejected, "promoteFull of rollout/shop/api: the server could not find the requested resource"));
    }

    private Task<UndoOutcome> PromoteAsync()
    {
        var live = cluster[workload.Object];
        return new ArgoSteps(cluster, new PassingTime(DateTimeOffset.UnixEpoch)).PromoteAsync(
            workload, live.Uid, LiveTemplate.Digest(live), TestContext.Current.CancellationToken);
    }
}
