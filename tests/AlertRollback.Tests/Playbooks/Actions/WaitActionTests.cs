using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Tests.Playbooks.Contract;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.Playbooks.Actions;

public sealed class WaitActionTests
{
    private readonly FakeTimeProvider _time = new(Acting.Started);

    [Fact]
    public async Task A_restart_does_not_begin_anew()
    {
        var journal = new FakeStepJournal();
        var pin = await new WaitAction(_time).PinAsync(Context(journal), Acting.Json("""{"for": "30s"}"""));
        using var stopping = new CancellationTokenSource();
        var first = new WaitAction(_time).ApplyAsync(Context(journal), pin, stopping.Token);
        _time.Advance(TimeSpan.FromSeconds(20));
        await stopping.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(first);

        var second = new WaitAction(_time).ApplyAsync(Context(journal, 2), pin);
        second.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(10));

        (await second).ShouldBe(new StepOutcome.Done(Reason.Applied, "waited 30s"));
    }

    [Fact]
    public async Task Longer_than_the_method_has_is_a_failure()
    {
        var pin = await new WaitAction(_time).PinAsync(Context(new FakeStepJournal()), Acting.Json("""{"for": "10m"}"""));
        var waiting = new WaitAction(_time).ApplyAsync(Context(new FakeStepJournal()), pin);
        _time.Advance(TimeSpan.FromMinutes(5));

        (await waiting).ShouldBeOfType<StepOutcome.Failed>().Reason.ShouldBe(Reason.TimedOut);
    }

    [Theory]
    [InlineData("0s")]
    [InlineData("2h")]
    public void Nothing_and_too_long_are_faults(string span) =>
        new WaitAction(_time).Validate(Acting.Json($$"""{"for": "{{span}}"}""")).ShouldHaveSingleItem();

    private static StepContext Context(IStepJournal journal, int attempt = 1) =>
        Acting.Context(attempt: attempt, journal: journal, deadline: Acting.Started + TimeSpan.FromMinutes(5));
}

internal sealed class WaitUse : ActionUse
{
    public override Type Action => typeof(WaitAction);

    public override bool Writes => false;

    public override Task<ActionWorld> ArrangeAsync(bool real) => Task.FromResult<ActionWorld>(new World());

    private sealed class World : ActionWorld
    {
        public override AlertRollback.Matrix.ServiceDefinition Service => Acting.Service();

        public override System.Text.Json.Nodes.JsonObject Parameters => Acting.Json("""{"for": "1ms"}""");

        public override string Before => "nothing changed";

        public override string After => Before;

        public override int Writes => 0;

        public override IAction Create() => new WaitAction(TimeProvider.System);

        public override Task<string> LookAsync() => Task.FromResult(Before);
    }
}
