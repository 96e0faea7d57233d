using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;

namespace AlertRollback.Tests.Sandbox.Cluster;

/// <summary>Kinds that run nothing, and Jobs: what the actions read, patch and are refused.</summary>
public sealed class SmallKindsContractTests
{
    private static readonly WriteOptions Really = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_Service_is_given_an_address_and_its_selector_can_be_changed(bool real)
    {
        await using var cluster = await TestCluster.StartAsync(real);
        var service = await CreateAsync(cluster, ResourceKind.Service, """{"metadata": {"name": "web"}, "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "name": "http"}]} }""");
        service.Text("spec", "clusterIP").ShouldNotBeNullOrEmpty();
        service.At("spec", "ports")![0]!["targetPort"]!.GetValue<int>().ShouldBe(80);

        var patched = await cluster.Api.JsonPatchAsync(Of(cluster, ResourceKind.Service, "web"), [Workloads.Replace("/spec/selector/app", "web-old")], Really, Cancellation);
        patched.Text("spec", "selector", "app").ShouldBe("web-old");
        (await FaultOf(() => CreateAsync(cluster, ResourceKind.Service, """{"metadata": {"name": "none"}, "spec": {"selector": {"app": "web"}} }"""))).ShouldBe(KubernetesFault.Invalid);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task An_Ingress_needs_a_whole_backend(bool real)
    {
        await using var cluster = await TestCluster.StartAsync(real);
        var ingress = await CreateAsync(cluster, ResourceKind.Ingress, """
            {"metadata": {"name": "web"}, "spec": {"rules": [{"http": {"paths": [
              {"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "web", "port": {"number": 80} } } }]} }]} }
            """);
        ingress.Generation.ShouldBe(1);
        const string name = "/spec/rules/0/http/paths/0/backend/service/name";
        var moved = await cluster.Api.JsonPatchAsync(Of(cluster, ResourceKind.Ingress, "web"), [Workloads.Replace(name, "maintenance")], Really, Cancellation);
        moved.Generation.ShouldBe(2);
        (await FaultOf(() => cluster.Api.JsonPatchAsync(Of(cluster, ResourceKind.Ingress, "web"), [Workloads.Replace(name, "")], Really, Cancellation)))
            .ShouldBe(KubernetesFault.Invalid);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_ConfigMap_holds_texts_only_and_a_Secret_encoded_ones(bool real)
    {
        await using var cluster = await TestCluster.StartAsync(real);
        await CreateAsync(cluster, ResourceKind.ConfigMap, """{"metadata": {"name": "flags"}, "data": {"ON": "true"} }""");
        (await FaultOf(() => cluster.Api.MergePatchAsync(Of(cluster, ResourceKind.ConfigMap, "flags"), Parse("""{"data": {"ON": false} }"""), Really, Cancellation)))
            .ShouldBe(KubernetesFault.Invalid);
        var secret = await CreateAsync(cluster, ResourceKind.Secret, """{"metadata": {"name": "key"}, "stringData": {"token": "abc"} }""");
        secret.Text("data", "token").ShouldBe("YWJj");
        secret.Text("type").ShouldBe("Opaque");
        secret.At("stringData").ShouldBeNull();
        (await FaultOf(() => CreateAsync(cluster, ResourceKind.Secret, """{"metadata": {"name": "bad"}, "data": {"token": "%"} }"""))).ShouldBe(KubernetesFault.Invalid);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_NetworkPolicy_is_made_and_deleted(bool real)
    {
        await using var cluster = await TestCluster.StartAsync(real);
        var policy = await CreateAsync(cluster, ResourceKind.NetworkPolicy, """
            {"metadata": {"name": "isolate"}, "spec": {"podSelector": {"matchLabels": {"app": "web"} }, "policyTypes": ["Ingress", "Egress"]} }
            """);
        policy.Generation.ShouldBe(1);
        (await cluster.Api.DeleteAsync(Of(cluster, ResourceKind.NetworkPolicy, "isolate"), policy.Uid, new DeleteOptions(), Cancellation)).ShouldBeTrue();
        (await cluster.Api.GetAsync(Of(cluster, ResourceKind.NetworkPolicy, "isolate"), Cancellation)).ShouldBeNull();
    }

    [Theory]
    [InlineData("check:v1", "Complete", "finished: exit code 0", false), InlineData("check:v1", "Complete", "finished: exit code 0", true)]
    [InlineData("check:fail", "Failed", "failed: exit code 1", false), InlineData("check:fail", "Failed", "failed: exit code 1", true)]
    public async Task A_Jobs_pods_come_to_the_end_that_their_image_says(string image, string end, string log, bool real)
    {
        await using var cluster = await TestCluster.StartAsync(real);
        var job = await CreateAsync(cluster, ResourceKind.Job, $$"""
            {"metadata": {"name": "check"}, "spec": {"backoffLimit": 0, "template": {"spec": {
              "restartPolicy": "Never", "automountServiceAccountToken": false, "containers": [{"name": "main", "image": "{{image}}"}]} } } }
            """);
        var ended = await cluster.WaitAsync(ResourceKind.Job, "check", j => Workloads.Condition(j, "Complete") is not null || Workloads.Condition(j, "Failed") is not null);

        Workloads.Condition(ended, end)!["status"]!.ToString().ShouldBe("True");
        ended.Number("status", end == "Complete" ? "succeeded" : "failed").ShouldBe(1);
        ended.Number("status", "active").GetValueOrDefault().ShouldBe(0);
        var pod = (await cluster.Api.ListAsync(ResourceKind.Pod, cluster.Namespace, "job-name=check", Cancellation)).ShouldHaveSingleItem();
        pod.ControllerUid.ShouldBe(job.Uid);
        (await cluster.Api.ReadLogAsync(cluster.Namespace, pod.Name, "main", new LogOptions(), Cancellation)).ShouldNotBeNull().ShouldContain(log);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_Job_that_would_restart_its_pods_for_ever_is_refused(bool real)
    {
        await using var cluster = await TestCluster.StartAsync(real);
        (await FaultOf(() => CreateAsync(cluster, ResourceKind.Job, """
            {"metadata": {"name": "check"}, "spec": {"template": {"spec": {"containers": [{"name": "main", "image": "check:v1"}]} } } }
            """))).ShouldBe(KubernetesFault.Invalid);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_CronJob_holds_the_template_of_its_Jobs(bool real)
    {
        await using var cluster = await TestCluster.StartAsync(real);
        var kind = (await cluster.Api.FirstServedAsync(ServedKinds.CronJobs, Cancellation)).ShouldNotBeNull();
        var cron = await CreateAsync(cluster, kind, """
            {"metadata": {"name": "nightly"}, "spec": {"schedule": "0 3 * * *", "suspend": true, "jobTemplate": {"spec": {"template": {"spec": {
              "restartPolicy": "Never", "containers": [{"name": "main", "image": "check:v1"}]} } } } } }
            """);
        cron.Text("spec", "concurrencyPolicy").ShouldBe("Allow");
        cron.At("spec", "jobTemplate", "spec", "template", "spec", "containers")![0]!["imagePullPolicy"]!.ToString().ShouldBe("IfNotPresent");
    }

    private static Task<KubernetesObject> CreateAsync(TestCluster cluster, ResourceKind kind, string json)
    {
        var body = Parse(json);
        body["apiVersion"] = kind.ApiVersion;
        body["kind"] = kind.Kind;
        return cluster.Api.CreateAsync(kind, cluster.Namespace, body, Really, Cancellation);
    }

    private static ObjectRef Of(TestCluster cluster, ResourceKind kind, string name) => new(kind, cluster.Namespace, name);

    private static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();

    private static async Task<KubernetesFault> FaultOf(Func<Task> work) => (await Should.ThrowAsync<KubernetesException>(work)).Fault;
}
