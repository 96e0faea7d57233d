using AlertRollback.Announcements.Slack;

namespace AlertRollback.Tests.Announcements.Slack;

public sealed class SlackLimitsTests
{
    [Theory]
    [InlineData("short", 20, "short")]
    [InlineData("exactly twenty chars", 20, "exactly twenty chars")]
    [InlineData("more than twenty characters", 20, "more than twent…")]
    [InlineData("fourteen chars&amp; and more", 20, "fourteen chars…")]
    [InlineData("see <https://x.example|the runbook>", 20, "see …")]
    [InlineData("in `a long code span here`", 20, "in `a long code…`")]
    [InlineData("```\na block of many lines\n```", 20, "```\na block of …\n```")]
    [InlineData("```\nninechars``` and a tail", 20, "```\nninechars…\n```")]
    public void A_cut_leaves_nothing_half_open(string markup, int limit, string cut)
    {
        var result = SlackLimits.Cut(Mrkdwn.Trusted(markup), limit);
        result.ShouldBe(cut);
        result.Length.ShouldBeLessThanOrEqualTo(limit);
    }

    [Fact]
    public void A_cut_never_halves_a_character() =>
        SlackLimits.Cut(Mrkdwn.Trusted(string.Concat(Enumerable.Repeat("😀", 20))), 20).ShouldBe(string.Concat(Enumerable.Repeat("😀", 7)) + "…");

    [Fact]
    public void Every_cut_of_random_markup_stays_within_the_limit()
    {
        string[] parts = ["a", "&amp;", "<https://x|y>", "`", "```", "\n", "😀", "*", " "];
        var state = 12345u;
        for (var round = 0; round < 2000; round++)
        {
            var markup = string.Concat(Enumerable.Range(0, 60).Select(_ => parts[(state = (state * 1664525) + 1013904223) % parts.Length]));
            var limit = 20 + (int)(state % 80);
            SlackLimits.Cut(Mrkdwn.Trusted(markup), limit).Length.ShouldBeLessThanOrEqualTo(limit, markup);
        }
    }
}
