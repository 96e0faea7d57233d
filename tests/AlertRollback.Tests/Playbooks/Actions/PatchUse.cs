using AlertRollback.Kubernetes;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Tests.Playbooks.Contract;

namespace AlertRollback.Tests.Playbooks.Actions;

internal sealed class PatchUse : ActionUse
{
    public override Type Action => typeof(PatchAction);

    public override bool OnRealCluster => true;

    public override (string Method, string Path)? KubernetesWrite => ("PATCH", "deployments/rental-api");

    public override async Task<ActionWorld> ArrangeAsync(bool real)
    {
        var (cluster, workload) = await KubernetesWorld.TwoReleasesAsync(real);
        const string parameters = """{"strategic": {"spec": {"template": {"spec": {"containers": [{"name": "app", "image": "rental-api:v1.9"}]} } } } }""";
        return new ObjectWorld(cluster, workload, parameters, w => Create(w))
        {
            States = ("rental-api:v2 x2", "rental-api:v1.9 x2"),
            Look = w => w.Cluster.WorldAsync(w.Workload),
            Hand = w => w.Cluster.SetImageAsync(w.Workload, "rental-api:v2"),
        };
    }

    public static PatchAction Create(ObjectWorld world, params string[] kinds) =>
        new(world.Clusters, new GrantedKinds(Acting.Granting(new TeamGrants { Kinds = kinds })), new FakeRevisionLedger(), TimeProvider.System);
}

internal sealed class PatchOtherKindUse : ActionUse
{
    public override Type Action => typeof(PatchAction);

    public override string Way => " (json, another kind)";

    public override bool OnRealCluster => true;

    public override (string Method, string Path)? KubernetesWrite => ("PATCH", "services/rental-api");

    public override IReadOnlyList<string> Rights => ["services"];

    public override async Task<ActionWorld> ArrangeAsync(bool real)
    {
        var (cluster, workload) = await KubernetesWorld.TwoReleasesAsync(real);
        const string parameters = """
            {"kind": "Service", "name": "rental-api", "json": [
              {"op": "replace", "path": "/spec/ports/0/targetPort", "value": 9000}, {"op": "add", "path": "/metadata/labels", "value": {"drained": "yes"} }]}
            """;
        var world = new ObjectWorld(cluster, workload, parameters, w => PatchUse.Create(w))
        {
            States = ("8080 -", "9000 yes"),
            Look = LookAsync,
            Hand = w => w.PatchAsync(ResourceKind.Service, "rental-api", """{"metadata": {"labels": {"drained": "no"} } }"""),
            StateAfterHand = "9000 no",
            Refusals = w =>
            [
                (w.Service with { Workload = null }, Reason.WorkloadNotDeclared),
                (w.Service with { Workload = w.Service.Workload! with { Namespace = "elsewhere" } }, Reason.NotFound),
            ],
        };
        await world.AddAsync(ResourceKind.Service, """{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "rental-api"}, "spec": {"selector": {"app": "rental-api"}, "ports": [{"port": 80, "targetPort": 8080}]} }""");
        return world;
    }

    private static async Task<string> LookAsync(ObjectWorld world)
    {
        var live = (await world.GetAsync(ResourceKind.Service, "rental-api"))!;
        return $"{live.At("spec", "ports")![0]!["targetPort"]} {live.Label("drained") ?? "-"}";
    }
}
