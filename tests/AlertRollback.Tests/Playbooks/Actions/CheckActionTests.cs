using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Tests.Kubernetes;
using AlertRollback.Tests.Playbooks.Contract;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.Playbooks.Actions;

public sealed class CheckActionTests
{
    private readonly FakeTimeProvider _time = new(Acting.Started);

    [Fact]
    public async Task Asks_until_all_pass()
    {
        var check = new Fake(Verdict.Fail, Verdict.Inconclusive, Verdict.Pass);
        (await ApplyAsync(check)).ShouldBe(new StepOutcome.Done(Reason.Applied, "rows: 3"));
        check.Asked.ShouldBe(3);
    }

    [Fact]
    public async Task S16_at_the_end_a_measured_fail_fails_and_an_unknown_one_stops()
    {
        (await ApplyAsync(new Fake(Verdict.Fail))).ShouldBe(new StepOutcome.Failed(Reason.CheckFailed, "rows: 3, expected 0"));
        (await ApplyAsync(new Fake(Verdict.Inconclusive))).ShouldBe(new StepOutcome.CannotTell(Reason.Inconclusive, "rows: 3, expected 0"));
    }

    [Fact]
    public async Task S16_a_round_that_the_steps_end_cuts_off_does_not_make_measured_failures_unknown()
    {
        // Rounds begin every 17 s, the fourth 9 s before the end.
        (await ApplyAsync(new Fake(Verdict.Fail) { Takes = (_time, TimeSpan.FromSeconds(12)) })).ShouldBe(new StepOutcome.Failed(Reason.CheckFailed, "rows: 3, expected 0"));
    }

    [Theory]
    [InlineData(Verdict.Fail)]
    [InlineData(Verdict.Inconclusive)]
    public async Task A_report_shows_its_value_and_never_fails(Verdict verdict)
    {
        var check = new Fake(verdict);
        (await ApplyAsync(check, report: true)).ShouldBe(new StepOutcome.Done(Reason.Applied, "rows: 3"));
        check.Asked.ShouldBe(1);
    }

    [Fact]
    public async Task The_range_since_the_change_begins_with_the_step_and_nothing_is_said_to_be_written()
    {
        var (check, journal) = (new Fake(Verdict.Fail, Verdict.Pass), new FakeStepJournal());
        await ApplyAsync(check, journal: journal);
        check.Since.ShouldBe([Acting.Started, Acting.Started]);
        journal.Marks.ShouldBeEmpty();
    }

    private async Task<StepOutcome> ApplyAsync(Fake check, bool report = false, IStepJournal? journal = null)
    {
        var action = new CheckAction([check], _time);
        var context = Acting.Context(deadline: _time.GetUtcNow() + TimeSpan.FromMinutes(1), journal: journal);
        var checks = new JsonArray(InlineChecks.Write(new CheckDefinition("fake", [], report)));
        var pin = await action.PinAsync(context, new JsonObject { ["checks"] = checks });
        return await action.ApplyAsync(context, pin).PassingTimeAsync(_time, TestContext.Current.CancellationToken);
    }

    private sealed class Fake(params Verdict[] answers) : ICheck
    {
        public int Asked { get; private set; }
        public List<DateTimeOffset> Since { get; } = [];
        public string Name => "fake";
        public string Summary => "fake";
        public IReadOnlyList<Parameter> Parameters => [];

        public (TimeProvider Time, TimeSpan Span)? Takes { get; init; }

        public async Task<IReadOnlyList<CheckResult>> AskAsync(CheckContext context, JsonObject parameters, CancellationToken cancellation)
        {
            Since.Add(context.Since);
            if (Takes is { } takes)
                await Task.Delay(takes.Span, takes.Time, cancellation);
            return [new CheckResult(answers[Math.Min(Asked++, answers.Length - 1)], "rows", "3", "0")];
        }
    }
}

internal sealed class CheckUse : ActionUse
{
    public override Type Action => typeof(CheckAction);

    public override bool Writes => false;

    public override Task<ActionWorld> ArrangeAsync(bool real) => Task.FromResult<ActionWorld>(new World());

    private sealed class World : ActionWorld
    {
        public override ServiceDefinition Service => new("rental", "rental-api", null, null, null, null);

        public override JsonObject Parameters => new() { ["checks"] = new JsonArray(InlineChecks.Write(new CheckDefinition("none", [], Report: true))) };

        public override string Before => "nothing changed";

        public override string After => Before;

        public override int Writes => 0;

        public override IAction Create() => new CheckAction([], TimeProvider.System);

        public override Task<string> LookAsync() => Task.FromResult(Before);
    }
}
