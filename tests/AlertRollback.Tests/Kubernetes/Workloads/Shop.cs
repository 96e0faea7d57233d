using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;

namespace AlertRollback.Tests.Kubernetes.Workloads;

/// <summary>A Deployment with its ReplicaSets, in the shapes a real API server answers with.</summary>
internal sealed class Shop
{
    public const string Uid = "4a1c52ae-854b-4fac-86ad-adfcdf2c7548";
    public static readonly WorkloadRef Api = new(WorkloadKind.Deployment, "shop", "api");

    public InMemoryKubernetes Cluster { get; } = new();

    public KubernetesObject Live => Cluster[Api.Object];

    /// <summary>A Deployment that went through these images, one ReplicaSet each; the last one is live.</summary>
    public static Shop WithReleases(params string[] images)
    {
        var shop = new Shop();
        for (var i = 0; i < images.Length; i++)
            shop.Cluster.Put(ResourceKind.ReplicaSet, ReplicaSet(i + 1, images[i]));
        shop.Cluster.Put(ResourceKind.Deployment, Deployment(images[^1], images.Length));
        return shop;
    }

    public static ObjectRef ReplicaSetRef(int number) => new(ResourceKind.ReplicaSet, "shop", $"api-{number:x8}");

    /// <summary>Somebody deploys this image.</summary>
    public void Release(string image) =>
        Cluster.Change(Api.Object, o => o["spec"]!["template"] = JsonNode.Parse(Template(image, null)));

    /// <summary>The Deployment's controller uses a ReplicaSet again.</summary>
    public void CountUp(int replicaSet, int number) =>
        Cluster.Change(ReplicaSetRef(replicaSet), o => o["metadata"]!["annotations"]!["deployment.kubernetes.io/revision"] = $"{number}");

    public string RunningImage => Live.At("spec", "template", "spec", "containers")![0]!["image"]!.ToString();

    public Task<WorkloadSnapshot?> ReadAsync() => new WorkloadReader(Cluster).ReadAsync(Api, TestContext.Current.CancellationToken);

    public static string Template(string image, string? hash, string env = "1") => $$"""
        {"metadata": {"creationTimestamp": null, "labels": {"app": "api"{{(hash is null ? "" : $", \"pod-template-hash\": \"{hash}\"")}} } },
         "spec": {"containers": [{"env": [{"name": "A", "value": "{{env}}"}], "image": "{{image}}", "imagePullPolicy": "IfNotPresent", "name": "app",
            "resources": {}, "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File"}],
          "dnsPolicy": "ClusterFirst", "restartPolicy": "Always", "schedulerName": "default-scheduler", "securityContext": {}, "terminationGracePeriodSeconds": 30} }
        """;

    private static string ReplicaSet(int number, string image) => $$"""
        {"metadata": {"annotations": {"deployment.kubernetes.io/desired-replicas": "2", "deployment.kubernetes.io/revision": "{{number}}"},
          "creationTimestamp": "2026-11-23T21:{{number:00}}:00Z", "generation": 1, "labels": {"app": "api", "pod-template-hash": "{{number:x8}}"},
          "name": "api-{{number:x8}}", "namespace": "shop", "uid": "rs-{{number}}",
          "ownerReferences": [{"apiVersion": "apps/v1", "controller": true, "kind": "Deployment", "name": "api", "uid": "{{Uid}}"}]},
         "spec": {"replicas": 0, "template": {{Template(image, $"{number:x8}")}} } }
        """;

    private static string Deployment(string image, int number) => $$"""
        {"apiVersion": "apps/v1", "kind": "Deployment",
         "metadata": {"annotations": {"deployment.kubernetes.io/revision": "{{number}}"}, "creationTimestamp": "2026-11-23T21:00:00Z", "generation": {{number}},
          "name": "api", "namespace": "shop", "uid": "{{Uid}}"},
         "spec": {"progressDeadlineSeconds": 600, "replicas": 2, "revisionHistoryLimit": 10, "selector": {"matchLabels": {"app": "api"} },
          "template": {{Template(image, null)}} },
         "status": {"availableReplicas": 2, "observedGeneration": {{number}}, "readyReplicas": 2, "replicas": 2, "updatedReplicas": 2} }
        """;
}
