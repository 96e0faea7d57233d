using AlertRollback.Announcements.Slack;
using AlertRollback.Tests.Support.Stubs;

namespace AlertRollback.Tests.Announcements.Slack;

public sealed class SlackBlockTests
{
    private static readonly Mrkdwn Long = Mrkdwn.Trusted(new string('x', 10_000));

    public static TheoryData<string, SlackBlock[]> Extremes => new()
    {
        { "long header", [new HeaderBlock(new string('h', 500))] },
        { "header with line breaks", [new HeaderBlock("a\nb")] },
        { "empty header", [new HeaderBlock("\n")] },
        { "long section", [new SectionBlock(Long)] },
        { "empty section", [new SectionBlock(Mrkdwn.Trusted(""))] },
        { "section of nothing", [new SectionBlock(null, [])] },
        { "too many long fields", [new SectionBlock(Mrkdwn.Trusted("t"), [.. Enumerable.Repeat(Long, 14)])] },
        { "fields only, one empty", [new SectionBlock([Mrkdwn.Trusted("a"), default])] },
        { "too many context elements", [new ContextBlock([.. Enumerable.Repeat(Long, 14)])] },
        { "empty context", [new ContextBlock([])] },
        { "too many blocks", [.. Enumerable.Repeat<SlackBlock>(new SectionBlock(Mrkdwn.Trusted("t")), 70)] },
    };

    [Theory]
    [MemberData(nameof(Extremes))]
    public void Whatever_is_put_in_Slack_takes_it(string what, SlackBlock[] blocks) =>
        BlockKitRules.Faults(SlackBlock.ToJson(blocks)).ShouldBeEmpty(what);

    [Fact]
    public void What_is_left_out_is_said()
    {
        var blocks = SlackBlock.ToJson([.. Enumerable.Repeat<SlackBlock>(new SectionBlock(Mrkdwn.Trusted("t")), 70)]);
        blocks.Count.ShouldBe(50);
        ((string?)blocks[49]!["elements"]![0]!["text"]).ShouldBe("… and 21 more");
        ((string?)new SectionBlock([.. Enumerable.Repeat(Mrkdwn.Trusted("f"), 12)]).ToJson()["fields"]![9]!["text"]).ShouldBe("… and 3 more");
    }

    [Fact]
    public void Slack_is_told_not_to_look_for_mentions_and_links_in_markup() =>
        ((bool?)new SectionBlock(Mrkdwn.Trusted("@here")).ToJson()["text"]!["verbatim"]).ShouldBe(true);
}
