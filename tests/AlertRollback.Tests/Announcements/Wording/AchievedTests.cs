using System.Text.Json.Nodes;
using AlertRollback.Announcements.Wording;
using AlertRollback.Playbooks;
using AlertRollback.Rollbacks;
using AlertRollback.Rollbacks.Guards;
using AlertRollback.Rollbacks.Running;
using static AlertRollback.Tests.Announcements.Happenings;

namespace AlertRollback.Tests.Announcements.Wording;

/// <summary>No word says more than was done, measured and watched.</summary>
public sealed class AchievedTests
{
    private const string Known = """{"origin": {"uid": "u", "digest": "d", "images": ["shop/api:v2"]} }""";

    [Theory]
    [InlineData("rollout_undo", true, true, "rolled back, verified and stable")]
    [InlineData("set_image", true, true, "rolled back, verified and stable")]
    [InlineData("flag", false, true, "carried out, verified and stable")]
    [InlineData("notify", false, false, "looked, verified and stable")]
    public void Only_a_release_that_was_undone_is_called_rolled_back(string action, bool hasSuspect, bool changes, string said)
    {
        var state = Good(Step(action, hasSuspect, changes));
        Headline.Text(state).ShouldBe(said);
        if (!hasSuspect)
            (Advice.For(state) + Headline.Text(state)).ShouldNotContain("rolled back");
    }

    [Theory]
    // action | its pin | spared in a storm | said
    [InlineData("rollout_undo", "{}", false, true)]
    [InlineData("rollout_undo", "{}", true, false)]
    [InlineData("container", "{}", false, true)]
    [InlineData("helm_rollback", Known, false, true)]
    [InlineData("helm_rollback", "{}", false, false)]
    [InlineData("set_image", Known, false, true)]
    [InlineData("set_image", Known, true, false)]
    [InlineData("set_image", "{}", false, false)]
    [InlineData("patch", Known, false, true)]
    [InlineData("patch", "{}", false, false)]
    [InlineData("git_revert", "{}", false, false)]
    [InlineData("files", """{"origin": "a tree's digest"}""", false, false)]
    public void Quarantine_is_said_only_of_what_is_in_it(string action, string pin, bool withheld, bool quarantined)
    {
        IEnumerable<RollbackEvent> marked = withheld ? [new RollbackEvent.StepMarked("kubernetes/0", "not_quarantined", [], "5 services fire at once")] : [];
        Advice.For(Good(Step(action, true, true) with { Pin = (JsonObject)JsonNode.Parse(pin)! }, between: marked)).Contains(": it is in quarantine", StringComparison.Ordinal).ShouldBe(quarantined);
        Advice.For(Good(Step("flag", false, true))).ShouldBe("Look for the cause: no release was undone.");
        Advice.For(Good(Step("notify", false, false))).ShouldBe("Look for the cause: nothing was changed.");
    }

    [Fact]
    public void What_was_watched_for_no_time_is_not_called_stable()
    {
        var state = Good(Step("rollout_undo", true, true), TimeSpan.Zero);
        Headline.Text(state).ShouldBe("rolled back and verified");
        MessageTests.Shown(state).ShouldContain("*Did it work?* Yes, measured; it was not watched afterwards.");
        TimelineLine.For(new TimelineEntry(1, Noon, new RollbackEvent.StabilisationStarted(Noon))).ShouldBeNull();
    }

    [Fact]
    public async Task A_watch_of_no_length_that_began_between_two_milliseconds_is_none()
    {
        await using var world = await AnnouncementWorld.StartAsync(Proposed());
        world.Time.Advance(TimeSpan.FromTicks(6722));
        await world.HappensAsync(new RollbackEvent.StabilisationStarted(world.Time.GetUtcNow()));

        TimelineLine.For(world.Chronicle.Book.Rollbacks[Id].Timeline[^1]).ShouldBeNull();
    }

    [Fact]
    public void What_was_asked_as_a_step_is_not_called_nothing_measured()
    {
        var proposed = Proposed();
        RollbackEvent[] asking =
        [
            proposed with { Playbook = proposed.Playbook with { Verify = [], Stabilise = TimeSpan.Zero } },
            new RollbackEvent.PlanMade(Plan.Of(0, "kubernetes", [Step("check", false, false) with { From = "", To = "ask promql", Diff = [] }])),
            .. UntilActing().Skip(UntilPlanned().Count()),
        ];
        Headline.For(Fold(asking)).ShouldBe("⏪ rental-api: looking");

        RollbackEvent[] asked = [.. asking, new RollbackEvent.StepEnded("kubernetes/0", "check", StepResult.Done, Reason.Applied, "up: 1")];
        var verified = new NextMove(new PureGuards(AnnouncementWorld.Operators, _ => false), () => new Attendance(Noon, null)).For(Fold(asked), Book.Empty, Noon).ShouldBeOfType<Move.Record>().Events;
        verified.OfType<RollbackEvent.Verified>().Single().Text.ShouldBe("its checks were asked as steps, and nothing afterwards");

        var ended = Fold([.. asked, .. verified, Resolved(), Closed(Outcome.RolledBack, Reason.Applied, "looked")]);
        Headline.For(ended).ShouldBe("☑️ rental-api: looked");
        var shown = MessageTests.Shown(ended);
        shown.ShouldContain("check: `ask promql` — up: 1");
        shown.ShouldContain("*Did it work?* Its checks were asked as steps, see above; nothing was asked afterwards.");
        shown.ShouldNotContain("nothing was measured", Case.Insensitive);
    }

    [Fact]
    public void What_changes_something_and_undoes_no_release_is_called_by_its_playbook_while_it_runs() => Headline.Text(Fold(
        [Proposed(), new RollbackEvent.PlanMade(Plan.Of(0, "kubernetes", [Step("flag", false, true)])), .. UntilActing().Skip(UntilPlanned().Count())]))
        .ShouldBe("playbook undo is being carried out");

    [Fact]
    public void While_the_alert_fires_nothing_is_green_and_it_is_said_when_it_is_judged_again()
    {
        var state = Fold([.. UntilStabilising(), Closed(Outcome.RolledBack, Reason.Applied, "undone, verified and stable")]);
        Headline.For(state).ShouldBe("🟡 rental-api: rolled back and verified, the alert still fires");
        Advice.For(state).ShouldStartWith($"Watch the alert, it still fires: it is judged again at {state.HoldUntil:HH:mm} UTC. Find out");
        MessageTests.Shown(state).ShouldContain("*Did it work?* Its checks passed. The alert still fires.");
    }

    [Fact]
    public void What_the_last_look_measured_stands_in_place_of_what_was_measured_before()
    {
        var last = new RollbackEvent.StabilityAnswered(Verdict.Fail, [new CheckResult(Verdict.Fail, "error rate", "4.1 %", "below 0.1 %")], "error rate: 4.1 %");
        var shown = MessageTests.Shown(Fold([.. UntilStabilising(), last, .. BadEnd(Outcome.Failed, Reason.CheckFailed, "not healthy any more at the end of stabilisation: error rate: 4.1 %")]));
        shown.ShouldContain("✗ error rate: 4.1 % (expected below 0.1 %)");
        shown.ShouldNotContain("0.02 %");
    }

    [Theory]
    [InlineData("scale", true, "Nothing, if this is what was wanted: scale (revision 7 (rental:2.0) → revision 6 (rental:1.9)). It stays so until somebody changes it.")]
    [InlineData("notify", false, "Nothing.")]
    public void Whoever_started_what_undoes_nothing_is_sent_after_no_cause(string action, bool changes, string advice) => Advice.For(Fold(
        [ByAlice(), new RollbackEvent.PlanMade(Plan.Of(0, "kubernetes", [Step(action, false, changes)])), .. UntilRolledBack().Skip(UntilPlanned().Count())]))
        .ShouldBe(advice);

    private static PlannedStep Step(string action, bool hasSuspect, bool changes) =>
        PlanMade().Plan.Steps[0] with { Action = action, HasSuspect = hasSuspect, ChangesProduction = changes };

    private static RollbackState Good(PlannedStep step, TimeSpan? stabilise = null, IEnumerable<RollbackEvent>? between = null)
    {
        var proposed = Proposed();
        return Fold(
        [
            proposed with { Playbook = proposed.Playbook with { Stabilise = stabilise ?? proposed.Playbook.Stabilise } },
            new RollbackEvent.PlanMade(Plan.Of(0, "kubernetes", [step])),
            .. UntilActing().Skip(UntilPlanned().Count()),
            .. between ?? [],
            .. UntilRolledBack().Skip(UntilActing().Count()),
        ]);
    }
}
