using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Tests.Support;

namespace AlertRollback.Tests.Kubernetes;

/// <summary>What a real API server, named by <c>KUBECONFIG</c>, makes of our requests.</summary>
public sealed class KubernetesApiContractTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static KubernetesApi Api()
    {
        var choice = new KubernetesConnection(Need.Cluster()).Connect(TimeProvider.System, () => 0.5);
        return choice.Api.ShouldNotBeNull(choice.Source);
    }

    [Fact]
    public async Task A_patch_of_a_stale_version_conflicts_and_a_dry_run_changes_nothing()
    {
        var api = Api();
        var name = $"kube-contract-{Guid.NewGuid():n}";
        var body = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "ConfigMap", ["metadata"] = new JsonObject { ["name"] = name } };
        var created = await api.CreateAsync(ResourceKind.ConfigMap, "default", body, new WriteOptions(), Cancellation);
        var target = new ObjectRef(ResourceKind.ConfigMap, "default", name);

        await api.MergePatchAsync(target, Data("dry"), new WriteOptions(DryRun: true), Cancellation);
        (await api.GetAsync(target, Cancellation))!.ResourceVersion.ShouldBe(created.ResourceVersion);

        await api.MergePatchAsync(target, Data("wet"), new WriteOptions(), Cancellation);
        JsonArray stale = [new JsonObject { ["op"] = "replace", ["path"] = "/metadata/resourceVersion", ["value"] = created.ResourceVersion },
            new JsonObject { ["op"] = "replace", ["path"] = "/data/a", ["value"] = "stale" }];
        var fault = await Should.ThrowAsync<KubernetesException>(() => api.JsonPatchAsync(target, stale, new WriteOptions(), Cancellation));
        fault.Fault.ShouldBe(KubernetesFault.Conflict);
    }

    [Fact]
    public async Task Evicting_a_pod_that_is_not_there_is_false() =>
        (await Api().EvictAsync("default", "no-such-pod", "no-such-uid", Cancellation)).ShouldBeFalse();

    [Fact]
    public async Task The_server_tells_its_version() => (await Api().ServerVersionAsync(Cancellation)).ShouldStartWith("v1.");

    private static JsonObject Data(string value) => new() { ["data"] = new JsonObject { ["a"] = value } };
}
