using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Tests.Playbooks.Checks;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.Playbooks;

public sealed class CheckRoundTests
{
    [Theory]
    [InlineData(0, Verdict.Fail)]
    [InlineData(0.3, Verdict.Fail)]
    [InlineData(20_000, Verdict.Fail)]
    [InlineData(2_000, Verdict.Inconclusive)]
    public async Task A_last_round_that_begins_at_the_end_of_its_time_is_a_whole_one(double millisecondsLeft, Verdict expected)
    {
        var time = new FakeTimeProvider(Asking.Noon);
        var round = new CheckRound(_ => new TakesFiveSeconds(time), time);

        var (verdict, _) = await round.AskAsync(
            [new CheckDefinition("slow", [], false)], Asking.Context(), Asking.Noon + TimeSpan.FromMilliseconds(millisecondsLeft), TestContext.Current.CancellationToken);

        verdict.ShouldBe(expected);
    }

    private sealed class TakesFiveSeconds(FakeTimeProvider time) : ICheck
    {
        public string Name => "slow";

        public string Summary => "test";

        public IReadOnlyList<Parameter> Parameters => [];

        public Task<IReadOnlyList<CheckResult>> AskAsync(CheckContext context, JsonObject parameters, CancellationToken cancellation)
        {
            time.Advance(TimeSpan.FromSeconds(5));
            cancellation.ThrowIfCancellationRequested();
            return Task.FromResult<IReadOnlyList<CheckResult>>([new CheckResult(Verdict.Fail, "health", "500", "200")]);
        }
    }
}
