using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Rollbacks;
using AlertRollback.Rollbacks.Guards;
using AlertRollback.Rollbacks.Running;
using static AlertRollback.Tests.Rollbacks.Guards.Runs;

namespace AlertRollback.Tests.Rollbacks.Running;

/// <summary>What follows an answer of the checks, and how long a watch lasts.</summary>
public sealed class NextMoveVerifyingTests
{
    private static readonly CheckSetDefinition Healthy = new("healthy", TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(5), [new CheckDefinition("http", [], false)]);

    [Theory]
    [InlineData(Verdict.Fail)]
    [InlineData(Verdict.Inconclusive)]
    public void S16_an_answer_before_the_end_of_its_time_decides_nothing(Verdict verdict)
    {
        Next(Answered(verdict, final: false), 3).ShouldBe(new Move.AskChecks(0));
        Next(Answered(verdict, final: true), 3).ShouldBeOfType<Move.Record>().Events[0].ShouldBeOfType<RollbackEvent.Verified>().Verdict.ShouldBe(verdict);
    }

    [Fact]
    public void S16_a_measured_fail_takes_the_next_method_and_an_unknown_one_ends_it()
    {
        Next(Answered(Verdict.Fail, final: true), 3).ShouldBeOfType<Move.Record>().Events[^1].ShouldBeOfType<RollbackEvent.MethodFailed>();
        Next(Answered(Verdict.Inconclusive, final: true), 3).ShouldBeOfType<Move.Record>().Events.OfType<RollbackEvent.Closed>().Single().Outcome.ShouldBe(Outcome.Inconclusive);
    }

    [Theory]
    [InlineData(true, Outcome.Inconclusive)]
    [InlineData(false, null)]
    public void What_was_put_back_of_another_service_and_is_not_ready_is_no_success(bool notReady, Outcome? closed)
    {
        var run = Answered(Verdict.Pass, final: true);
        run = run.Apply(9, At(3), new RollbackEvent.StepRestored("kubernetes/0", "fake_undo", StepResult.Done, Reason.Applied, "payment: 0 of 2 ready") { NotReady = notReady });
        (Next(run, 3).ShouldBeOfType<Move.Record>().Events.OfType<RollbackEvent.Closed>().SingleOrDefault()?.Outcome).ShouldBe(closed);
    }

    [Theory]
    [InlineData(39.9, false)]
    [InlineData(40, true)]
    public void A_watch_ends_with_a_last_look_at_the_very_end_of_its_time(double now, bool looks)
    {
        var run = Answered(Verdict.Pass, final: true).Apply(9, At(10), new RollbackEvent.StabilisationStarted(At(40))).Apply(10, At(11), new RollbackEvent.CauseResolved("f-one", null));
        Next(run, now).ShouldBe(looks ? new Move.AskStability() : new Move.Wait(At(40)));
    }

    [Fact]
    public void Without_a_watch_there_is_no_last_look()
    {
        var run = Answered(Verdict.Pass, final: true).Apply(9, At(10), new RollbackEvent.StabilisationStarted(At(10))).Apply(10, At(10), new RollbackEvent.CauseResolved("f-one", null));
        Next(run with { Playbook = run.Playbook with { Stabilise = TimeSpan.Zero } }, 10).ShouldBeOfType<Move.Record>()
            .Events.OfType<RollbackEvent.Closed>().Single().Outcome.ShouldBe(Outcome.RolledBack);
    }

    [Theory]
    [InlineData(42, false)]
    [InlineData(43, true)]
    public void What_may_have_begun_to_fire_while_nobody_was_there_is_waited_for(double now, bool looks)
    {
        var run = Answered(Verdict.Pass, final: true).Apply(9, At(10), new RollbackEvent.StabilisationStarted(At(40))).Apply(10, At(11), new RollbackEvent.CauseResolved("f-one", null));
        Next(run, now, startedAt: 38).ShouldBe(looks ? new Move.AskStability() : new Move.Wait(At(43)), "as long as Alertmanager may take to send what it could not deliver");
    }

    [Theory]
    [InlineData(16.9, false)]
    [InlineData(17, true)]
    public void S11_at_the_very_end_of_the_hold_it_is_asked_whether_it_still_fires(double now, bool asks)
    {
        var run = Answered(Verdict.Pass, final: true).Apply(9, At(10), new RollbackEvent.StabilisationStarted(At(40)));
        run.HoldUntil.ShouldBe(At(17));
        Next(run, now).ShouldBe(asks ? new Move.AskWhetherItFires() : new Move.Wait(At(17)));
    }

    // One step, of another service, whose write was at 2.
    private static RollbackState Answered(Verdict verdict, bool final)
    {
        var run = Proposed("one");
        var step = PlanOf(null).Steps[0] with { Service = run.Service with { Name = "payment" }, Meanwhile = true };
        return (run with { Playbook = run.Playbook with { Verify = [Healthy] } })
            .Apply(2, At(1), new RollbackEvent.PlanMade(Plan.Of(0, "kubernetes", [step])))
            .Apply(3, At(1), new RollbackEvent.Started([], []))
            .Apply(4, At(1), new RollbackEvent.MethodStarted(0, "kubernetes", At(10)))
            .Apply(5, At(2), new RollbackEvent.StepStarted(step.Key, step.Action, 1))
            .Apply(6, At(2), new RollbackEvent.StepEnded(step.Key, step.Action, StepResult.Done, Reason.Applied, "done"))
            .Apply(7, At(2), new RollbackEvent.VerificationStarted(0, "healthy", At(7)))
            .Apply(8, At(3), new RollbackEvent.CheckSetAnswered(0, "healthy", verdict, [], final));
    }

    private static Move Next(RollbackState run, double now, double startedAt = 0)
    {
        var guards = new PureGuards(new OperatorConfiguration { Matrix = "", Journal = "" }, _ => false);
        return new NextMove(guards, () => new Attendance(At(startedAt), null)).For(run, BookOf(run), At(now));
    }
}
