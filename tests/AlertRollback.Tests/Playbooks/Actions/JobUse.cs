using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Tests.Playbooks.Contract;
using AlertRollback.Tests.Support;

namespace AlertRollback.Tests.Playbooks.Actions;

internal sealed class JobUse : ActionUse
{
    public override Type Action => typeof(JobAction);

    public override bool OnRealCluster => true;

    public override IReadOnlyList<string> Rights => ["jobs"];

    public override (string Method, string Path)? KubernetesWrite => ("POST", "jobs\\?");

    public override async Task<ActionWorld> ArrangeAsync(bool real)
    {
        var (cluster, workload) = await KubernetesWorld.TwoReleasesAsync(real);
        var world = new ObjectWorld(cluster, workload, """{"cronjob": "data-integrity-check"}""", w => new JobAction(w.Clusters, TimeProvider.System))
        {
            States = ("no job", "check:v1 completed"),
            Look = LookAsync,
            Hand = ReplaceAsync,
            StateAfterHand = "somebody:v1 runs",
            Refusals = w =>
            [
                (w.Service with { Workload = null }, Reason.WorkloadNotDeclared),
                (w.Service with { Workload = w.Service.Workload! with { Namespace = "elsewhere" } }, Reason.NotFound),
            ],
        };
        await CronJobs.AddAsync(world.Api, world.Namespace, "data-integrity-check", "check:v1");
        cluster.Forget();
        return world;
    }

    public static async Task<string> LookAsync(ObjectWorld world)
    {
        var jobs = await world.Api.ListAsync(ResourceKind.Job, world.Namespace, null, TestContext.Current.CancellationToken);
        return jobs.Count == 0 ? "no job" : string.Join(", ", jobs.Select(j => $"{Image(j)} {(j.Json["status"]?["conditions"]?[0]?["type"]?.ToString() == "Complete" ? "completed" : "runs")}"));
    }

    // Another Job of the same name, that never ends.
    private static async Task ReplaceAsync(ObjectWorld world)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var ours = (await world.Api.ListAsync(ResourceKind.Job, world.Namespace, null, cancellation)).Single();
        var target = new ObjectRef(ResourceKind.Job, world.Namespace, ours.Name);
        await world.Api.DeleteAsync(target, ours.Uid, new DeleteOptions(GraceSeconds: 0, Propagation: "Background"), cancellation);
        await Until.TrueAsync(async () => await world.Api.GetAsync(target, cancellation) is null);
        var body = (JsonObject)JsonNode.Parse($$"""
            {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "{{ours.Name}}"},
             "spec": {"suspend": true, "template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "x", "image": "somebody:v1"}]} } } }
            """)!;
        await world.Api.CreateAsync(ResourceKind.Job, world.Namespace, body, new WriteOptions(), cancellation);
    }

    private static string? Image(KubernetesObject job) => job.Json["spec"]?["template"]?["spec"]?["containers"]?[0]?["image"]?.ToString();
}

internal sealed class JobOfImageUse : ActionUse
{
    public override Type Action => typeof(JobAction);

    public override string Way => " (image)";

    public override bool OnRealCluster => true;

    public override IReadOnlyList<string> Rights => ["jobs"];

    // What is deleted by hand looks like what never was: JobActionTests.
    public override bool SeesOthers => false;

    public override (string Method, string Path)? KubernetesWrite => ("POST", "jobs\\?");

    public override async Task<ActionWorld> ArrangeAsync(bool real)
    {
        var (cluster, workload) = await KubernetesWorld.TwoReleasesAsync(real);
        const string parameters = """{"image": "mongo:7", "command": ["mongosh", "--quiet", "shop", "/count.js"], "env": {"MODE": "count"} }""";
        return new ObjectWorld(cluster, workload, parameters, w => new JobAction(w.Clusters, TimeProvider.System))
        {
            States = ("no job", "mongo:7 completed"),
            Look = JobUse.LookAsync,
            Refusals = ObjectWorld.WithoutWorkload,
        };
    }
}

/// <summary>A CronJob in the version that the server has.</summary>
internal static class CronJobs
{
    public static async Task AddAsync(IKubernetesApi api, string @namespace, string name, string image, string more = "")
    {
        var cancellation = TestContext.Current.CancellationToken;
        var kind = await api.FindKindAsync("batch/v1", "CronJob", cancellation) ?? await api.FindKindAsync("batch/v1beta1", "CronJob", cancellation);
        var body = (JsonObject)JsonNode.Parse($$"""
            {"apiVersion": "{{kind!.ApiVersion}}", "kind": "CronJob", "metadata": {"name": "{{name}}"},
             "spec": {"schedule": "0 3 1 1 *", "suspend": true, "jobTemplate": {"metadata": {"labels": {"app": "checks"} }, "spec": { {{more}}
               "template": {"spec": {"restartPolicy": "OnFailure", "containers": [{"name": "check", "image": "{{image}}", "args": ["--all"],
                 "env": [{"name": "DB_PASSWORD", "value": "hunter2-of-node"}, {"name": "MODE", "value": "check"}]}]} } } } } }
            """)!;
        await api.CreateAsync(kind, @namespace, body, new WriteOptions(), cancellation);
    }
}
