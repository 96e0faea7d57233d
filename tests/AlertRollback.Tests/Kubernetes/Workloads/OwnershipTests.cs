using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;

namespace AlertRollback.Tests.Kubernetes.Workloads;

public sealed class OwnershipTests
{
    [Theory]
    [InlineData("""{}""", null)]
    [InlineData("""{"annotations": {"argocd.argoproj.io/tracking-id": "rental:apps/Deployment:shop/api"}}""", "Argo CD application rental")]
    [InlineData("""{"labels": {"argocd.argoproj.io/instance": "rental"}}""", "Argo CD application rental")]
    [InlineData("""{"labels": {"app.kubernetes.io/instance": "rental"}}""", null)]
    [InlineData("""{"labels": {"app.kubernetes.io/instance": "rental"}, "managedFields": [{"manager": "argocd-controller", "operation": "Update", "fieldsV1": {"f:spec": {"f:template": {}}}}]}""", "Argo CD application rental")]
    [InlineData("""{"managedFields": [{"manager": "argocd-controller", "operation": "Update", "fieldsV1": {"f:spec": {"f:template": {}}}}]}""", "Argo CD application unknown")]
    [InlineData("""{"labels": {"app.kubernetes.io/instance": "rental"}, "managedFields": [{"manager": "argocd-controller", "operation": "Update", "fieldsV1": {"f:metadata": {}}}]}""", null)]
    [InlineData("""{"labels": {"kustomize.toolkit.fluxcd.io/name": "apps"}}""", "Flux Kustomization apps")]
    [InlineData("""{"labels": {"helm.toolkit.fluxcd.io/name": "apps"}}""", "Flux HelmRelease apps")]
    [InlineData("""{"ownerReferences": [{"controller": true, "kind": "Rollout", "name": "api", "uid": "x"}]}""", "Rollout api")]
    [InlineData("""{"ownerReferences": [{"kind": "Secret", "name": "api", "uid": "x"}]}""", null)]
    [InlineData("""{"labels": {"app.kubernetes.io/managed-by": "Helm"}}""", null)]
    public void An_owner_is_named(string metadata, string? owner) => Of(metadata).Owner.ShouldBe(owner);

    [Theory]
    [InlineData("""{"labels": {"helm.toolkit.fluxcd.io/name": "apps"}}""", "Flux HelmRelease apps")]
    [InlineData("""{"ownerReferences": [{"controller": true, "kind": "Prometheus", "name": "k8s", "uid": "x"}]}""", null)]
    public void What_a_controller_made_is_deployed_by_no_other_tool_for_that(string metadata, string? deployer) => Of(metadata).Deployer.ShouldBe(deployer);

    [Theory]
    [InlineData("""{"annotations": {"meta.helm.sh/release-name": "rental"}}""", "Helm release rental")]
    [InlineData("""{"managedFields": [{"manager": "ci", "operation": "Apply", "fieldsV1": {"f:spec": {"f:template": {}}}}]}""", "server-side apply by ci")]
    public void Other_tools_are_warned_of(string metadata, string warning) => Of(metadata).Warnings.ShouldHaveSingleItem().ShouldContain(warning);

    [Theory]
    [InlineData("""{"managedFields": [{"manager": "ci", "operation": "Update", "fieldsV1": {"f:spec": {"f:template": {}}}}]}""")]
    [InlineData("""{"managedFields": [{"manager": "ci", "operation": "Apply", "fieldsV1": {"f:spec": {"f:replicas": {}}}}]}""")]
    public void Managers_that_do_not_conflict_are_not(string metadata) => Of(metadata).Warnings.ShouldBeEmpty();

    private static Ownership Of(string metadata) =>
        Ownership.Of(new KubernetesObject(new JsonObject { ["metadata"] = JsonNode.Parse(metadata) }));
}
