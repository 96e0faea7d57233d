using AlertRollback.Kubernetes;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Playbooks.Manifests;
using AlertRollback.Tests.Playbooks.Contract;

namespace AlertRollback.Tests.Playbooks.Actions;

internal sealed class ApplyUse : ActionUse
{
    public override Type Action => typeof(ApplyAction);

    public override bool OnRealCluster => true;

    // Not the dry run right before it.
    public override (string Method, string Path)? KubernetesWrite => ("PATCH", @"configmaps/feature-flags\?fieldManager=\w+&force=true");

    public override IReadOnlyList<string> Rights => ["config-maps"];

    public override async Task<ActionWorld> ArrangeAsync(bool real)
    {
        var (cluster, workload) = await KubernetesWorld.TwoReleasesAsync(real);
        const string parameters = """{"force": true, "manifest": {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "feature-flags"}, "data": {"MODULE": "false", "NEW": "1"} } }""";
        var world = new ObjectWorld(cluster, workload, parameters, w => Create(w))
        {
            States = ("KEPT=x MODULE=true", "KEPT=x MODULE=false NEW=1"),
            Look = ConfigMapUse.LookAsync,
            Hand = w => w.PatchAsync(ResourceKind.ConfigMap, "feature-flags", """{"data": {"MODULE": "true", "NEW": null} }"""),
            Refusals = ObjectWorld.WithoutWorkload,
        };
        await world.AddAsync(ResourceKind.ConfigMap, """{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "feature-flags"}, "data": {"MODULE": "true", "KEPT": "x"} }""");
        return world;
    }

    /// <param name="api">Between the action and the cluster; null: nothing.</param>
    public static ApplyAction Create(ObjectWorld world, TeamGrants? grants = null, IKubernetesApi? api = null) => new(
        api is null ? world.Clusters : new Clusters(api), new GrantedKinds(Acting.Granting(grants ?? new TeamGrants())),
        new SecretManifests(Acting.Granting(grants ?? new TeamGrants()), new FakeConfigurationLedger(), TimeProvider.System), TimeProvider.System);
}

internal sealed class ApplyCreationUse : ActionUse
{
    public override Type Action => typeof(ApplyAction);

    public override string Way => " (create)";

    public override bool OnRealCluster => true;

    public override (string Method, string Path)? KubernetesWrite => ("PATCH", "configmaps/feature-flags");

    public override IReadOnlyList<string> Rights => ["config-maps"];

    public override async Task<ActionWorld> ArrangeAsync(bool real)
    {
        var (cluster, workload) = await KubernetesWorld.TwoReleasesAsync(real);

        const string parameters = """{"file": [{"file": "two.yml", "text": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: feature-flags}\ndata: {READ_ONLY: 'true'}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: chaos}\ndata: {LOSS: '0.5'}\n"}]}""";
        return new ObjectWorld(cluster, workload, parameters, w => ApplyUse.Create(w))
        {
            States = ("none, none", "READ_ONLY=true, 0.5"),
            Look = LookAsync,
            Hand = async w =>
            {
                await w.PatchAsync(ResourceKind.ConfigMap, "feature-flags", """{"data": {"READ_ONLY": "false"} }""");
                await w.PatchAsync(ResourceKind.ConfigMap, "chaos", """{"data": {"LOSS": "0"} }""");
            },
            StateAfterHand = "READ_ONLY=false, 0",
            WritesToApply = 2,
            Refusals = ObjectWorld.WithoutWorkload,
        };
    }

    private static async Task<string> LookAsync(ObjectWorld world) =>
        $"{await ConfigMapUse.LookAsync(world)}, {(await world.GetAsync(ResourceKind.ConfigMap, "chaos"))?.Text("data", "LOSS") ?? "none"}";
}
