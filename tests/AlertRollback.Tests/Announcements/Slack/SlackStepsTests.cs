using AlertRollback.Announcements.Slack;
using AlertRollback.Announcements.Wording;
using AlertRollback.Matrix;
using AlertRollback.Rollbacks;
using AlertRollback.Tests.Announcements.Wording;
using AlertRollback.Tests.Support.Stubs;
using static AlertRollback.Tests.Announcements.Happenings;

namespace AlertRollback.Tests.Announcements.Slack;

/// <summary>What a message says of the steps is what is there now, not only what was done once.</summary>
public sealed class SlackStepsTests
{
    [Theory]
    [InlineData(StepResult.Done, Reason.Applied, "3 replicas again", "; put back: 3 replicas again\n")]
    [InlineData(StepResult.Failed, Reason.Superseded, "somebody set 5", "; *NOT put back* (superseded): somebody set 5\n")]
    public void What_was_changed_meanwhile_is_said_to_be_put_back_or_not(StepResult result, Reason reason, string text, string said) =>
        MessageTests.Shown(Fold(Meanwhile(new RollbackEvent.StepRestored("kubernetes/meanwhile/0", "scale", result, reason, text))))
            .ShouldContain($"scale: `3 replicas` → `0 replicas` — 0 of 0 pods run{said}");

    [Fact]
    public void For_which_service_a_step_is_stands_before_what_it_changes_and_is_not_said_twice()
    {
        var jobs = Proposed().Service with { Name = "rental-jobs" };
        var scale = new PlannedStep("kubernetes/meanwhile/0", "scale", [], "2 replicas", "0 replicas", [], [], [], null, false, true) { Meanwhile = true, Service = jobs };
        var plan = new RollbackEvent.PlanMade(Plan.Of(0, "kubernetes", [scale, PlanMade().Plan.Steps[0] with { Stage = 1 }]));
        RollbackEvent[] planned = [Proposed(), GuardsPass(), plan];

        MessageTests.Shown(Fold(planned)).ShouldContain("\nscale of rental-jobs: `2 replicas` → `0 replicas`\nrollout_undo: `revision 7");
        TimelineLine.For(new TimelineEntry(1, Noon, plan)).ShouldBe("plan: scale of rental-jobs 2 replicas → 0 replicas; rollout_undo revision 7 (rental:2.0) → revision 6 (rental:1.9)");
        MessageTests.Shown(Fold([
            .. planned, .. UntilActing().Skip(planned.Length).SkipLast(1), new RollbackEvent.StepStarted(scale.Key, "scale", 1),
            new RollbackEvent.StepEnded(scale.Key, "scale", StepResult.Done, Reason.Applied, "rental-jobs: 0 of 0 pods run"),
            new RollbackEvent.StepRestored(scale.Key, "scale", StepResult.Done, Reason.Applied, "rental-jobs: 2 replicas again")]))
            .ShouldContain("\nscale of rental-jobs: `2 replicas` → `0 replicas` — 0 of 0 pods run; put back: 2 replicas again\n");
    }

    [Fact]
    public void What_a_method_changed_that_did_not_help_is_told_when_the_next_one_did()
    {
        var shown = MessageTests.Shown(Fold(UntilRestarted()));
        shown.ShouldContain("rolled back, verified and stable");
        shown.ShouldContain("*What did not work*\n✗ kubernetes did not work (check_failed): error rate: 4.1 %\n"
            + "↳ rollout_undo: `revision 7 (rental:2.0)` → `revision 6 (rental:1.9)` — 3 of 3 pods run revision 6\n");
        shown.ShouldContain("*What was done* (undo, docker)\nrestart: `3 pods` → `3 new pods` — 3 of 3 pods are new\n");
    }

    [Fact]
    public void A_step_after_the_failure_that_was_not_done_is_no_less_told_of_than_one_that_was() =>
        MessageTests.Shown(Fold([.. UntilMethodFailed(), new RollbackEvent.FallbackStarted(Reason.CheckFailed, "error rate: 4.1 %"), NotDone()]))
            .ShouldContain("\n✗ scale: not done: two holds two/a\n");

    [Fact]
    public void A_step_that_was_not_done_is_told_of_once()
    {
        var shown = MessageTests.Shown(Fold([
            .. UntilMethodFailed(), new RollbackEvent.FallbackStarted(Reason.CheckFailed, "error rate: 4.1 %"), NotDone(),
            .. BadEnd(Outcome.Failed, Reason.CheckFailed, "error rate: 4.1 %; scale: not done: two holds two/a")]));

        shown.Split("scale: not done").Length.ShouldBe(2, shown);
    }

    [Fact]
    public void What_people_are_asked_about_is_never_cut_off_by_what_failed_before_it() =>
        MessageTests.Shown(Fold([.. UntilActing(), StepEnded(StepResult.Failed, Reason.RolloutFailed, new string('x', 4000)), new RollbackEvent.MethodFailed(0, Reason.RolloutFailed, new string('x', 4000)), PlanMade(1, "docker")]))
            .ShouldContain("*What is being done* (undo, docker)\nrollout_undo: `revision 7 (rental:2.0)` → `revision 6 (rental:1.9)`\n```\nimage: rental:2.0 → rental:1.9\n```\n");

    [Theory]
    [InlineData(4, 6, 0)]
    [InlineData(60, 6, 1)]
    public async Task Of_the_steps_that_people_are_asked_about_none_is_left_out_without_a_word(int services, int diff, int left)
    {
        var release = $"registry.example/rental@sha256:{new string('a', 64)}";
        var plan = Plan.Of(0, "kubernetes", [.. Enumerable.Range(0, services).SelectMany(i => new[]
        {
            Of(i, "scale", "2 replicas", "0 replicas", []),
            Of(i, "rollout_undo", $"{release} (revision 7)", $"{release} (revision 6)", [.. Enumerable.Range(0, diff).Select(n => $"containers[c{n}].image: {release} → {release}")]),
        })]);
        var asked = new RollbackEvent.ApprovalRequested(plan.Digest, "playbook", "on-call", "the playbook asks for it", null, OnSilence.Deny, false, Noon + TimeSpan.FromMinutes(10), 1);
        IEnumerable<RollbackEvent> events = [Proposed(summary: new string('s', 4000)), GuardsPass(), new RollbackEvent.PlanMade(plan), asked, Paged(Reason.ApprovalNeeded, asked.Why)];

        var shown = MessageTests.Shown(Fold(events));

        var told = plan.Steps.Count(s => shown.Contains($"{s.Action} of {s.Service!.Name}: ", StringComparison.Ordinal));
        (told < plan.Steps.Count).ShouldBe(left > 0, shown);
        shown.Contains($"\n… and {plan.Steps.Count - told} more steps, see `alertrollback show {Id}`\n*What you must do now*", StringComparison.Ordinal).ShouldBe(left > 0, shown);
        shown.ShouldContain($"approve {Id} --digest {plan.Digest[..12]}");
        using var slack = new SlackStub { Now = Noon };
        var channel = slack.AddChannel("C1", "rental-ops");
        using var http = new HttpClient();
        await using var world = await AnnouncementWorld.StartAsync(events);
        await world.ToldAsync(new SlackAnnouncer(new SlackWebApi(http, () => SlackStub.Token, world.Time, slack.Root), AnnouncementWorld.Operators, world.Time));
        channel.Messages[0].Blocks.Count.ShouldBeGreaterThan(5, "Slack took it as it is");
        channel.Messages.ShouldContain(m => m.Text.Contains("plan: ", StringComparison.Ordinal) && m.Text.Contains($"… (all of it: alertrollback show {Id})", StringComparison.Ordinal) == left > 0);

        static PlannedStep Of(int i, string action, string from, string to, IReadOnlyList<string> diff) =>
            new($"{action}/{i}", action, [], from, to, [], diff, [], null, false, true) { Service = Proposed().Service with { Name = $"service-{i}" } };
    }

    [Fact]
    public void A_step_whose_text_is_long_leaves_those_after_it_their_place()
    {
        var second = PlanMade().Plan.Steps[0] with { Key = "kubernetes/1", To = "revision 5" };
        var plan = Plan.Of(0, "kubernetes", [PlanMade().Plan.Steps[0], second]);
        MessageTests.Shown(Fold([Proposed(), new RollbackEvent.PlanMade(plan), .. UntilActing().Skip(3), StepEnded(text: new string('x', 4000))]))
            .ShouldContain("…\nrollout_undo: `revision 7 (rental:2.0)` → `revision 5`");
    }

    [Fact]
    public void Of_what_failed_before_only_what_changed_something_is_told()
    {
        var looked = new PlannedStep("kubernetes/1", "check", [], "", "healthy", [], [], [], null, false, false);
        var planned = Plan.Of(0, "kubernetes", [PlanMade(warnings: ["Helm manages this workload"]).Plan.Steps[0], looked]);
        var shown = MessageTests.Shown(Fold([
            Proposed(), GuardsPass(), new RollbackEvent.PlanMade(planned), .. UntilMethodFailed().Skip(UntilPlanned().Count()),
            new RollbackEvent.StepEnded("kubernetes/1", "check", StepResult.Done, Reason.Applied, "healthy"), PlanMade(1, "docker")]));

        shown.ShouldContain("*What did not work*\n✗ kubernetes did not work (check_failed): error rate: 4.1 %\n"
            + "↳ rollout_undo: `revision 7 (rental:2.0)` → `revision 6 (rental:1.9)` — 3 of 3 pods run revision 6\n*What is being done* (undo, docker)\n");
    }
}
