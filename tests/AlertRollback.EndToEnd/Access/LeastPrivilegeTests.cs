using AlertRollback.EndToEnd.Support;

namespace AlertRollback.EndToEnd.Access;

/// <summary>The rights that deploy/ grants: enough for the job, and no more.</summary>
public sealed class LeastPrivilegeTests
{
    [Theory]
    [InlineData("deployments", "shop/rental-api:v2-errors")]
    [InlineData("deployments", "shop/rental-api:broken2")]
    [InlineData("statefulsets", "shop/rental-api:bad2")]
    [InlineData("daemonsets", "shop/rental-api:v2-errors")]
    public async Task The_service_account_suffices_for_a_rollback_with_evidence(string collection, string release)
    {
        using var folder = new TemporaryFolder();
        await using var stage = await Stage.StartAsync(collection, release, kubeconfig: async space =>
            folder.Write("kubeconfig", await LeastPrivilege.KubeconfigAsync(space)));

        await stage.AlertAsync();
        var closed = await stage.Service.ClosedAsync(TimeSpan.FromSeconds(90));

        ((string?)closed["outcome"]).ShouldBe("rolled_back");
        (await stage.Workload.ImageAsync()).ShouldBe(Stage.Good);
        (await stage.Workload.RevisionAsync()).ShouldBe(3);
        stage.Service.Output.ShouldNotContain("forbidden", Case.Insensitive);
        var events = JournalFile.Events(stage.Files.Journal);
        events.Single(e => e.Type == "before_step_ended").Data.ShouldNotContain("could not be read");
        (await stage.Service.DetailAsync(closed)).ToJsonString().ShouldNotContain("forbidden");
    }

    [Fact]
    public async Task The_service_account_can_neither_read_Secrets_nor_delete_nor_reach_other_namespaces()
    {
        using var folder = new TemporaryFolder();
        await using var space = await ClusterNamespace.CreateAsync();
        await Workload.CreateAsync(space, "deployments", Stage.Good, replicas: 1);
        var kubeconfig = folder.Write("kubeconfig", await LeastPrivilege.KubeconfigAsync(space));
        var pod = (string)(await space.GetAsync($"api/v1/namespaces/{space.Name}/pods"))["items"]![0]!["metadata"]!["name"]!;

        string[] refused =
        [
            "get secrets", "delete deployment rental-api", $"delete pod {pod}", "delete replicasets --all", "scale deployment rental-api --replicas=0",
            "create configmap x", "create deployment x --image=x", "get serviceaccounts", "get deployments -n default", "get namespaces", "get nodes",
            $"exec {pod} -- true",
        ];
        foreach (var command in refused)
        {
            var (exitCode, output, errors) = await Tool.TryAsync("kubectl", [.. Here(), .. command.Split(' ')]);
            exitCode.ShouldNotBe(0, $"{command}: {output}");
            errors.ShouldContain("orbidden", Case.Sensitive, command);
        }

        await Tool.RunAsync("kubectl", [.. Here(), "get", "deployments,replicasets,pods"]);

        IEnumerable<string> Here() => ["--kubeconfig", kubeconfig, "-n", space.Name];
    }
}
