using System.Text;
using AlertRollback.Alerts;
using AlertRollback.Alerts.Intake;
using AlertRollback.Tests.Support.Web;

namespace AlertRollback.Tests.Alerts.Intake;

public sealed class DeliveryMarkTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);

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
    public void Resolved_once_more_since_the_same_start_is_another_mark()
    {
        var falsely = Of(Resolved(Noon.AddMinutes(5)));
        Mark(Of(Resolved(Noon.AddMinutes(5))), minutesLater: 1).ShouldBe(Mark(falsely));
        Mark(Of(Resolved(Noon.AddMinutes(50)))).ShouldNotBe(Mark(falsely));
    }

    [Fact]
    public void A_resolution_that_does_not_say_when_it_ended_is_never_a_repeat() =>
        Mark(Of(Resolved(null)), minutesLater: 1).ShouldNotBe(Mark(Of(Resolved(null))));

    [Fact]
    public void An_alert_that_does_not_say_when_it_began_is_a_repeat_only_for_a_while()
    {
        var message = Of(Alert("x", DateTimeOffset.MinValue));
        Mark(message, minutesLater: 59).ShouldBe(Mark(message));
        Mark(message, minutesLater: 61).ShouldNotBe(Mark(message));
    }

    [Fact]
    public void A_resolution_that_says_when_it_ended_is_a_repeat_also_without_a_start()
    {
        var message = Of(Resolved(Noon) with { StartsAt = DateTimeOffset.MinValue });
        Mark(message, minutesLater: 61).ShouldBe(Mark(message));
    }

    [Fact]
    public void Another_matrix_sees_every_alert_once()
    {
        var message = Of(Alert("x", Noon));
        DeliveryMark.Of(message, Noon, "matrix 2").ShouldNotBe(Mark(message));
    }

    [Fact]
    public void A_fingerprint_cannot_pretend_to_be_two_alerts()
    {
        var two = Of(Alert("x", Noon), Alert("y", Noon));
        // Without the length, with one that is said to be 0, and with the right one.
        foreach (var before in new[] { "", "0:", "1:" })
            Mark(Of(Alert($"xf{Noon.UtcTicks};{before}y", Noon))).ShouldNotBe(Mark(two));
    }

    private static string Mark(string json) => Mark(WebhookMessageReader.Read(Encoding.UTF8.GetBytes(json).AsMemory()).Message!);

    private static string Mark(WebhookMessage message, double minutesLater = 0) => DeliveryMark.Of(message, Noon.AddMinutes(minutesLater), "matrix 1");

    private static WebhookMessage Of(params Alert[] alerts) => new(alerts, 0, "");

    private static Alert Alert(string fingerprint, DateTimeOffset startsAt) =>
        new(AlertStatus.Firing, LabelSet.Empty, LabelSet.Empty, startsAt, null, "", fingerprint);

    private static Alert Resolved(DateTimeOffset? endsAt) => Alert("x", Noon) with { Status = AlertStatus.Resolved, EndsAt = endsAt };
}
