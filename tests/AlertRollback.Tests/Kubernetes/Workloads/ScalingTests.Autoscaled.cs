using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;

namespace AlertRollback.Tests.Kubernetes.Workloads;

// Whose autoscaler it is, and what it may have set.
public sealed partial class ScalingTests
{
    [Fact]
    public async Task S7_what_was_stopped_when_it_was_planned_was_started_by_somebody_and_not_by_its_autoscaler()
    {
        shop.Cluster.Change(Shop.Api.Object, o => o["spec"]!["replicas"] = 0);
        Autoscale(2, 10);
        var pin = await PinAsync(6);
        shop.Cluster.Change(Shop.Api.Object, o => o["spec"]!["replicas"] = 4);

        (await Scaling.ApplyAsync(pin, mark, Cancellation)).ShouldBeOfType<ScaleOutcome.Superseded>("0 disables it");
        Replicas.ShouldBe(4);
    }

    [Theory]
    [InlineData("StatefulSet", "api")]
    [InlineData("Deployment", "web")]
    public async Task An_autoscaler_of_something_else_has_no_say(string kind, string name)
    {
        Autoscale(2, 10);
        shop.Cluster.Change(new ObjectRef(ResourceKind.HorizontalPodAutoscaler, "shop", "api"), o => o["spec"]!["scaleTargetRef"] = new JsonObject { ["kind"] = kind, ["name"] = name });

        var pin = await PinAsync(1);
        (pin.Autoscaler, pin.Warnings.Count).ShouldBe((null, 0));
    }

    [Fact]
    public async Task That_it_could_not_be_seen_whether_there_is_an_autoscaler_is_said()
    {
        shop.Cluster.BeforeRead = path =>
        {
            if (path.Contains("horizontalpodautoscalers", StringComparison.Ordinal))
                throw new KubernetesException(KubernetesFault.Forbidden, "no");
        };

        (await PinAsync(1)).Warnings.ShouldBe(["It could not be seen whether an autoscaler targets it."]);
    }
}
