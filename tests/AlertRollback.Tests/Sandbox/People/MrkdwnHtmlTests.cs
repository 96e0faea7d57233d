using AlertRollback.Sandbox.People.Page;

namespace AlertRollback.Tests.Sandbox.People;

public sealed class MrkdwnHtmlTests
{
    [Theory]
    [InlineData("*bold* and _italic_ and ~gone~", "<strong>bold</strong> and <em>italic</em> and <del>gone</del>")]
    [InlineData("*bold with `code`*", "<strong>bold with <code>code</code></strong>")]
    [InlineData("`a * b * c`", "<code>a * b * c</code>")]
    [InlineData("snake_case_name 2*3*4", "snake_case_name 2*3*4")]
    [InlineData("one\ntwo", "one<br>two")]
    [InlineData("diff:\n```\n- a\n+ b\n```\nafter", "diff:<pre>- a\n+ b</pre>after")]
    [InlineData("&gt; said", "<blockquote>said</blockquote>")]
    [InlineData(":warning: :no_such_emoji:", "⚠️ :no_such_emoji:")]
    [InlineData("<!here> <@U1> <#C1|ops> <!subteam^S1|team>", "<span class=\"mention\">@here</span> <span class=\"mention\">@U1</span> <span class=\"mention\">#ops</span> <span class=\"mention\">@team</span>")]
    [InlineData("<https://a.example/?x=1&amp;y=2|graph>", "<a href=\"https://a.example/?x=1&amp;y=2\" rel=\"noopener noreferrer\" target=\"_blank\">graph</a>")]
    public void Markup_looks_as_in_Slack(string mrkdwn, string html) => MrkdwnHtml.Render(mrkdwn).ToString().ShouldBe(html);

    [Theory]
    [InlineData("&lt;script&gt;alert(1)&lt;/script&gt;")]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("```<img src=x onerror=alert(1)>```")]
    [InlineData("`<img src=x onerror=alert(1)>`")]
    [InlineData("<javascript:alert(1)|click>")]
    [InlineData("<https://a.example/\"onmouseover=\"alert(1)|<b>>")]
    public void Nothing_that_is_written_becomes_markup_of_the_page(string mrkdwn)
    {
        var html = MrkdwnHtml.Render(mrkdwn).ToString();
        html.ShouldNotContain("<script");
        html.ShouldNotContain("<img");
        html.ShouldNotContain("<b>");
        html.ShouldNotContain("href=\"javascript");
        html.ShouldNotContain("\"onmouseover");
    }
}
