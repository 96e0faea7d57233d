using System.Text;
using AlertRollback.Alerts;
using AlertRollback.Alerts.Intake;
using AlertRollback.Tests.Support.Web;

namespace AlertRollback.Tests.Alerts.Intake;

public sealed class DeliveryMarkTests
{
    private static readonly string First = Messages.Of(Messages.Alert("a"), Messages.Alert("b"));

    [Fact]
    public void The_order_of_the_alerts_does_not_matter() =>
        Mark(Messages.Of(Messages.Alert("b"), Messages.Alert("a"))).ShouldBe(Mark(First));

    [Fact]
    public void What_is_around_the_alerts_does_not_matter() =>
        Mark(First.Replace("{}:{alertname", "{}/{}:{alertname", StringComparison.Ordinal)).ShouldBe(Mark(First));

    [Fact]
    public void Another_state_is_another_mark() =>
        Mark(Messages.Of(Messages.Alert("a"), Messages.Alert("b", "resolved"))).ShouldNotBe(Mark(First));

    [Fact]
    public void A_new_firing_is_another_mark() =>
        Mark(Messages.Of(Messages.Alert("a"), Messages.Alert("b", minute: 1))).ShouldNotBe(Mark(First));

    [Fact]
    public void One_alert_more_is_another_mark() =>
        Mark(Messages.Of(Messages.Alert("a"), Messages.Alert("b"), Messages.Alert("c"))).ShouldNotBe(Mark(First));

    [Fact]
    public void A_fingerprint_cannot_pretend_to_be_two_alerts()
    {
        var ticks = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        var two = Of(Alert("x", ticks), Alert("y", ticks));
        var one = Of(Alert($"xf{ticks.UtcTicks};1:y", ticks));
        DeliveryMark.Of(one).ShouldNotBe(DeliveryMark.Of(two));
    }

    private static string Mark(string json) => DeliveryMark.Of(WebhookMessageReader.Read(Encoding.UTF8.GetBytes(json).AsMemory()).Message!);

    private static WebhookMessage Of(params Alert[] alerts) =>
        new("4", "", 0, "", AlertStatus.Firing, alerts, LabelSet.Empty, LabelSet.Empty, LabelSet.Empty, "");

    private static Alert Alert(string fingerprint, DateTimeOffset startsAt) =>
        new(AlertStatus.Firing, LabelSet.Empty, LabelSet.Empty, startsAt, null, "", fingerprint);
}
