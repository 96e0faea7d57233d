using AlertRollback.Alerts;
using AlertRollback.Alerts.Matching;

namespace AlertRollback.Tests.Alerts.Matching;

public sealed class MatcherTests
{
    [Theory]
    [InlineData("service=\"rental-api\"", "rental-api", true)]
    [InlineData("service=\"rental-api\"", "rental", false)]
    [InlineData("service!=\"rental-api\"", "rental", true)]
    [InlineData("service!=\"rental-api\"", "rental-api", false)]
    [InlineData("service=~\"rental-.*\"", "rental-api", true)]
    [InlineData("service=~\"rental-.*\"", "the rental-api", false)]
    [InlineData("service=~\"rental\"", "rental-api", false)]
    [InlineData("service=~\"a|b\"", "ab", false)]
    [InlineData("service!~\"rental-.*\"", "admission", true)]
    [InlineData("service!~\"rental-.*\"", "rental-api", false)]
    public void Matches_like_Alertmanager(string matcher, string service, bool expected) =>
        Of(matcher).Matches(LabelSet.Of(("service", service))).ShouldBe(expected);

    [Theory]
    [InlineData("service=\"\"", true)]
    [InlineData("service!=\"x\"", true)]
    [InlineData("service=~\".*\"", true)]
    [InlineData("service=~\".+\"", false)]
    [InlineData("service!~\".+\"", true)]
    [InlineData("service!=\"\"", false)]
    public void A_missing_label_is_matched_as_the_empty_string(string matcher, bool expected) =>
        Of(matcher).Matches(LabelSet.Empty).ShouldBe(expected);

    [Theory]
    [InlineData("a=\"b\"", true)]
    [InlineData("a=\"\"", false)]
    [InlineData("a!=\"b\"", false)]
    [InlineData("a=~\"b\"", false)]
    public void Only_a_plain_equality_with_a_value_can_be_looked_up(string matcher, bool expected) =>
        Of(matcher).IsEquality.ShouldBe(expected);

    [Theory]
    [InlineData(MatchOperator.Matches)]
    [InlineData(MatchOperator.NotMatches)]
    public void An_invalid_expression_cannot_become_a_matcher(MatchOperator op)
    {
        Matcher.TryCreate("a", op, "(", out var matcher, out var fault).ShouldBeFalse();

        matcher.ShouldBeNull();
        fault.ShouldNotBeNullOrEmpty();
    }

    private static Matcher Of(string text) => MatcherParser.Parse(text).Matchers.ShouldHaveSingleItem();
}
