using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.Kubernetes.Workloads;

public sealed partial class ScalingTests
{
    private const string mark = "rb-1/scale";
    private readonly Shop shop = Shop.WithReleases("v1");

    private Scaling Scaling => new(shop.Cluster, new FakeTimeProvider());

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private long? Replicas => shop.Live.Number("spec", "replicas");

    [Fact]
    public async Task Replicas_are_set_once_and_put_back()
    {
        var pin = await PinAsync(6);

        (await Scaling.ApplyAsync(pin, mark, Cancellation)).ShouldBeOfType<ScaleOutcome.Applied>();
        (await Scaling.ApplyAsync(pin, mark, Cancellation)).ShouldBeOfType<ScaleOutcome.AlreadyThere>();
        Replicas.ShouldBe(6);
        (await Scaling.RestoreAsync(pin, mark, Cancellation)).ShouldBeOfType<ScaleOutcome.Applied>();
        (await Scaling.RestoreAsync(pin, mark, Cancellation)).ShouldBeOfType<ScaleOutcome.AlreadyThere>();
        Replicas.ShouldBe(2);
        shop.Live.Annotation("alertrollback.io/scale").ShouldBeNull();
        shop.Cluster.Patches.ShouldBe(2);
    }

    [Fact]
    public async Task Somebody_elses_replicas_stay()
    {
        var pin = await PinAsync(6);
        await Scaling.ApplyAsync(pin, mark, Cancellation);
        shop.Cluster.Change(Shop.Api.Object, o => o["spec"]!["replicas"] = 9);

        (await Scaling.RestoreAsync(pin, mark, Cancellation)).ShouldBeOfType<ScaleOutcome.Superseded>();
        (await Scaling.ApplyAsync(pin, mark, Cancellation)).ShouldBeOfType<ScaleOutcome.Superseded>();
        Replicas.ShouldBe(9);
    }

    [Fact]
    public async Task Replicas_put_back_by_hand_while_we_were_dead_stay()
    {
        var pin = await PinAsync(6);
        await Scaling.ApplyAsync(pin, mark, Cancellation);
        shop.Cluster.Change(Shop.Api.Object, o => o["spec"]!["replicas"] = 2);

        (await Scaling.ApplyAsync(pin, mark, Cancellation)).ShouldBeOfType<ScaleOutcome.Superseded>();
    }

    [Fact]
    public async Task The_same_number_from_somebody_else_is_not_restored()
    {
        var pin = await PinAsync(6);
        shop.Cluster.Change(Shop.Api.Object, o => o["spec"]!["replicas"] = 6);

        (await Scaling.RestoreAsync(pin, mark, Cancellation)).ShouldBeOfType<ScaleOutcome.Superseded>();
    }

    [Fact]
    public async Task A_lost_answer_is_read_back()
    {
        var pin = await PinAsync(6);
        shop.Cluster.AfterPatch = _ => throw new KubernetesException(KubernetesFault.OutcomeUnknown, "reset");

        (await Scaling.ApplyAsync(pin, mark, Cancellation)).ShouldBeOfType<ScaleOutcome.AlreadyThere>();
        shop.Cluster.Patches.ShouldBe(1);
    }

    [Theory]
    [InlineData(KubernetesFault.Unavailable)]
    [InlineData(KubernetesFault.Forbidden)]
    public async Task S2_a_write_whose_answer_was_lost_is_not_called_undone_where_it_cannot_be_read_back(KubernetesFault fault)
    {
        var pin = await PinAsync(6);
        shop.Cluster.AfterPatch = _ =>
        {
            shop.Cluster.BeforeRead = _ => throw new KubernetesException(fault, "away");
            throw new KubernetesException(KubernetesFault.OutcomeUnknown, "reset");
        };

        (await Scaling.ApplyAsync(pin, mark, Cancellation)).ShouldBe(new ScaleOutcome.Unknown("away"));
        Replicas.ShouldBe(6);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_workload_that_was_made_again_is_neither_scaled_nor_put_back(bool scaled)
    {
        var pin = await PinAsync(6);
        if (scaled)
            await Scaling.ApplyAsync(pin, mark, Cancellation);
        shop.Cluster.Change(Shop.Api.Object, o => o["metadata"]!["uid"] = "another");
        var (before, patches) = (Replicas, shop.Cluster.Patches);

        (scaled ? await Scaling.RestoreAsync(pin, mark, Cancellation) : await Scaling.ApplyAsync(pin, mark, Cancellation))
            .ShouldBeOfType<ScaleOutcome.Superseded>().Text.ShouldContain("created again");
        (Replicas, shop.Cluster.Patches).ShouldBe((before, patches));
    }

    [Theory]
    [InlineData(1, "BelowAutoscalerMinimum")]
    [InlineData(3, "Autoscaler api may set another number at any time; where 3 has to last, raise its minReplicas first.")]
    [InlineData(0, "0 replicas disable autoscaler api until somebody scales up again.")]
    [InlineData(11, "Autoscaler api allows at most 10 and will scale down again.")]
    public async Task An_autoscaler_is_respected(long to, string answer)
    {
        Autoscale(2, 10);

        (await Scaling.PinAsync(Shop.Api, to, Cancellation) switch
        {
            ScalePlan.Refused refused => refused.Refusal.ToString(),
            ScalePlan.Pinned pinned => string.Join(' ', pinned.Pin.Warnings),
            _ => "?",
        }).ShouldBe(answer);
    }

    [Fact]
    public async Task Nothing_is_warned_of_where_an_autoscaler_has_no_choice()
    {
        Autoscale(3, 3);

        (await PinAsync(3)).Warnings.ShouldBeEmpty();
    }

    [Theory]
    // set by then | how applying it again ends | how restoring it ends
    [InlineData(7, typeof(ScaleOutcome.LeftToAutoscaler), typeof(ScaleOutcome.LeftToAutoscaler))]
    [InlineData(2, typeof(ScaleOutcome.LeftToAutoscaler), typeof(ScaleOutcome.AlreadyThere))]
    [InlineData(10, typeof(ScaleOutcome.LeftToAutoscaler), typeof(ScaleOutcome.LeftToAutoscaler))]
    [InlineData(11, typeof(ScaleOutcome.Superseded), typeof(ScaleOutcome.Superseded))]
    [InlineData(1, typeof(ScaleOutcome.Superseded), typeof(ScaleOutcome.Superseded))]
    [InlineData(0, typeof(ScaleOutcome.Superseded), typeof(ScaleOutcome.Superseded))]
    public async Task S7_what_an_autoscaler_sets_within_its_limits_is_nobody_elses(int set, Type again, Type back)
    {
        Autoscale(2, 10);
        var pin = await PinAsync(6);
        await Scaling.ApplyAsync(pin, mark, Cancellation);
        shop.Cluster.Change(Shop.Api.Object, o => o["spec"]!["replicas"] = set);

        (await Scaling.ApplyAsync(pin, mark, Cancellation)).ShouldBeOfType(again);
        (await Scaling.RestoreAsync(pin, mark, Cancellation)).ShouldBeOfType(back);
        (Replicas, shop.Cluster.Patches).ShouldBe((set, 1));
    }

    [Theory]
    // to | set by then | is it done
    [InlineData(6, 4, true)]
    [InlineData(6, 8, false)]
    [InlineData(6, 1, false)]
    [InlineData(0, 5, true)]
    [InlineData(0, 12, false)]
    public async Task S7_an_autoscaler_that_was_at_work_since_the_plan_does_not_stop_it_unless_the_way_turned(int to, int set, bool done)
    {
        Autoscale(2, 10);
        var pin = await PinAsync(to);
        shop.Cluster.Change(Shop.Api.Object, o => o["spec"]!["replicas"] = set);

        (await Scaling.ApplyAsync(pin, mark, Cancellation)).ShouldBeOfType(done ? typeof(ScaleOutcome.Applied) : typeof(ScaleOutcome.Superseded));
        Replicas.ShouldBe(done ? to : set);
    }

    [Fact]
    public async Task S7_what_was_stopped_stays_so_whatever_its_autoscaler_may_do()
    {
        Autoscale(2, 10);
        var down = await PinAsync(0);
        await Scaling.ApplyAsync(down, mark, Cancellation);
        shop.Cluster.Change(Shop.Api.Object, o => o["spec"]!["replicas"] = 5);

        (await Scaling.ApplyAsync(down, mark, Cancellation)).ShouldBeOfType<ScaleOutcome.Superseded>("0 disables it: somebody started it");
        (await Scaling.RestoreAsync(down with { From = 0, To = 4 }, mark, Cancellation)).ShouldBeOfType<ScaleOutcome.Superseded>("it has to be at 0 again");
    }

    private void Autoscale(long least, long most) => shop.Cluster.Put(ResourceKind.HorizontalPodAutoscaler, $$$"""
        {"metadata": {"name": "api", "namespace": "shop", "uid": "h"}, "spec": {"scaleTargetRef": {"kind": "Deployment", "name": "api"}, "minReplicas": {{{least}}}, "maxReplicas": {{{most}}} } }
        """);

    [Theory]
    [InlineData("", false)]
    [InlineData("autoscaling.keda.sh/paused-replicas=0", true)]
    [InlineData("autoscaling.keda.sh/paused=true", true)]
    [InlineData("autoscaling.keda.sh/paused=false", false)]
    [InlineData("autoscaling.keda.sh/paused-replicas=2", false)]
    public async Task S7_KEDA_scales_up_from_0_unless_it_is_paused(string annotation, bool lasts)
    {
        MadeByKeda("""{"scaledobject.keda.sh/name": "queue"}""", "[]");
        var (name, value) = annotation.Split('=') is [var n, var v] ? (n, v) : ("note", "");
        shop.Cluster.Put(new ResourceKind("keda.sh", "v1alpha1", "ScaledObject", "scaledobjects"), $$$"""
            {"metadata": {"name": "queue", "namespace": "shop", "uid": "s", "annotations": {"{{{name}}}": "{{{value}}}"} } }
            """);

        var plan = await Scaling.PinAsync(Shop.Api, 0, Cancellation);
        if (lasts)
            plan.ShouldBeOfType<ScalePlan.Pinned>();
        else
            plan.ShouldBe(new ScalePlan.Refused(ScaleRefusal.BelowAutoscalerMinimum, "KEDA's ScaledObject queue would scale it up again: pause it first (autoscaling.keda.sh/paused-replicas: \"0\")"));
        (await Scaling.PinAsync(Shop.Api, 3, Cancellation)).ShouldBeOfType<ScalePlan.Pinned>();
    }

    [Fact]
    public async Task S7_a_pause_of_KEDA_that_may_not_be_read_is_none()
    {
        MadeByKeda("{}", """[{"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "name": "queue", "uid": "s", "controller": true}]""");
        shop.Cluster.BeforeRead = path =>
        {
            if (path.Contains("scaledobjects", StringComparison.Ordinal))
                throw new KubernetesException(KubernetesFault.Forbidden, "no");
        };

        (await Scaling.PinAsync(Shop.Api, 0, Cancellation)).ShouldBeOfType<ScalePlan.Refused>().Text.ShouldEndWith("; whether it is paused may not be read");
    }

    private void MadeByKeda(string labels, string owners) => shop.Cluster.Put(ResourceKind.HorizontalPodAutoscaler, $$$"""
        {"metadata": {"name": "keda-hpa-queue", "namespace": "shop", "uid": "h", "labels": {{{labels}}}, "ownerReferences": {{{owners}}} },
         "spec": {"scaleTargetRef": {"kind": "Deployment", "name": "api"}, "minReplicas": 1, "maxReplicas": 10} }
        """);

    [Fact]
    public async Task A_pin_survives_the_journal()
    {
        var pin = await PinAsync(6);
        var read = ScalePin.FromJson((JsonObject)JsonNode.Parse(pin.ToJson().ToJsonString())!);

        (read with { Warnings = pin.Warnings }).ShouldBe(pin);
    }

    private async Task<ScalePin> PinAsync(long to) =>
        (await Scaling.PinAsync(Shop.Api, to, Cancellation)).ShouldBeOfType<ScalePlan.Pinned>().Pin;
}
