using System.Net;
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
    public async Task Without_a_cluster_or_a_service_it_is_said_why()
    {
        await using var service = await OperatorsUnderTest.StartAsync();
        (await service.GetAsync("services/nobody/revisions")).Status.ShouldBe(HttpStatusCode.NotFound);
        var (status, text) = await service.GetAsync("services/rental-api/revisions");
        status.ShouldBe(HttpStatusCode.BadGateway);
        text.ShouldContain("the Kubernetes API cannot be read");
    }
}
