using AlertRollback.Announcements.Slack;

namespace AlertRollback.Tests.Announcements.Slack;

public sealed class MrkdwnTests
{
    [Theory]
    [InlineData("checkout_api_v2", "checkout_api_v2")]
    [InlineData("<!channel> fire", "&lt;!channel&gt; fire")]
    [InlineData("<@U123>", "&lt;@U123&gt;")]
    [InlineData("<https://evil.example|status page>", "&lt;https://evil.example|status page&gt;")]
    [InlineData("a & b &amp; c", "a &amp; b &amp;amp; c")]
    [InlineData("*bold* ~gone~", "∗bold∗ ∼gone∼")]
    [InlineData("_quiet_", "\uFF3Fquiet\uFF3F")]
    [InlineData("2*3", "2*3")]
    [InlineData("`code` ```block```", "ˋcodeˋ ˋˋˋblockˋˋˋ")]
    [InlineData("two\r\nlines\tand\0control", "two lines andcontrol")]
    [InlineData("abc\u202Edcba", "abcdcba")]
    [InlineData("", "")]
    public void Untrusted_text_neither_mentions_links_nor_formats(string untrusted, string markup) =>
        Mrkdwn.Escape(untrusted).ToString().ShouldBe(markup);

    [Theory]
    [InlineData("registry/app:1.2", "`registry/app:1.2`")]
    [InlineData("a`b", "`aˋb`")]
    [InlineData("<!here>", "`&lt;!here&gt;`")]
    [InlineData("line\nbreak", "`line break`")]
    [InlineData("  ", "–")]
    public void A_code_span_cannot_be_left(string untrusted, string markup) => Mrkdwn.Code(untrusted).ToString().ShouldBe(markup);

    [Fact]
    public void A_code_block_keeps_lines_and_cannot_be_left() =>
        Mrkdwn.CodeBlock("panic: ```\n\tat <main>").ToString().ShouldBe("```\npanic: ˋˋˋ\n  at &lt;main&gt;\n```");

    [Fact]
    public void Holes_are_escaped_and_literal_parts_are_not()
    {
        const string service = "<!everyone>*";
        Mrkdwn.Of($"*{service}* {Mrkdwn.Code("v1")} {12.5:F2} {null as string}").ToString()
            .ShouldBe("*&lt;!everyone&gt;∗* `v1` 12.50 ");
    }

    [Theory]
    [InlineData("https://x.example/a?b=1&c=2", "runbook", "<https://x.example/a?b=1&amp;c=2|runbook>")]
    [InlineData("https://x.example/a|b>c", "r|b", "<https://x.example/a%7Cb%3Ec|r¦b>")]
    [InlineData("javascript:alert(1)", "runbook", "runbook")]
    [InlineData("file:///etc/passwd", "runbook", "runbook")]
    [InlineData("not an address", "run<book", "run&lt;book")]
    public void Only_web_addresses_become_links(string address, string text, string markup) =>
        Mrkdwn.Link(address, text).ToString().ShouldBe(markup);
}
