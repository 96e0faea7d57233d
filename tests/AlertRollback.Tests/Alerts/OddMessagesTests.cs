using System.Text;
using AlertRollback.Alerts;

namespace AlertRollback.Tests.Alerts;

/// <summary>Messages that no Alertmanager of today writes, and that are taken all the same.</summary>
public sealed class OddMessagesTests
{
    [Theory]
    [InlineData("\"2026-11-23T19:10:00Z\"")]
    [InlineData("\"soon\"")]
    [InlineData("5")]
    public void An_alert_that_fires_has_no_end_whatever_is_said_of_it(string endsAt) =>
        One($$"""{"status":"firing","endsAt":{{endsAt}}}""").EndsAt.ShouldBeNull();

    [Theory]
    [InlineData("0001-01-01T00:00:00Z")]
    [InlineData("0001-01-01T00:00:00+01:00")]
    public void The_year_1_is_no_time(string none)
    {
        var alert = One($$"""{"status":"resolved","startsAt":"{{none}}","endsAt":"{{none}}"}""");
        (alert.StartsAt, alert.EndsAt).ShouldBe((DateTimeOffset.MinValue, null));
    }

    [Fact]
    public void A_fingerprint_of_the_greatest_length_is_kept()
    {
        var longest = new string('f', 64);
        One($$"""{"status":"firing","fingerprint":"{{longest}}"}""").Fingerprint.ShouldBe(longest);
    }

    [Theory]
    [InlineData("4294967296")]
    [InlineData("18446744073709551615")]
    public void More_truncated_alerts_than_can_be_counted_are_many_and_not_none(string count) =>
        Read($$"""{"alerts":[],"truncatedAlerts":{{count}}}""").Message.ShouldNotBeNull().TruncatedAlerts.ShouldBe(int.MaxValue);

    [Fact]
    public void A_fault_of_an_alert_does_not_name_a_label_of_the_one_before_it() =>
        Read("""{"alerts":[{"status":"firing","labels":{"service":"api"}},"x"]}""").Fault.ShouldNotBeNull().ShouldStartWith("alerts[1]: expected an object");

    private static Alert One(string alert) => Read($$"""{"alerts":[{{alert}}]}""").Message.ShouldNotBeNull().Alerts.ShouldHaveSingleItem();

    private static ReadOutcome Read(string body) => WebhookMessageReader.Read(Encoding.UTF8.GetBytes(body));
}
