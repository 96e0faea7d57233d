using System.Net;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Checks;
using AlertRollback.Playbooks.Commands;
using static AlertRollback.Tests.Playbooks.Checks.Asking;

namespace AlertRollback.Tests.Playbooks.Checks;

/// <summary>What measured values come to, at the very limit and where a part of them is missing (S16).</summary>
public sealed class JudgementTests
{
    [Theory]
    [InlineData(Verdict.Fail, Verdict.Pass, Verdict.Fail, Verdict.Inconclusive)]
    [InlineData(Verdict.Inconclusive, Verdict.Pass, Verdict.Inconclusive)]
    [InlineData(Verdict.Fail, Verdict.Pass, Verdict.Fail)]
    [InlineData(Verdict.Pass, Verdict.Pass, Verdict.Pass)]
    public void S16_a_measured_fail_outweighs_an_unknown_one_and_that_a_pass(Verdict worst, params Verdict[] verdicts)
    {
        Verdicts.Worst(verdicts).ShouldBe(worst);
        Verdicts.Worst(verdicts.Reverse()).ShouldBe(worst);
    }

    [Theory]
    [InlineData("below", Verdict.Fail, 1.0, 10.0)]
    [InlineData("above", Verdict.Fail, 11.0, 10.0)]
    [InlineData("below", Verdict.Inconclusive)]
    [InlineData("below", Verdict.Inconclusive, 1.0, double.NaN)]
    [InlineData("not_equals", Verdict.Inconclusive, double.NaN, 1.0)]
    public void S16_at_its_limit_a_number_is_not_below_it_and_a_missing_one_measures_nothing(string word, Verdict verdict, params double[] values) =>
        new Limit(word, 10).Judge(values).ShouldBe(verdict);

    [Theory]
    [InlineData("UP\n", Verdict.Pass)]
    [InlineData(" UP", Verdict.Pass)]
    [InlineData("UP!", Verdict.Fail)]
    public void Blanks_around_a_value_are_no_part_of_it(string value, Verdict verdict) => new ValueRule("equals", "UP").Judge(value).ShouldBe(verdict);

    [Theory]
    // used | of | limit | verdict
    [InlineData(90, 100.0, "90%", Verdict.Fail)]
    [InlineData(89.9, 100.0, "90%", Verdict.Pass)]
    [InlineData(0, 0.0, "90%", Verdict.Inconclusive)]
    [InlineData(500, null, "500", Verdict.Fail)]
    [InlineData(499, null, "500", Verdict.Pass)]
    public void At_its_limit_a_use_is_not_below_it_and_a_share_of_nothing_measures_nothing(double used, double? of, string limit, Verdict verdict) =>
        UsageLimit.Of(limit)!.Judge(used, of).ShouldBe(verdict);

    [Theory]
    [InlineData(199, Verdict.Fail)]
    [InlineData(200, Verdict.Pass)]
    [InlineData(299, Verdict.Pass)]
    [InlineData(300, Verdict.Fail)]
    public void Without_a_status_every_2xx_will_do(int status, Verdict verdict) =>
        Expecting("{}").Judge(new HttpAnswer((HttpStatusCode)status, "", TimeSpan.Zero, null)).Verdict.ShouldBe(verdict);

    [Theory]
    // all times in milliseconds
    [InlineData(""" "samples": 5, "mean_below": "100ms" """, false, 450)]
    [InlineData(""" "samples": 5, "mean_below": "100ms" """, false, 500)]
    [InlineData(""" "samples": 5, "mean_below": "100ms" """, true, 501)]
    [InlineData(""" "samples": 10, "percentile": 90, "below": "50ms" """, false, 50)]
    [InlineData(""" "samples": 10, "percentile": 90, "below": "50ms" """, true, 50, 50)]
    public void Samples_are_too_slow_when_no_answer_to_come_can_mend_it(string limits, bool tooSlow, params int[] times) =>
        Expecting($"{{{limits}}}").IsTooSlow(Times(times)).ShouldBe(tooSlow);

    [Theory]
    [InlineData(""" "mean_below": "100ms" """, Verdict.Fail, 100, 100)]
    [InlineData(""" "mean_below": "100ms" """, Verdict.Pass, 100, 99)]
    [InlineData(""" "percentile": 50, "below": "100ms" """, Verdict.Fail, 100, 100)]
    [InlineData(""" "percentile": 50, "below": "100ms", "mean_below": "200ms" """, Verdict.Fail, 50, 900)]
    [InlineData(""" "percentile": 50, "below": "100ms", "mean_below": "500ms" """, Verdict.Pass, 50, 900)]
    [InlineData(""" "percentile": 95, "below": "100ms" """, Verdict.Fail, 1, 1, 1, 1, 1, 1, 1, 1, 1, 900)]
    public void A_time_at_its_limit_is_not_below_it_and_both_limits_count(string limits, Verdict verdict, params int[] times) =>
        Expecting($"{{{limits}}}").Judge(Times(times)).Verdict.ShouldBe(verdict);

    public static TheoryData<CommandResult, Verdict> Commands => new()
    {
        { new CommandResult.Ended(0, "OK and more", "", Clipped: true), Verdict.Inconclusive },
        { new CommandResult.Ended(0, "OK", ""), Verdict.Pass },
        { new CommandResult.Ended(1, "OK", ""), Verdict.Fail },
        { new CommandResult.NotStarted("no such file"), Verdict.Inconclusive },
        { new CommandResult.Unknown("connection lost"), Verdict.Inconclusive },
    };

    [Theory]
    [MemberData(nameof(Commands))]
    public void S16_only_a_program_that_ended_measures_something(CommandResult result, Verdict verdict) =>
        CommandJudgement.Judge(result, Parameters("""{"output": {"contains": "OK"}}"""), Placeholders.Unfilled).Verdict.ShouldBe(verdict);

    private static HttpExpectation Expecting(string parameters) => new(Parameters(parameters), Placeholders.Unfilled);

    private static List<TimeSpan> Times(IEnumerable<int> milliseconds) => [.. milliseconds.Select(t => TimeSpan.FromMilliseconds(t))];
}
