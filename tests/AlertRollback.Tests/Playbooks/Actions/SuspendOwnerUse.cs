using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Operators;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Tests.Playbooks.Contract;

namespace AlertRollback.Tests.Playbooks.Actions;

internal sealed class SuspendKustomizationUse : ActionUse
{
    public override Type Action => typeof(SuspendOwnerAction);

    public override bool OnRealCluster => true;

    public override IReadOnlyList<string> Rights => ["owners"];

    public override (string Method, string Path)? KubernetesWrite => ("PATCH", "kustomizations/rental");

    public override async Task<ActionWorld> ArrangeAsync(bool real) =>
        await Owners.ArrangeAsync(real, GitopsOwner.Kustomization, """{"interval": "10m", "path": "./rental", "prune": true}""", ("deploys", "suspended"), """{"spec": {"suspend": null} }""");
}

internal sealed class SuspendApplicationUse : ActionUse
{
    public override Type Action => typeof(SuspendOwnerAction);

    public override string Way => " (Argo CD)";

    public override bool OnRealCluster => true;

    public override IReadOnlyList<string> Rights => ["owners"];

    public override (string Method, string Path)? KubernetesWrite => ("PATCH", "applications/rental");

    public override async Task<ActionWorld> ArrangeAsync(bool real) =>
        await Owners.ArrangeAsync(real, GitopsOwner.Application, Owners.Automated, ("deploys", "suspended"), $$"""{"spec": {{Owners.Automated}} }""");
}

/// <summary>What Flux and Argo CD deploy from. Neither runs here: only what they are told is looked at.</summary>
internal static class Owners
{
    public const string Automated = """{"project": "default", "syncPolicy": {"automated": {"prune": true, "selfHeal": true}, "retry": {"limit": 5} } }""";

    private static readonly ResourceKind Definition = new("apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions", Namespaced: false);

    public static string Address(ResourceKind kind, string @namespace) => $"{kind.Kind.ToLowerInvariant()}/{@namespace}/rental";

    public static OperatorConfiguration Granting(string owner) => Acting.Granting(new TeamGrants { Owners = [owner] });

    public static async Task<ObjectWorld> ArrangeAsync(bool real, ResourceKind kind, string spec, (string, string) states, string byHand)
    {
        var (cluster, workload) = await KubernetesWorld.TwoReleasesAsync(real);
        if (real)
            await DefineAsync(cluster.Api, kind);
        var owner = Address(kind, workload.Namespace);
        var world = new ObjectWorld(cluster, workload, "{}", w => new SuspendOwnerAction(w.Clusters, Granting(owner), TimeProvider.System))
        {
            Settings = $$"""{"owned_by": "{{owner}}"}""",
            States = states,
            Look = async w => new GitopsOwner(new ObjectRef(kind, w.Namespace, "rental")).IsSuspended((await w.GetAsync(kind, "rental"))!) ? "suspended" : "deploys",
            Hand = w => w.PatchAsync(kind, "rental", byHand),
            Refusals = w =>
            [
                (w.Service with { Settings = [] }, Reason.NotFound),
                (w.Service with { Settings = new JsonObject { ["owned_by"] = $"{kind.Kind.ToLowerInvariant()}/elsewhere/rental" } }, Reason.NotGranted),
            ],
        };
        await world.AddAsync(kind, $$"""{"apiVersion": "{{kind.ApiVersion}}", "kind": "{{kind.Kind}}", "metadata": {"name": "rental"}, "spec": {{spec}} }""");
        return world;
    }

    /// <summary>Makes an object of that kind, to which the workload belongs from now on.</summary>
    /// <param name="sign">By which the tool's workloads are known: the group of Flux' labels, or <c>argocd</c>.</param>
    public static async Task<GitopsOwner> OwnAsync(IKubernetesApi api, WorkloadRef workload, string kind, string spec, string sign)
    {
        var owner = GitopsOwner.Parse($"{kind}/{workload.Namespace}/rental")!;
        var made = new JsonObject { ["apiVersion"] = owner.Object.Kind.ApiVersion, ["kind"] = owner.Object.Kind.Kind, ["metadata"] = new JsonObject { ["name"] = "rental" }, ["spec"] = JsonNode.Parse(spec) };
        await api.CreateAsync(owner.Object.Kind, workload.Namespace, made, new WriteOptions(), TestContext.Current.CancellationToken);
        var signs = sign == "argocd"
            ? new JsonObject { ["annotations"] = new JsonObject { ["argocd.argoproj.io/tracking-id"] = "rental:apps/Deployment:shop/rental-api" } }
            : new JsonObject { ["labels"] = new JsonObject { [$"{sign}/name"] = "rental", [$"{sign}/namespace"] = workload.Namespace } };
        await api.MergePatchAsync(workload.Object, new JsonObject { ["metadata"] = signs }, new WriteOptions(), TestContext.Current.CancellationToken);
        return owner;
    }

    /// <summary>Has a real cluster know a kind of Flux or Argo CD.</summary>
    public static async Task DefineAsync(IKubernetesApi api, ResourceKind kind)
    {
        try
        {
            await api.CreateAsync(Definition, "", (JsonObject)JsonNode.Parse(
                $$"""
                {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "{{kind.Plural}}.{{kind.Group}}", "annotations": {"api-approved.kubernetes.io": "unapproved, a test"} },
                 "spec": {"group": "{{kind.Group}}", "scope": "Namespaced", "names": {"kind": "{{kind.Kind}}", "plural": "{{kind.Plural}}", "singular": "{{kind.Kind.ToLowerInvariant()}}"},
                  "versions": [{"name": "{{kind.Version}}", "served": true, "storage": true,
                    "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true} } }] } }
                """)!, new WriteOptions(), TestContext.Current.CancellationToken);
        }
        catch (KubernetesException fault) when (fault.Fault == KubernetesFault.Conflict)
        {
            // Another test was first.
        }

        // Defined is not yet served.
        while (await api.FindKindAsync(kind.ApiVersion, kind.Kind, TestContext.Current.CancellationToken) is null)
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, TestContext.Current.CancellationToken);
    }
}
