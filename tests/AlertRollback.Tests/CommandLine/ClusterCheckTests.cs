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
    public async Task S5_S6_all_that_an_undo_would_be_refused_for_is_told_at_once()
    {
        await using var cluster = await SandboxCluster.StartAsync();
        await DeployAsync(cluster, 1, workload =>
        {
            workload["metadata"]!["annotations"] = new JsonObject { ["argocd.argoproj.io/tracking-id"] = "rental:apps/Deployment:production/rental-api" };
            workload["spec"]!["paused"] = true;
        });

        var (_, output) = await CheckAsync(cluster, Matrices.Rental);

        output.ShouldContain("""
            warning: rental-api: deployment/production/rental-api belongs to Argo CD application rental, which would undo the undo: an undo will be refused
            warning: rental-api: deployment/production/rental-api is paused: an undo will be refused
            warning: rental-api: deployment/production/rental-api keeps only 1 old revisions (revisionHistoryLimit); keep at least 3, or there may be nothing to go back to
            rental-api: deployment/production/rental-api runs rental-api:v1, 0 revisions are kept

            """);
    }

    [Fact]
    public async Task S6_what_belongs_to_the_owner_that_its_service_names_is_not_warned_of_and_its_absence_is()
    {
        await using var cluster = await SandboxCluster.StartAsync();
        await DeployAsync(cluster, 10, workload => workload["metadata"]!["annotations"] = new JsonObject { ["argocd.argoproj.io/tracking-id"] = "rental:apps/Deployment:production/rental-api" });

        var (_, output) = await CheckAsync(cluster, Matrices.Replaced("- rollout_undo:", "- suspend_owner\n      - rollout_undo:").Replace("    slack:", "    owned_by: application/argocd/rental\n    slack:", StringComparison.Ordinal));

        output.ShouldNotContain("an undo will be refused");
        output.ShouldContain("warning: rental-api: application/argocd/rental does not exist: ");
    }

    [Theory]
    [InlineData("""{"type": "OnDelete"}""", "replaces its pods only when somebody deletes them (updateStrategy OnDelete)")]
    [InlineData("""{"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}""", "keeps pods below 2 at their revision (partition)")]
    public async Task S5_a_StatefulSet_that_would_not_be_rolled_back_is_told(string strategy, string why)
    {
        await using var cluster = await SandboxCluster.StartAsync();
        await DeployAsync(cluster, 10, workload =>
        {
            workload["kind"] = "StatefulSet";
            workload["spec"]!["serviceName"] = "rental-api";
            workload["spec"]!["updateStrategy"] = JsonNode.Parse(strategy);
        });

        var (_, output) = await CheckAsync(cluster, Matrices.Replaced("deployment: production", "statefulset: production"));

        output.ShouldContain($"\nwarning: rental-api: statefulset/production/rental-api {why}: an undo will be refused\n");
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

    internal static Task<(int Exit, string Output)> CheckAsync(SandboxCluster cluster, string matrix, string? user = null) => CheckAsync(cluster.KubeconfigPath, matrix, user);

    internal static async Task<(int Exit, string Output)> CheckAsync(string kubeconfig, string matrix, string? user, string? operators = null)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("matrix.yml", matrix);
        using var output = new StringWriter();
        var root = new RootCommand { CheckCommand.Create(OfflineCatalog.Create, TimeProvider.System) };
        string[] with = [.. user is null ? Array.Empty<string>() : ["--as", user], .. operators is null ? Array.Empty<string>() : ["--operator", folder.Write("operator.yml", operators)]];
        var exit = await root.Parse(["check", path, "--kubeconfig", kubeconfig, .. with])
            .InvokeAsync(new InvocationConfiguration { Output = output, Error = output }, TestContext.Current.CancellationToken);
        return (exit, output.ToString());
    }

    internal static KubernetesApi ApiOf(SandboxCluster cluster) => new KubernetesConnection(cluster.KubeconfigPath).Connect(TimeProvider.System, () => 0.5).Api!;

    internal static async Task DeployAsync(SandboxCluster cluster, int kept, Action<JsonObject>? change = null)
    {
        var api = ApiOf(cluster);
        var labels = new JsonObject { ["app"] = "rental-api" };
        await api.CreateAsync(
            ResourceKind.Namespace, "", new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Namespace", ["metadata"] = new JsonObject { ["name"] = "production" } },
            new WriteOptions(), TestContext.Current.CancellationToken);
        var workload = new JsonObject
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
        };
        change?.Invoke(workload);
        var kind = workload["kind"]!.ToString() == "StatefulSet" ? ResourceKind.StatefulSet : ResourceKind.Deployment;
        await api.CreateAsync(kind, "production", workload, new WriteOptions(), TestContext.Current.CancellationToken);
    }
}
