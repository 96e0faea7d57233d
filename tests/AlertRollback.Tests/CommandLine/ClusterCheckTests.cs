using System.CommandLine;
using System.Text.Json.Nodes;
using AlertRollback.CommandLine;
using AlertRollback.Kubernetes;
using AlertRollback.Sandbox.Cluster;
using AlertRollback.Tests.Matrix;

namespace AlertRollback.Tests.CommandLine;

public sealed class ClusterCheckTests
{
    [Theory]
    [InlineData(10, "rental-api: deployment/production/rental-api runs rental-api:v1")]
    [InlineData(2, "warning: rental-api: deployment/production/rental-api keeps only 2 old revisions")]
    [InlineData(null, "warning: rental-api: deployment/production/rental-api does not exist")]
    public async Task Checking_against_a_cluster_says_what_a_rollback_could_not_do_there(int? kept, string line)
    {
        await using var cluster = await SandboxCluster.StartAsync();
        if (kept is { } limit)
            await DeployAsync(cluster, limit);

        var (code, output) = await CheckAsync(cluster, Matrices.Rental);

        output.ShouldContain(line);
        code.ShouldBe(0);
    }

    [Fact]
    public async Task What_runs_in_another_cluster_is_not_looked_for_in_this_one()
    {
        await using var cluster = await SandboxCluster.StartAsync();
        await DeployAsync(cluster, 10);

        var (code, output) = await CheckAsync(cluster, Matrices.Replaced("{deployment: production/rental-api}", "{deployment: production/rental-api, cluster: west}"));

        output.ShouldContain("\nwarning: rental-api: west/deployment/production/rental-api was not looked at: it is in the cluster \"west\"\n");
        output.ShouldNotContain("runs rental-api:v1");
        code.ShouldBe(0);
    }

    private static async Task<(int Exit, string Output)> CheckAsync(SandboxCluster cluster, string matrix)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("matrix.yml", matrix);
        using var output = new StringWriter();
        var root = new RootCommand { CheckCommand.Create(OfflineCatalog.Create) };
        var exit = await root.Parse(["check", path, "--kubeconfig", cluster.KubeconfigPath])
            .InvokeAsync(new InvocationConfiguration { Output = output, Error = output }, TestContext.Current.CancellationToken);
        return (exit, output.ToString());
    }

    private static async Task DeployAsync(SandboxCluster cluster, int kept)
    {
        var api = new KubernetesConnection(cluster.KubeconfigPath).Connect(TimeProvider.System, () => 0.5).Api!;
        var labels = new JsonObject { ["app"] = "rental-api" };
        await api.CreateAsync(
            ResourceKind.Namespace, "", new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Namespace", ["metadata"] = new JsonObject { ["name"] = "production" } },
            new WriteOptions(), TestContext.Current.CancellationToken);
        await api.CreateAsync(ResourceKind.Deployment, "production", new JsonObject
        {
            ["apiVersion"] = "apps/v1",
            ["kind"] = "Deployment",
            ["metadata"] = new JsonObject { ["name"] = "rental-api" },
            ["spec"] = new JsonObject
            {
                ["replicas"] = 1,
                ["revisionHistoryLimit"] = kept,
                ["selector"] = new JsonObject { ["matchLabels"] = labels.DeepClone() },
                ["template"] = new JsonObject
                {
                    ["metadata"] = new JsonObject { ["labels"] = labels },
                    ["spec"] = new JsonObject { ["containers"] = new JsonArray(new JsonObject { ["name"] = "app", ["image"] = "rental-api:v1" }) },
                },
            },
        }, new WriteOptions(), TestContext.Current.CancellationToken);
    }
}
