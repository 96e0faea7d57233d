using System.Text.Json;
using AlertRollback.Alerts;

namespace AlertRollback.Tests.Alerts;

public sealed class LabelSetTests
{
    [Fact]
    public void A_missing_label_is_the_empty_string() => LabelSet.Of(("a", "b"))["service"].ShouldBe("");

    [Fact]
    public void Sets_are_equal_by_value_whatever_the_order()
    {
        var one = LabelSet.Of(("b", "2"), ("a", "1"));
        var other = LabelSet.Of(("a", "1"), ("b", "2"));

        one.ShouldBe(other);
        one.GetHashCode().ShouldBe(other.GetHashCode());
        one.ShouldNotBe(LabelSet.Of(("a", "1"), ("b", "3")));
    }

    [Fact]
    public void Of_a_repeated_name_the_last_value_wins() =>
        LabelSet.Of(("a", "1"), ("b", "x"), ("a", "2")).ShouldBe(LabelSet.Of(("a", "2"), ("b", "x")));

    [Fact]
    public void An_empty_label_is_a_missing_one() => LabelSet.Of(("a", ""), ("b", "x")).ShouldBe(LabelSet.Of(("b", "x")));

    // Computed with Go's hash/fnv in the way of prometheus/common's model.LabelSet.Fingerprint.
    [Theory]
    [InlineData("cbf29ce484222325")]
    [InlineData("5c5ef625d260da28", "alertname", "HighErrorRate", "service", "rental-api", "severity", "critical")]
    [InlineData("9017325bb24fe3e8", "ä", "ß𝔘", "\U00010000", "1", "\uE000", "2")]
    public void The_fingerprint_is_Alertmanagers(string expected, params string[] pairs) =>
        LabelSet.Of(pairs.Chunk(2).Reverse().Select(p => KeyValuePair.Create(p[0], p[1]))).Fingerprint.ShouldBe(expected);

    [Fact]
    public void Json_is_an_object_and_reads_back()
    {
        var labels = LabelSet.Of(("b", "x\"\n"), ("a", "1"));

        var json = JsonSerializer.Serialize(labels);

        json.ShouldBe("""{"a":"1","b":"x\u0022\n"}""");
        JsonSerializer.Deserialize<LabelSet>(json).ShouldBe(labels);
    }

    [Fact]
    public void Json_that_is_no_object_of_strings_is_refused() =>
        Should.Throw<JsonException>(() => JsonSerializer.Deserialize<LabelSet>("""{"a":1}"""));

    [Fact]
    public void Text_for_people_stays_on_one_line() =>
        LabelSet.Of(("a", "x\ny\u202Ez\"")).ToString().ShouldBe("""{a="x\ny\u202ez\""}""");
}
