using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Rollbacks;

namespace AlertRollback.Tests.Rollbacks.Running;

/// <summary>What a step did is not known: one that converges is asked again, one that may run once is not (S17).</summary>
public sealed class AskedAgainTests
{
    private static readonly StepOutcome Lost = new StepOutcome.CannotTell(Reason.OutcomeUnknown, "the answer was lost");

    [Fact]
    public async Task S2_each_attempt_knows_that_an_earlier_one_may_have_gone_through()
    {
        await using var world = await RollbackWorld.StartAsync();
        var attempts = new List<int>();
        world.BeforeApply = context =>
        {
            attempts.Add(context.Attempt);
            return Task.CompletedTask;
        };
        world.ApplyAnswers.Enqueue(Lost);
        world.ApplyAnswers.Enqueue(Lost);
        await world.FireAsync();

        var ended = await world.AfterAsync(TimeSpan.FromSeconds(5), r => r.Phase == Phase.Stabilising);
        attempts.ShouldBe([1, 2, 3]);
        ended.Timeline.Select(t => t.Event).OfType<RollbackEvent.StepStarted>().Select(s => s.Attempt).ShouldBe([1, 2, 3], "each is in the journal before it writes");
    }

    [Fact]
    public async Task S17_what_was_begun_is_ended_after_a_crash_though_its_condition_says_by_now_that_it_is_not_needed()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.Health = Verdict.Fail;
        world.Rows["critical"] = world.Row("critical", 0, "undo", methods: new MethodDefinition(
            "steps", TimeSpan.FromMinutes(10), [FakeSwitch.Step("a") with { Unless = [new CheckDefinition("fake_check", [], false)] }]));
        world.BeforeApply = context =>
        {
            // Its own write is what the condition sees from here on.
            world.Health = Verdict.Pass;
            return context.Attempt == 1 ? world.StallAsync() : Task.CompletedTask;
        };
        await world.FireAsync();
        await world.CrashStalledAsync();

        var ended = await world.UntilAsync(r => r.Closed is not null || r.Phase == Phase.Stabilising);
        ended.Steps["steps/0"].Ended!.Result.ShouldBe(StepResult.Done);
        world.Log.ShouldBe(["rental-api a"]);
    }

    [Fact]
    public async Task S17_what_may_be_done_once_is_not_done_again_when_its_outcome_is_not_known()
    {
        var sent = 0;
        await using var world = await RollbackWorld.StartAsync(_ => [new FakePost(() => sent++)]);
        world.Rows["critical"] = world.Row("critical", 0, "undo", methods: new MethodDefinition("steps", TimeSpan.FromMinutes(10), [new StepDefinition("fake_post", [])]));
        await world.FireAsync();

        (await world.ClosedAsync(Outcome.Inconclusive, after: TimeSpan.FromSeconds(5))).Closed!.Reason.ShouldBe(Reason.OutcomeUnknown);
        sent.ShouldBe(1);
    }

    private sealed class FakePost(Action sent) : IAction
    {
        public string Name => "fake_post";
        public string Summary => "test";
        public Repeatability Repeatability => Repeatability.Once;
        public bool ChangesProduction => true;
        public IReadOnlyList<Parameter> Parameters => [];

        public Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, CancellationToken cancellation) =>
            Task.FromResult<PinOutcome>(new PinOutcome.Pinned([], "unsent", "sent", [], [], []));

        public Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation)
        {
            sent();
            return Task.FromResult(Lost);
        }
    }
}
