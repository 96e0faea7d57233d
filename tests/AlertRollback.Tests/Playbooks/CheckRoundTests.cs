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
        var round = new CheckRound(_ => new Takes(time, 5), time);

        var (verdict, _) = await round.AskAsync(
            [new CheckDefinition("slow", [], false)], Asking.Context(), Asking.Noon + TimeSpan.FromMilliseconds(millisecondsLeft), TestContext.Current.CancellationToken);

        verdict.ShouldBe(expected);
    }

    [Theory]
    [InlineData(70, Verdict.Fail)]
    [InlineData(0, Verdict.Inconclusive)]
    public async Task What_a_check_was_given_a_longer_time_for_is_waited_for(int longest, Verdict expected)
    {
        var time = new FakeTimeProvider(Asking.Noon);
        var round = new CheckRound(_ => new Takes(time, 45, longest), time);

        var (verdict, results) = await round.AskAsync(
            [new CheckDefinition("slow", new JsonObject { ["of"] = "reports" }, false)], Asking.Context(), Asking.Noon + TimeSpan.FromMinutes(10), TestContext.Current.CancellationToken);

        verdict.ShouldBe(expected);
        if (expected == Verdict.Inconclusive)
            (results.Single().What, results.Single().Measured).ShouldBe(("slow reports", "no answer in time"));
    }

    [Fact]
    public async Task A_last_round_is_a_whole_one_for_as_long_as_the_check_was_given()
    {
        var time = new FakeTimeProvider(Asking.Noon);
        var round = new CheckRound(_ => new Takes(time, 45, 70), time);

        (await round.AskAsync([new CheckDefinition("slow", [], false)], Asking.Context(), Asking.Noon, TestContext.Current.CancellationToken)).Verdict.ShouldBe(Verdict.Fail);
    }

    private sealed class Takes(FakeTimeProvider time, int seconds, int longest = 0) : ICheck
    {
        public string Name => "slow";

        public string Summary => "test";

        public IReadOnlyList<Parameter> Parameters => [new("of", ParameterType.Text, "test", Main: true)];

        public TimeSpan Longest(ServiceDefinition service, JsonObject parameters) => TimeSpan.FromSeconds(longest);

        public Task<IReadOnlyList<CheckResult>> AskAsync(CheckContext context, JsonObject parameters, CancellationToken cancellation)
        {
            time.Advance(TimeSpan.FromSeconds(seconds));
            cancellation.ThrowIfCancellationRequested();
            return Task.FromResult<IReadOnlyList<CheckResult>>([new CheckResult(Verdict.Fail, "health", "500", "200")]);
        }
    }
}
