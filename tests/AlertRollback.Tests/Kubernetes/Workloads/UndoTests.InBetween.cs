using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;

namespace AlertRollback.Tests.Kubernetes.Workloads;

// What a process remembers from the plan to the write, and what became of the target in between.
public sealed partial class UndoTests
{
    [Fact]
    public async Task What_is_written_is_the_target_of_the_pin_and_not_of_the_plan_that_was_made_last()
    {
        var three = Shop.WithReleases("shop/api:v1", "shop/api:v2", "shop/api:bad3");
        var undo = new Undo(three.Cluster, time);
        var pin = await PinAsync(undo, 2);
        await PinAsync(undo, 1);

        (await undo.ApplyAsync(pin, id, outcomeUnknown: false, () => Task.FromResult(true), Cancellation)).ShouldBeOfType<UndoOutcome.Applied>();
        three.RunningImage.ShouldBe("shop/api:v2");
    }

    [Fact]
    public async Task S3_a_target_that_was_pruned_since_is_not_rebuilt_from_what_was_read_for_the_plan()
    {
        var undo = new Undo(shop.Cluster, time);
        var pin = await PinAsync(undo);
        time.Advance(TimeSpan.FromSeconds(11));
        shop.Cluster.Remove(Shop.ReplicaSetRef(1));

        (await undo.ApplyAsync(pin, id, outcomeUnknown: false, () => Task.FromResult(true), Cancellation)).ShouldBeOfType<UndoOutcome.Refused>().Refusal.ShouldBe(UndoRefusal.TargetPruned);
        shop.Cluster.Patches.ShouldBe(0);
    }

    [Theory]
    [InlineData("of another workload")]
    [InlineData("made anew")]
    public async Task A_target_that_is_kept_by_something_else_by_now_is_refused(string what)
    {
        var pin = await PinAsync();
        shop.Cluster.Change(Shop.ReplicaSetRef(1), o =>
        {
            if (what == "made anew")
                o["metadata"]!["uid"] = "rs-9";
            else
                o["metadata"]!["ownerReferences"]![0]!["uid"] = "other";
        });

        (await ApplyAsync(pin)).ShouldBeOfType<UndoOutcome.Refused>().Refusal.ShouldBe(UndoRefusal.TargetPruned);
        shop.Cluster.Patches.ShouldBe(0);
    }

    [Theory]
    [InlineData(KubernetesFault.Invalid)]
    [InlineData(KubernetesFault.Forbidden)]
    public async Task S2_a_rejection_after_a_lost_answer_does_not_say_that_nothing_was_changed(KubernetesFault fault)
    {
        var pin = await PinAsync();
        shop.Cluster.BeforePatch = n => throw (n == 1
            ? new KubernetesException(KubernetesFault.OutcomeUnknown, "connection reset")
            : new KubernetesException(fault, "denied by policy"));

        (await ApplyAsync(pin)).ShouldBeOfType<UndoOutcome.Unknown>();
    }

    private static async Task<UndoPin> PinAsync(Undo undo, long revision) =>
        (await undo.PinAsync(Shop.Api, new UndoTarget.RevisionNumber(revision), _ => RevisionKnowledge.None, _ => false, id, Cancellation)).ShouldBeOfType<UndoPlan.Pinned>().Pin;
}
