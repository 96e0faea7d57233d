using System.Text.Json.Nodes;
using AlertRollback.EndToEnd.Support;

namespace AlertRollback.EndToEnd.Access;

/// <summary>S6: a workload that Flux deploys, with the rights that deploy/ grants. Flux does not run here: what it is told is looked at.</summary>
public sealed class OwnedByGitopsTests
{
    private const string Flux = "kustomize.toolkit.fluxcd.io";

    [Fact]
    public async Task S6_what_Flux_deploys_is_suspended_first_then_undone_and_people_are_told_to_resume_it()
    {
        using var folder = new TemporaryFolder();
        await using var stage = await OwnedAsync(folder, "- suspend_owner\n          - scale: 1\n          - rollout_undo: {to: previous}");

        await stage.AlertAsync();
        var closed = await stage.Service.ClosedAsync(TimeSpan.FromSeconds(90));

        ((string?)closed["outcome"]).ShouldBe("rolled_back");
        (await stage.Workload.ImageAsync()).ShouldBe(Stage.Good);
        (await stage.Workload.ReplicasAsync()).ShouldBe(1);
        (await IsSuspendedAsync(stage)).ShouldBeTrue();
        stage.Service.Output.ShouldNotContain("forbidden", Case.Insensitive);
        await stage.People.ToldAsync("What was done", $"Revert the release in git, then resume what was suspended: flux resume kustomization rental -n {stage.Space.Name}");
    }

    [Fact]
    public async Task S6_what_Flux_deploys_and_is_not_suspended_is_left_alone()
    {
        using var folder = new TemporaryFolder();
        await using var stage = await OwnedAsync(folder, "- rollout_undo: {to: previous}");

        await stage.AlertAsync();
        var closed = await stage.Service.ClosedAsync(TimeSpan.FromSeconds(60));

        ((string?)closed["outcome"]).ShouldBe("refused");
        ((string?)closed["reason"]).ShouldBe("owned_by_gitops");
        (await stage.Workload.RevisionAsync()).ShouldBe(2);
        (await IsSuspendedAsync(stage)).ShouldBeFalse();
    }

    private static async Task<bool> IsSuspendedAsync(Stage stage) =>
        (bool?)(await stage.Space.GetAsync($"apis/{Flux}/v1/namespaces/{stage.Space.Name}/kustomizations/rental"))["spec"]!["suspend"] == true;

    private static Task<Stage> OwnedAsync(TemporaryFolder folder, string steps) =>
        Stage.StartAsync(
            "deployments", "shop/rental-api:v2-errors",
            kubeconfig: async space =>
            {
                await DeployedByFluxAsync(space);
                return folder.Write("kubeconfig", await LeastPrivilege.KubeconfigAsync(space));
            },
            edit: matrix => matrix
                .Replace("- rollout_undo: {to: previous}", steps, StringComparison.Ordinal)
                .Replace("    slack:", "    owned_by: kustomization/${namespace}/rental\n    slack:", StringComparison.Ordinal));

    private static async Task DeployedByFluxAsync(ClusterNamespace space)
    {
        await KubectlAsync(space, ["apply", "-f", "-"], $$"""
            {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "kustomizations.{{Flux}}"},
             "spec": {"group": "{{Flux}}", "scope": "Namespaced", "names": {"kind": "Kustomization", "plural": "kustomizations", "singular": "kustomization"},
              "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true} } }] } }
            """);
        await KubectlAsync(space, ["wait", "--for=condition=Established", "--timeout=30s", $"crd/kustomizations.{Flux}"]);
        await space.PostAsync($"apis/{Flux}/v1/namespaces/{space.Name}/kustomizations", new JsonObject
        {
            ["apiVersion"] = $"{Flux}/v1",
            ["kind"] = "Kustomization",
            ["metadata"] = new JsonObject { ["name"] = "rental" },
            ["spec"] = new JsonObject { ["interval"] = "10m", ["path"] = "./rental", ["prune"] = true },
        });
        await KubectlAsync(space, ["label", "deployment", "rental-api", $"{Flux}/name=rental", $"{Flux}/namespace={space.Name}"]);
        await KubectlAsync(space, ["apply", "-f", "-"], (await Tool.RunAsync("kubectl", ["kustomize", "deploy/rights/owners"])).Replace("namespace: alertrollback", $"namespace: {space.Name}", StringComparison.Ordinal));
    }

    private static Task<string> KubectlAsync(ClusterNamespace space, IReadOnlyList<string> arguments, string? input = null) =>
        Tool.RunAsync("kubectl", ["--kubeconfig", space.Kubeconfig, "-n", space.Name, .. arguments], input);
}
