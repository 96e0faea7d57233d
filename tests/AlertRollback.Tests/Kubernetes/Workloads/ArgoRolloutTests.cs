using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;

namespace AlertRollback.Tests.Kubernetes.Workloads;

/// <summary>Objects in the shapes that Argo Rollouts 1.7 leaves; its controller itself is not here.</summary>
public sealed class ArgoRolloutTests
{
    private static readonly DateTimeOffset patched = new(2026, 11, 23, 21, 0, 0, TimeSpan.Zero);

    [Theory]
    // status | verdict | percent
    [InlineData("""{"observedGeneration": "3", "phase": "Healthy", "currentPodHash": "a", "stableRS": "a", "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}""", RolloutVerdict.Complete, 100)]
    [InlineData("""{"observedGeneration": "2", "phase": "Healthy", "currentPodHash": "a", "stableRS": "a", "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}""", RolloutVerdict.Progressing, 0)]
    [InlineData("""{"observedGeneration": "3", "phase": "Healthy", "currentPodHash": "b", "stableRS": "a", "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}""", RolloutVerdict.Progressing, 99)]
    [InlineData("""{"observedGeneration": "3", "phase": "Progressing", "message": "more replicas need to be updated", "updatedReplicas": 1, "availableReplicas": 2}""", RolloutVerdict.Progressing, 50)]
    [InlineData("""{"observedGeneration": "3", "phase": "Paused", "message": "CanaryPauseStep", "pauseConditions": [{"reason": "CanaryPauseStep"}], "updatedReplicas": 1, "availableReplicas": 3}""", RolloutVerdict.Progressing, 50)]
    [InlineData("""{"observedGeneration": "3", "phase": "Paused", "message": "InconclusiveAnalysisRun", "pauseConditions": [{"reason": "InconclusiveAnalysisRun"}], "updatedReplicas": 1, "availableReplicas": 3}""", RolloutVerdict.Inconclusive, 50)]
    [InlineData("""{"observedGeneration": "3", "updatedReplicas": 2, "availableReplicas": 2}""", RolloutVerdict.Inconclusive, 0)]
    public void A_Rollout_is_complete_when_Argo_says_that_the_new_version_is_the_stable_one(string status, RolloutVerdict verdict, int percent)
    {
        var progress = Status().Judge(RolloutStatusTests.Live("""{"replicas": 2}""", status), patched);
        (progress.Verdict, progress.Percent).ShouldBe((verdict, percent));
    }

    [Fact]
    public void A_Rollout_without_replicas_proves_nothing() =>
        Status().Judge(RolloutStatusTests.Live("""{"replicas": 0}""", """{"observedGeneration": "3", "phase": "Healthy"}"""), patched).Verdict.ShouldBe(RolloutVerdict.Inconclusive);

    [Theory]
    [InlineData(null, RolloutVerdict.Progressing)]
    [InlineData("2026-11-23T20:59:59Z", RolloutVerdict.Progressing)]
    [InlineData("2026-11-23T21:00:00Z", RolloutVerdict.Complete)]
    [InlineData("2026-11-23T21:00:07Z", RolloutVerdict.Complete)]
    public void Its_pods_were_started_anew_when_Argo_says_so_of_that_time_or_a_later_one(string? restartedAt, RolloutVerdict verdict)
    {
        var status = new RolloutStatus(RolloutStatusTests.Expectation(WorkloadKind.Rollout) with { RestartedAt = patched });
        var live = RolloutStatusTests.Live("""{"replicas": 2}""", """{"observedGeneration": "3", "phase": "Healthy", "currentPodHash": "a", "stableRS": "a", "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}""");
        live.Json["status"]!["restartedAt"] = restartedAt;

        status.Judge(live, patched).Verdict.ShouldBe(verdict);
    }

    [Fact]
    public void S4_the_abort_of_the_version_before_does_not_count_right_after_the_undo()
    {
        var status = Status();

        status.Judge(Degraded(), patched.AddSeconds(1)).Verdict.ShouldBe(RolloutVerdict.Progressing);
        status.Judge(RolloutStatusTests.Live("""{"replicas": 2}""", """{"observedGeneration": "3", "phase": "Progressing"}"""), patched.AddSeconds(2));
        status.Judge(Degraded(), patched.AddSeconds(3)).ShouldBe(new RolloutProgress(RolloutVerdict.Failed, 0, "RolloutAborted: Rollout aborted update to revision 2"));
    }

    [Fact]
    public void S4_an_old_judgement_that_stays_counts_once_its_time_has_passed_since_the_patch()
    {
        var status = Status();

        status.Judge(Degraded(), patched.AddSeconds(59)).Verdict.ShouldBe(RolloutVerdict.Progressing);
        status.Judge(Degraded(), patched.AddSeconds(60)).Verdict.ShouldBe(RolloutVerdict.Failed);
    }

    [Fact]
    public void What_Argo_put_into_the_pods_of_one_version_is_no_part_of_its_revision()
    {
        var revision = Revision.Of(new KubernetesObject(Parse(ReplicaSet)))!;

        revision.Number.ShouldBe(7);
        revision.ArgoHash.ShouldBe("6c5d8b9f7");
        revision.TimeIsReliable.ShouldBeFalse("it was used before, as revision 5");
        revision.Template.ToJsonString().ShouldBe(PodTemplate.Normalize(Parse(
            """{"metadata": {"labels": {"app": "api"} }, "spec": {"affinity": {"nodeAffinity": {} }, "containers": [{"name": "app", "image": "api:v1"}]} }""")).ToJsonString());
    }

    private static RolloutStatus Status() => new(RolloutStatusTests.Expectation(WorkloadKind.Rollout));

    private static KubernetesObject Degraded() => RolloutStatusTests.Live("""{"replicas": 2, "progressDeadlineSeconds": 60}""", """
        {"observedGeneration": "3", "phase": "Degraded", "message": "RolloutAborted: Rollout aborted update to revision 2", "abort": true,
         "updatedReplicas": 1, "availableReplicas": 2}
        """);

    private static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();

    private const string ReplicaSet = """
        {"metadata": {"name": "api-6c5d8b9f7", "namespace": "shop", "uid": "rs-7", "labels": {"app": "api", "rollouts-pod-template-hash": "6c5d8b9f7"},
          "annotations": {"rollout.argoproj.io/revision": "7", "rollout.argoproj.io/revision-history": "5",
            "rollout.argoproj.io/ephemeral-metadata": "{\"labels\":{\"role\":\"stable\"},\"annotations\":{\"watched\":\"yes\"}}"} },
         "spec": {"replicas": 2, "template": {
           "metadata": {"labels": {"app": "api", "role": "stable", "rollouts-pod-template-hash": "6c5d8b9f7"}, "annotations": {"watched": "yes"} },
           "spec": {"affinity": {"nodeAffinity": {}, "podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1, "podAffinityTerm": {
               "topologyKey": "kubernetes.io/hostname",
               "labelSelector": {"matchExpressions": [{"key": "rollouts-pod-template-hash", "operator": "In", "values": ["6c5d8b9f7"]}]} } }]} },
             "containers": [{"name": "app", "image": "api:v1"}]} } } }
        """;
}
