using AlertRollback.Kubernetes;

namespace AlertRollback.Tests.Sandbox.Cluster;

/// <summary>Where the server keeps what is known by its kind alone.</summary>
public sealed class KindsContractTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_kind_is_found_by_its_version_and_name(bool real)
    {
        await using var cluster = await TestCluster.StartAsync(real);
        foreach (var kind in new[]
        {
            ResourceKind.Deployment, ResourceKind.StatefulSet, ResourceKind.DaemonSet, ResourceKind.ReplicaSet, ResourceKind.ControllerRevision, ResourceKind.Pod,
            ResourceKind.Event, ResourceKind.ConfigMap, ResourceKind.Secret, ResourceKind.Service, ResourceKind.Ingress, ResourceKind.NetworkPolicy,
            ResourceKind.Job, ResourceKind.HorizontalPodAutoscaler, ResourceKind.Namespace, ResourceKind.Node,
        })
        {
            (await cluster.Api.FindKindAsync(kind.ApiVersion, kind.Kind, Cancellation)).ShouldBe(kind);
        }
    }

    [Theory]
    [InlineData("v1", "Deployment", false), InlineData("v1", "Deployment", true)]
    [InlineData("v1", "Nonsense", false), InlineData("v1", "Nonsense", true)]
    [InlineData("v7", "Pod", false), InlineData("v7", "Pod", true)]
    [InlineData("example.org/v1", "Thing", false), InlineData("example.org/v1", "Thing", true)]
    public async Task A_kind_that_the_server_has_not_is_null(string apiVersion, string kind, bool real)
    {
        await using var cluster = await TestCluster.StartAsync(real);
        (await cluster.Api.FindKindAsync(apiVersion, kind, Cancellation)).ShouldBeNull();
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task The_newest_version_that_the_server_has_is_taken(bool real)
    {
        await using var cluster = await TestCluster.StartAsync(real);
        var jobs = (await cluster.Api.FirstServedAsync(ServedKinds.CronJobs, Cancellation)).ShouldNotBeNull();
        (await cluster.Api.ListAsync(jobs, cluster.Namespace, null, Cancellation)).ShouldBeEmpty();
        (await cluster.Api.FirstServedAsync(ServedKinds.Ingresses, Cancellation)).ShouldBe(ResourceKind.Ingress);
        (await cluster.Api.FirstServedAsync([new ResourceKind("example.org", "v1", "Thing", "things")], Cancellation)).ShouldBeNull();
    }
}
