using AlertRollback.Alerts.Matching;

namespace AlertRollback.Tests.Alerts.Matching;

public sealed class MatcherParserTests
{
    // The cases are those of Alertmanager's own parser tests and documentation.
    [Theory]
    [InlineData("", "")]
    [InlineData("{}", "")]
    [InlineData("  { } ", "")]
    [InlineData("foo=bar", "foo=\"bar\"")]
    [InlineData("{foo=bar}", "foo=\"bar\"")]
    [InlineData("{foo=\"bar\"}", "foo=\"bar\"")]
    [InlineData("{foo=bar,}", "foo=\"bar\"")]
    [InlineData("foo=bar,", "foo=\"bar\"")]
    [InlineData("{foo=\"\"}", "foo=\"\"")]
    [InlineData("{foo!=bar}", "foo!=\"bar\"")]
    [InlineData("{foo=~[a-z]+}", "foo=~\"[a-z]+\"")]
    [InlineData("{foo!~[a-z]+}", "foo!~\"[a-z]+\"")]
    [InlineData("{foo=bar,bar=baz}", "foo=\"bar\"; bar=\"baz\"")]
    [InlineData("{foo=bar, bar!=baz, baz=~\"x,y\", }", "foo=\"bar\"; bar!=\"baz\"; baz=~\"x,y\"")]
    [InlineData("foo=🙂", "foo=\"🙂\"")]
    [InlineData("\"foo 🙂\"=bar", "\"foo 🙂\"=\"bar\"")]
    [InlineData("Σ=~\"a\"", "\"Σ\"=~\"a\"")]
    [InlineData("foo=\"\\U0001f642\"", "foo=\"\\\\U0001f642\"")]
    [InlineData("\"ä\"=\"\\U0001f642\"", "\"ä\"=\"🙂\"")]
    [InlineData("\"ä\"=\"\\xe2\\x82\\254\"", "\"ä\"=\"€\"")]
    [InlineData("foo=\"bar\\\"baz\"", "foo=\"bar\\\"baz\"")]
    [InlineData("foo=\"a\\\\b\"", "foo=\"a\\\\b\"")]
    [InlineData("foo=\"a\\nb\"", "foo=\"a\\nb\"")]
    public void A_text_is_read_as_Alertmanager_reads_it(string input, string expected)
    {
        var parse = MatcherParser.Parse(input);

        parse.Fault.ShouldBeNull();
        string.Join("; ", parse.Matchers).ShouldBe(expected);
    }

    [Theory]
    [InlineData("foo=", "foo=\"\"")]
    [InlineData("foo=bar}", "foo=\"bar\"")]
    [InlineData("{foo=bar", "foo=\"bar\"")]
    [InlineData("foo=bar baz", "foo=\"bar baz\"")]
    [InlineData("foo=a=b", "foo=\"a=b\"")]
    [InlineData("foo=~a{2}b", "foo=~\"a{2}b\"")]
    [InlineData("foo=\"a\nb\"", "foo=\"a\\nb\"")]
    [InlineData("foo=a\\b", "foo=\"a\\\\b\"")]
    [InlineData("foo=~\\d+", "foo=~\"\\\\d+\"")]
    [InlineData("foo=~\"\\d+\"", "foo=~\"\\\\d+\"")]
    [InlineData("foo=\u00a0bar\u00a0", "foo=\"\u00a0bar\"")]
    public void The_classic_syntax_is_the_fallback_and_says_so(string input, string expected)
    {
        var parse = MatcherParser.Parse(input);

        parse.Fault.ShouldBeNull();
        string.Join("; ", parse.Matchers).ShouldBe(expected);
        parse.Advice.ShouldNotBeNull().ShouldContain(expected);
    }

    [Fact]
    public void A_backslash_that_is_escaped_does_not_escape_the_quote_after_it() =>
        MatcherParser.Parse("""foo="\\",bar=b z""").Matchers.Select(m => (m.Name, m.Value)).ShouldBe([("foo", "\\"), ("bar", "b z")]);

    [Theory]
    [InlineData("foo=\"\\x41\"", "\\x41")]
    [InlineData("foo=\"a\\tb\"", "a\\tb")]
    [InlineData("foo=\"\\u00e9\"", "\\u00e9")]
    public void Where_both_syntaxes_accept_but_differ_the_classic_one_counts(string input, string value)
    {
        var parse = MatcherParser.Parse(input);

        parse.Matchers.ShouldHaveSingleItem().Value.ShouldBe(value);
        parse.Advice.ShouldNotBeNull().ShouldStartWith("Alertmanager's two syntaxes read this differently");
    }

    [Theory]
    [InlineData("foo", 3, "expected an operator such as '=', '!=', '=~' or '!~', found the end")]
    [InlineData("{,}", 1, "expected a label name, found ,")]
    [InlineData("{foo=bar,,}", 9, "expected a label name, found ,")]
    [InlineData("=bar", 0, "expected a label name, found =")]
    [InlineData("foo bar=baz", 4, "expected an operator such as '=', '!=', '=~' or '!~', found bar")]
    [InlineData("foo!bar", 3, "expected '=' or '~' after '!'")]
    [InlineData("foo=\"bar", 4, "the closing double quote is missing")]
    [InlineData("\"foo\n\"=bar", 0, "this text in quotes has an unknown escape or a line break")]
    [InlineData("\"\\xff\"=bar", 0, "this text in quotes has an unknown escape or a line break")]
    [InlineData("\"\\ud800\"=bar", 0, "this text in quotes has an unknown escape or a line break")]
    [InlineData("foo=bar\"", 7, "the closing double quote is missing")]
    [InlineData("'foo'=bar", 0, "' must stand in double quotes")]
    [InlineData("{\"ä\"=bar}}x", 9, "expected the end, found }")]
    public void A_fault_says_where_and_what(string input, int column, string text) =>
        MatcherParser.Parse(input).Fault.ShouldBe(new MatcherFault(column, text));

    [Fact]
    public void An_invalid_expression_is_a_fault_at_its_place() =>
        MatcherParser.Parse("{a=b, foo=~\"(\"}").Fault.ShouldNotBeNull().Column.ShouldBe(11);

    [Theory]
    [InlineData("foo=bar", true)]
    [InlineData("{foo=bar}", false)]
    [InlineData("foo=bar,bar=baz", false)]
    [InlineData("", false)]
    public void One_matcher_stands_alone_and_without_braces(string input, bool accepted) =>
        (MatcherParser.ParseOne(input).Fault is null).ShouldBe(accepted);

    [Fact]
    public void What_a_matcher_prints_reads_back()
    {
        foreach (var value in new[] { "", "a\"b", "a\\b", "a\\nb", "a\nb", "a,b", "{x}", "ü", "\t" })
        {
            Matcher.TryCreate("name", MatchOperator.NotEqual, value, out var matcher, out _).ShouldBeTrue();
            MatcherParser.Parse(matcher.ToString()).Matchers.ShouldHaveSingleItem().ShouldBe(matcher);
        }
    }
}
