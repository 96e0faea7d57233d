using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Sandbox.Cluster;
using AlertRollback.Sandbox.People;

namespace AlertRollback.Sandbox;

/// <summary>What runs in the pretend cluster, for the pretend application, its numbers and the page.</summary>
internal sealed class ClusterImages(SandboxCluster cluster) : IRunningImages
{
    public IReadOnlyList<RunningPod> Pods(string @namespace, string workload) =>
        [.. cluster.PeekAll(ResourceKind.Pod, @namespace).Where(p => p.Label("app") == workload).Select(PodOf)];

    public ClusterView View() => new(
        [.. cluster.PeekAll(ResourceKind.Deployment).Select(DeploymentOf)],
        [.. cluster.Requests.All.Select(r => new RequestView(r.Time, r.Method, r.Path, r.Status))]);

    private DeploymentView DeploymentOf(KubernetesObject o) => new(
        o.Namespace, o.Name, ImageOf(o.At("spec", "template", "spec")) ?? "", o.Annotation("deployment.kubernetes.io/revision") ?? "",
        (int)(o.Number("spec", "replicas") ?? 1), Pods(o.Namespace, o.Name));

    private static RunningPod PodOf(KubernetesObject pod) => new(
        pod.Name, ImageOf(pod.At("spec")) ?? "",
        (pod.At("status", "conditions") as JsonArray)?.OfType<JsonObject>()
            .Any(c => c["type"]?.GetValue<string>() == "Ready" && c["status"]?.GetValue<string>() == "True") ?? false);

    public static string? ImageOf(JsonNode? podSpec) => (podSpec?["containers"] as JsonArray)?[0]?["image"]?.GetValue<string>();
}
