using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;

namespace AlertRollback.Tests.Kubernetes.Workloads;

public sealed class RolloutStatusTests
{
    private static readonly DateTimeOffset patched = new(2026, 11, 23, 21, 0, 0, TimeSpan.Zero);

    [Theory]
    // replicas | status | verdict | percent
    [InlineData(4, """{"observedGeneration": 3, "replicas": 4, "updatedReplicas": 4, "availableReplicas": 4}""", RolloutVerdict.Complete, 100)]
    [InlineData(4, """{"observedGeneration": 2, "replicas": 4, "updatedReplicas": 4, "availableReplicas": 4}""", RolloutVerdict.Progressing, 0)]
    [InlineData(4, """{"observedGeneration": 3, "replicas": 5, "updatedReplicas": 2, "availableReplicas": 4}""", RolloutVerdict.Progressing, 50)]
    [InlineData(4, """{"observedGeneration": 3, "replicas": 5, "updatedReplicas": 4, "availableReplicas": 4}""", RolloutVerdict.Progressing, 99)]
    [InlineData(4, """{"observedGeneration": 3, "replicas": 4, "updatedReplicas": 4, "availableReplicas": 3}""", RolloutVerdict.Progressing, 75)]
    [InlineData(4, """{"observedGeneration": 3}""", RolloutVerdict.Progressing, 0)]
    [InlineData(0, """{"observedGeneration": 3}""", RolloutVerdict.Inconclusive, 0)]
    public void A_deployment_is_complete_by_kubectls_conditions(int replicas, string status, RolloutVerdict verdict, int percent) =>
        Judge(WorkloadKind.Deployment, $$"""{"replicas": {{replicas}} }""", status).ShouldBe((verdict, percent));

    [Fact]
    public void A_deployment_that_is_paused_is_not_called_complete() =>
        Judge(WorkloadKind.Deployment, """{"replicas": 4, "paused": true}""", """{"observedGeneration": 3, "replicas": 4, "updatedReplicas": 4, "availableReplicas": 4}""")
            .ShouldBe((RolloutVerdict.Progressing, 99));

    [Theory]
    [InlineData("""{"replicas": 3}""", """{"observedGeneration": 3, "readyReplicas": 3, "updatedReplicas": 3, "currentRevision": "a", "updateRevision": "a"}""", RolloutVerdict.Complete, 100)]
    [InlineData("""{"replicas": 3}""", """{"observedGeneration": 3, "readyReplicas": 3, "updatedReplicas": 2, "currentRevision": "a", "updateRevision": "a"}""", RolloutVerdict.Progressing, 66)]
    [InlineData("""{"replicas": 3}""", """{"observedGeneration": 3, "readyReplicas": 2, "updatedReplicas": 3, "currentRevision": "a", "updateRevision": "a"}""", RolloutVerdict.Progressing, 66)]
    [InlineData("""{"replicas": 3}""", """{"observedGeneration": 3, "readyReplicas": 3, "updatedReplicas": 3, "currentRevision": "a", "updateRevision": "b"}""", RolloutVerdict.Progressing, 99)]
    [InlineData("""{"replicas": 3, "updateStrategy": {"rollingUpdate": {"partition": 1} } }""", """{"observedGeneration": 3, "readyReplicas": 3, "updatedReplicas": 2, "currentRevision": "a", "updateRevision": "b"}""", RolloutVerdict.Complete, 100)]
    [InlineData("""{"replicas": 3, "updateStrategy": {"rollingUpdate": {"partition": 1} } }""", """{"observedGeneration": 3, "readyReplicas": 2, "updatedReplicas": 2, "currentRevision": "a", "updateRevision": "b"}""", RolloutVerdict.Progressing, 99)]
    [InlineData("""{"replicas": 0}""", """{"observedGeneration": 3}""", RolloutVerdict.Inconclusive, 0)]
    [InlineData("""{"replicas": 3, "updateStrategy": {"type": "OnDelete"}}""", """{"observedGeneration": 3}""", RolloutVerdict.Inconclusive, 0)]
    public void A_statefulset_is_complete_when_every_pod_is_updated_and_ready(string spec, string status, RolloutVerdict verdict, int percent) =>
        Judge(WorkloadKind.StatefulSet, spec, status).ShouldBe((verdict, percent));

    [Theory]
    [InlineData("""{"observedGeneration": 3, "desiredNumberScheduled": 2, "updatedNumberScheduled": 2, "numberAvailable": 2}""", RolloutVerdict.Complete, 100)]
    [InlineData("""{"observedGeneration": 3, "desiredNumberScheduled": 2, "updatedNumberScheduled": 1, "numberAvailable": 2}""", RolloutVerdict.Progressing, 50)]
    [InlineData("""{"observedGeneration": 3, "desiredNumberScheduled": 2, "updatedNumberScheduled": 2, "numberAvailable": 1}""", RolloutVerdict.Progressing, 50)]
    [InlineData("""{"observedGeneration": 3, "desiredNumberScheduled": 0}""", RolloutVerdict.Inconclusive, 0)]
    public void A_daemonset_is_complete_when_every_node_runs_it(string status, RolloutVerdict verdict, int percent) =>
        Judge(WorkloadKind.DaemonSet, "{}", status).ShouldBe((verdict, percent));

    [Fact]
    public void The_old_deadline_of_a_stuck_rollout_does_not_count_right_after_the_undo()
    {
        var status = new RolloutStatus(Expectation(WorkloadKind.Deployment));

        status.Judge(Stuck("ProgressDeadlineExceeded"), patched.AddSeconds(1)).Verdict.ShouldBe(RolloutVerdict.Progressing);
        status.Judge(Stuck("ReplicaSetUpdated"), patched.AddSeconds(2)).Verdict.ShouldBe(RolloutVerdict.Progressing);
        status.Judge(Stuck("ProgressDeadlineExceeded"), patched.AddSeconds(3)).Verdict.ShouldBe(RolloutVerdict.Failed);
    }

    [Fact]
    public void S4_a_workload_that_was_made_again_proves_nothing()
    {
        var live = Stuck("ReplicaSetUpdated");
        live.Json["metadata"]!["uid"] = "another";

        new RolloutStatus(Expectation(WorkloadKind.Deployment)).Judge(live, patched.AddSeconds(1)).Verdict.ShouldBe(RolloutVerdict.Superseded);
    }

    [Fact]
    public void A_reason_seen_before_the_controller_saw_the_patch_does_not_count()
    {
        var status = new RolloutStatus(Expectation(WorkloadKind.Deployment));

        status.Judge(Stuck("ReplicaSetUpdated", observed: 2), patched.AddSeconds(1));

        status.Judge(Stuck("ProgressDeadlineExceeded"), patched.AddSeconds(2)).Verdict.ShouldBe(RolloutVerdict.Progressing);
    }

    [Fact]
    public void The_old_deadline_counts_once_its_time_has_passed_since_the_patch()
    {
        var status = new RolloutStatus(Expectation(WorkloadKind.Deployment));

        status.Judge(Stuck("ProgressDeadlineExceeded"), patched.AddSeconds(59)).Verdict.ShouldBe(RolloutVerdict.Progressing);
        status.Judge(Stuck("ProgressDeadlineExceeded"), patched.AddSeconds(60)).Verdict.ShouldBe(RolloutVerdict.Failed);
    }

    [Fact]
    public void Another_template_or_another_object_is_superseded()
    {
        var status = new RolloutStatus(Expectation(WorkloadKind.Deployment));
        var other = Live("""{"replicas": 1}""", """{"observedGeneration": 4}""");
        other.Json["spec"]!["template"] = JsonNode.Parse(Shop.Template("shop/api:v9", null));

        status.Judge(other, patched).ShouldBe(new RolloutProgress(RolloutVerdict.Superseded, 0, "deployment/shop/api was changed again, to shop/api:v9"));
        status.Judge(null, patched).Verdict.ShouldBe(RolloutVerdict.Superseded);
    }

    [Theory]
    [InlineData("kubectl.kubernetes.io/restartedAt", RolloutVerdict.Complete)]
    [InlineData("reloader.stakater.com/last-reloaded-from", RolloutVerdict.Complete)]
    [InlineData("shop/flavour", RolloutVerdict.Superseded)]
    public void S4_a_restart_of_the_target_is_the_target(string annotation, RolloutVerdict verdict)
    {
        var live = Live("""{"replicas": 2}""", """{"observedGeneration": 4, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}""");
        live.Json["spec"]!["template"]!["metadata"]!["annotations"] = new JsonObject { [annotation] = "2026-11-23T21:00:40Z" };
        live.Json["metadata"]!["generation"] = 4L;

        new RolloutStatus(Expectation(WorkloadKind.Deployment)).Judge(live, patched).Verdict.ShouldBe(verdict);
    }

    [Fact]
    public void Why_pods_cannot_be_created_is_said_in_the_servers_words_without_secrets()
    {
        var live = Live("""{"replicas": 2}""", """
            {"observedGeneration": 3, "replicas": 2, "updatedReplicas": 0, "availableReplicas": 2,
             "conditions": [{"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "pods \"api-1\" is forbidden: exceeded quota: compute, used: 32Gi, token=hunter2"}]}
            """);

        new RolloutStatus(Expectation(WorkloadKind.Deployment)).Judge(live, patched).Text
            .ShouldBe("pods cannot be created: FailedCreate: pods \"api-1\" is forbidden: exceeded quota: compute, used: 32Gi, token=***");
    }

    private static (RolloutVerdict, int) Judge(WorkloadKind kind, string spec, string status)
    {
        var progress = new RolloutStatus(Expectation(kind)).Judge(Live(spec, status), patched);
        return (progress.Verdict, progress.Percent);
    }

    internal static RolloutExpectation Expectation(WorkloadKind kind) => new(
        new WorkloadRef(kind, "shop", "api"), Shop.Uid, ExpectedTemplate.Of(PodTemplateTests.Read(Shop.Template("shop/api:v1", null))), 3, patched);

    internal static KubernetesObject Live(string spec, string status)
    {
        var json = (JsonObject)JsonNode.Parse($$"""
            {"metadata": {"name": "api", "namespace": "shop", "uid": "{{Shop.Uid}}", "generation": 3}, "spec": {{spec}}, "status": {{status}} }
            """)!;
        json["spec"]!["template"] = JsonNode.Parse(Shop.Template("shop/api:v1", null));
        return new KubernetesObject(json);
    }

    private static KubernetesObject Stuck(string reason, int observed = 3) => Live("""{"replicas": 2, "progressDeadlineSeconds": 60}""", $$"""
        {"observedGeneration": {{observed}}, "replicas": 3, "updatedReplicas": 1, "availableReplicas": 2,
         "conditions": [{"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable"}, {"type": "Progressing", "status": "False", "reason": "{{reason}}"}]}
        """);
}
