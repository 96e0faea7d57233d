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
    [InlineData(1_000, Verdict.Fail)]
    [InlineData(1_001, Verdict.Inconclusive)]
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

    [Theory]
    // seconds left | whether the check heeds that its time is over | how often it is asked | verdict
    [InlineData(3, true, 2, Verdict.Fail)]
    [InlineData(3, false, 1, Verdict.Fail)]
    [InlineData(60, true, 1, Verdict.Fail)]
    public async Task S16_only_a_round_that_its_deadline_cut_off_is_followed_by_a_whole_one(int left, bool heeds, int asked, Verdict expected)
    {
        var time = new FakeTimeProvider(Asking.Noon);
        var slow = new Takes(time, 5, heeds: heeds);

        var (verdict, _) = await new CheckRound(_ => slow, time).AskUntilAsync(
            [new CheckDefinition("slow", [], false)], Asking.Context(), Asking.Noon.AddSeconds(left), TestContext.Current.CancellationToken);

        verdict.ShouldBe(expected);
        slow.AskedAt.ShouldBe(Enumerable.Range(0, asked).Select(i => Asking.Noon.AddSeconds(5 * i)), "each round looks from its own time");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(60)]
    public async Task S16_a_round_that_was_whole_or_had_time_left_is_not_asked_twice_for_it_measured_nothing(int left)
    {
        var time = new FakeTimeProvider(Asking.Noon);
        var slow = new Takes(time, 5, answer: Verdict.Inconclusive);

        (await new CheckRound(_ => slow, time).AskUntilAsync(
            [new CheckDefinition("slow", [], false)], Asking.Context(), Asking.Noon.AddSeconds(left), TestContext.Current.CancellationToken)).Verdict.ShouldBe(Verdict.Inconclusive);

        slow.AskedAt.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task S16_what_is_only_reported_is_shown_and_measures_nothing()
    {
        var time = new FakeTimeProvider(Asking.Noon);
        var (verdict, results) = await new CheckRound(_ => new Takes(time, 0), time).AskAsync(
            [new CheckDefinition("slow", [], true)], Asking.Context(), Asking.Noon.AddMinutes(1), TestContext.Current.CancellationToken);

        verdict.ShouldBe(Verdict.Inconclusive);
        results.ShouldHaveSingleItem().ShouldBe(new CheckResult(Verdict.Pass, "health", "500", null));
    }

    [Fact]
    public void What_did_not_pass_is_told_and_nothing_else() =>
        CheckRound.Measured([new(Verdict.Pass, "a", "1", "1"), new(Verdict.Fail, "b", "2", "1"), new(Verdict.Inconclusive, "c", "no data", null)]).ShouldBe("b: 2, expected 1; c: no data");

    private sealed class Takes(FakeTimeProvider time, int seconds, int longest = 0, bool heeds = true, Verdict answer = Verdict.Fail) : ICheck
    {
        public List<DateTimeOffset> AskedAt { get; } = [];

        public string Name => "slow";

        public string Summary => "test";

        public IReadOnlyList<Parameter> Parameters => [new("of", ParameterType.Text, "test", Main: true)];

        public TimeSpan Longest(ServiceDefinition service, JsonObject parameters) => TimeSpan.FromSeconds(longest);

        public Task<IReadOnlyList<CheckResult>> AskAsync(CheckContext context, JsonObject parameters, CancellationToken cancellation)
        {
            AskedAt.Add(context.Now);
            time.Advance(TimeSpan.FromSeconds(seconds));
            if (heeds)
                cancellation.ThrowIfCancellationRequested();
            return Task.FromResult<IReadOnlyList<CheckResult>>([new CheckResult(answer, "health", "500", "200")]);
        }
    }
}
