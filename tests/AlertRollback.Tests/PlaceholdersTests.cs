namespace AlertRollback.Tests;

public sealed class PlaceholdersTests
{
    [Fact]
    public void Every_value_is_escaped_and_the_text_around_it_is_not() =>
        Placeholders.Fill("/a b/${service}/${service}", new Dictionary<string, string> { ["service"] = "../x?y" }, Placeholders.ForUrl)
            .ShouldBe("/a b/..%2Fx%3Fy/..%2Fx%3Fy");

    [Fact]
    public void A_value_that_looks_like_a_placeholder_is_not_filled_in_again() =>
        Placeholders.Fill("${service}", new Dictionary<string, string> { ["service"] = "${started}", ["started"] = "!" }, Placeholders.AsIs)
            .ShouldBe("${started}");

    [Theory]
    [InlineData("rental-api", "rental-api")]
    [InlineData("a\"} or vector(0) #", "a\\U00000022\\U0000007d or vector\\U000000280\\U00000029 \\U00000023")]
    [InlineData("a'\\\n", "a\\U00000027\\U0000005c\\U0000000a")]
    [InlineData("😀", "\\U0001f600")]
    public void No_value_can_leave_a_PromQL_string(string value, string expected) => Placeholders.ForPromQl(value).ShouldBe(expected);

    [Theory]
    [InlineData("${service} ${namespace} ${since_change} ${started} ${initiator}", null)]
    [InlineData("rate(x{a=~\"b$\"}[5m])", null)]
    [InlineData("${pod}", "${pod}")]
    [InlineData("${ service }", "${ service }")]
    [InlineData("${service", "${service")]
    [InlineData("${}", "${}")]
    [InlineData("{{ $labels.pod }}", "{{ $labels.pod }}")]
    [InlineData("{{ never closed", "{{ never closed")]
    public void The_list_is_closed(string text, string? unknown) => Placeholders.FirstUnknown(text, Placeholders.WhenRun).ShouldBe(unknown);
}
