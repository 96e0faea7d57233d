using System.Net;
using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Rollbacks;
using AlertRollback.Tests.Playbooks.Contract;

namespace AlertRollback.Tests.Web.Operators;

public sealed class RevisionEndpointsTests
{
    [Fact]
    public async Task Every_revision_is_listed_with_what_is_remembered_of_it_and_whether_it_can_be_gone_back_to()
    {
        await using var cluster = await TestCluster.SandboxAsync("production");
        await cluster.TwoReleasesAsync();
        await using var service = await OperatorsUnderTest.StartAsync(cluster.Sandbox!.KubeconfigPath);

        var view = await service.JsonAsync("services/rental-api/revisions");

        view["workload"]!.GetValue<string>().ShouldBe("deployment/production/rental-api");
        view["revisions"]!.AsArray().Select(r => $"{r!["number"]} {r["version"]} {r["current"]} {r["targets"]!["previous"]} / {r["targets"]!["last_known_good"]}").ShouldBe([
            "2 v2 true is the current one / is the current one",
            "1 v1 false this one / was never seen healthy for the soak period",
        ]);

        var (exit, output, _) = await service.RunAsync("revisions", "rental-api");
        exit.ShouldBe(0);
        output.ShouldContain("* revision 2  v2  rental-api:v2\n");
        output.ShouldContain("    previous: this one\n");
    }

    [Fact]
    public async Task Of_each_revision_it_is_said_whether_its_configuration_was_recorded()
    {
        await using var cluster = await TestCluster.SandboxAsync("production");
        var workload = await cluster.TwoReleasesAsync();
        JsonArray patch = [new JsonObject { ["op"] = "add", ["path"] = "/spec/template/spec/containers/0/envFrom", ["value"] = JsonNode.Parse("""[{"configMapRef": {"name": "app"}}, {"secretRef": {"name": "keys"}}]""") }];
        await cluster.Api.JsonPatchAsync(workload.Object, patch, new WriteOptions(), TestContext.Current.CancellationToken);
        await cluster.CompleteAsync(workload, "rental-api:v2");
        await cluster.SetImageAsync(workload, "rental-api:v3");
        await cluster.CompleteAsync(workload, "rental-api:v3");
        await using var service = await OperatorsUnderTest.StartAsync(cluster.Sandbox!.KubeconfigPath);
        var snapshot = (await new WorkloadReader(cluster.Api).ReadAsync(workload, TestContext.Current.CancellationToken)).ShouldNotBeNull();
        var recorded = new WorkloadEvent.ConfigurationSeen(service.ToString()!, snapshot.Digest, new ConfigurationSnapshot([], []), Good: true);
        await service.Chronicle.ChangeAsync(_ => [Entry.Of(snapshot.Uid, recorded)], TestContext.Current.CancellationToken);

        var view = await service.JsonAsync("services/rental-api/revisions");

        view["revisions"]!.AsArray().Select(r => $"{r!["version"]} {r["configuration"]?.ToJsonString() ?? "reads none"}").ShouldBe([
            """v3 {"recorded":true,"good":true,"configMaps":["app"],"secrets":["keys"]}""",
            """v2 {"recorded":false,"good":false,"configMaps":["app"],"secrets":["keys"]}""",
            "v2 reads none",
            "v1 reads none",
        ]);
        var (_, output, _) = await service.RunAsync("revisions", "rental-api");
        output.ShouldContain("; configuration recorded while it was healthy (ConfigMap app, Secret keys by its hash)\n");
        output.ShouldContain("configuration not recorded (ConfigMap app, Secret keys by its hash)\n");
    }

    [Fact]
    public async Task Without_a_cluster_or_a_service_it_is_said_why()
    {
        await using var service = await OperatorsUnderTest.StartAsync();
        (await service.GetAsync("services/nobody/revisions")).Status.ShouldBe(HttpStatusCode.NotFound);
        var (status, text) = await service.GetAsync("services/rental-api/revisions");
        status.ShouldBe(HttpStatusCode.BadGateway);
        text.ShouldContain("the Kubernetes API cannot be read");
    }
}
