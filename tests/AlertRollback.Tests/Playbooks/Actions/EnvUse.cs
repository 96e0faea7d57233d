using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Tests.Playbooks.Contract;

namespace AlertRollback.Tests.Playbooks.Actions;

internal sealed class EnvUse : ActionUse
{
    private const string Before = """[{"name":"A","value":"1"},{"name":"OLD","value":"gone"},{"name":"THRESHOLD","value":"50"},{"name":"Z","value":"9"}]""";
    private const string After = """[{"name":"A","value":"1"},{"name":"THRESHOLD","value":"5"},{"name":"Z","value":"9"},{"name":"ENABLED","value":"true"}]""";

    public override Type Action => typeof(EnvAction);

    public override bool OnRealCluster => true;

    public override (string Method, string Path)? KubernetesWrite => ("PATCH", "deployments/rental-api");

    public override async Task<ActionWorld> ArrangeAsync(bool real)
    {
        var (cluster, workload) = await KubernetesWorld.TwoReleasesAsync(real);
        var world = new ObjectWorld(cluster, workload, """{"set": {"ENABLED": true, "THRESHOLD": 5}, "remove": ["OLD"]}""", w => new EnvAction(w.Clusters, TimeProvider.System))
        {
            States = (Before, After),
            Look = async w => EnvOf(await w.LiveAsync()).ToJsonString(),
            Hand = w => SetAsync(w, Before),
        };
        await SetAsync(world, Before);
        await world.Cluster.SetImageAsync(workload, "rental-api:v3");
        await world.Cluster.CompleteAsync(workload, "rental-api:v3");
        cluster.Forget();
        return world;
    }

    private static JsonArray EnvOf(KubernetesObject live) => (JsonArray)live.At("spec", "template", "spec", "containers")![0]!["env"]!;

    private static Task<KubernetesObject> SetAsync(ObjectWorld world, string env) => world.Api.JsonPatchAsync(
        world.Workload.Object,
        [new JsonObject { ["op"] = "add", ["path"] = "/spec/template/spec/containers/0/env", ["value"] = JsonNode.Parse(env) }],
        new WriteOptions(),
        TestContext.Current.CancellationToken);
}
