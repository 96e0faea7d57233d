using System.Net;
using AlertRollback.Alerts.Intake;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.Alerts.Intake;

/// <summary>Refused messages are not known to their sender and the log alone.</summary>
public sealed class RefusalsTests
{
    private static readonly IPAddress Alertmanager = IPAddress.Parse("10.0.3.7");
    private static readonly IPAddress Stranger = IPAddress.Parse("203.0.113.9");

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 2, 0, 0, TimeSpan.Zero));
    private readonly Refusals _refusals;

    public RefusalsTests() => _refusals = new Refusals(_time);

    [Fact]
    public void Whoever_asks_is_told_how_many_since_when_and_what_the_last_one_was()
    {
        _refusals.Lines.ShouldBeEmpty();
        Refuse(401, Alertmanager.MapToIPv6());
        _refusals.Lines.ShouldBe(["1 message refused since 2026-11-23 02:00 UTC, the last at 2026-11-23 02:00 from 10.0.3.7 with 401: because"]);
        _time.Advance(TimeSpan.FromHours(23));
        Refuse(403, Stranger);
        _refusals.Lines.ShouldBe(["2 messages refused since 2026-11-23 02:00 UTC, the last at 2026-11-24 01:00 from 203.0.113.9 with 403: because"]);
        _refusals.Accepted(Alertmanager);
        _refusals.Lines.ShouldBeEmpty();
    }

    [Fact]
    public void What_was_refused_before_a_start_is_not_over_as_long_as_nothing_was_taken_in()
    {
        _time.Advance(TimeSpan.FromHours(1));
        _refusals.AreOver(RefusalKind.Unheard, nobodyIsKnown: false).ShouldBeFalse();
        _refusals.Accepted(Alertmanager);
        _refusals.AreOver(RefusalKind.Unheard, nobodyIsKnown: false).ShouldBeTrue();
    }

    [Fact]
    public void People_hear_that_whoever_sent_alerts_before_is_refused_for_minutes()
    {
        _refusals.Accepted(Alertmanager);
        Refuse(401, Alertmanager);
        Passes(5.9, told: false);
        Refuse(401, Alertmanager);
        Passes(0.2, told: true);
        _refusals.AreOver(RefusalKind.Unheard, nobodyIsKnown: false).ShouldBeFalse();
        _refusals.Accepted(Alertmanager);
        Passes(0, told: false);
        Passes(15, told: false);
        _refusals.AreOver(RefusalKind.Unheard, nobodyIsKnown: false).ShouldBeTrue();
    }

    [Fact]
    public void A_message_that_is_taken_in_begins_the_minutes_anew()
    {
        _refusals.Accepted(Alertmanager);
        Refuse(503, Alertmanager);
        Passes(5, told: false);
        _refusals.Accepted(Alertmanager);
        Refuse(503, Alertmanager);
        Passes(5, told: false);
        Refuse(503, Alertmanager);
        Passes(1, told: true);
    }

    [Fact]
    public void One_request_of_somebody_else_behind_the_senders_address_is_no_news()
    {
        _refusals.Accepted(Alertmanager);
        Refuse(401, Alertmanager);
        Refuse(401, Alertmanager);
        Passes(60, told: false);
        _refusals.Lines.ShouldHaveSingleItem();
    }

    [Fact]
    public void What_nobody_can_be_let_in_for_is_not_over_because_others_were_before()
    {
        _refusals.Accepted(Alertmanager);
        Passes(20, told: false);
        Refuse(401, Stranger);
        _time.Advance(TimeSpan.FromMinutes(6));
        Refuse(401, Stranger);

        _refusals.Trouble(RefusalKind.Unheard, nobodyIsKnown: true).ShouldNotBeNull();
        _refusals.AreOver(RefusalKind.Unheard, nobodyIsKnown: true).ShouldBeFalse();
    }

    [Fact]
    public void A_stranger_makes_no_news_unless_nobody_at_all_can_be_let_in()
    {
        _refusals.Accepted(Alertmanager);
        Refuse(401, Stranger);
        Passes(60, told: false);
        _refusals.AreOver(RefusalKind.Unheard, nobodyIsKnown: false).ShouldBeTrue();
        _refusals.Lines.Count.ShouldBe(1, "whoever asks is told");
        Refuse(401, Stranger);
        _refusals.Trouble(RefusalKind.Unheard, nobodyIsKnown: true).ShouldNotBeNull();
    }

    [Theory]
    [InlineData(400, RefusalKind.Unreadable)]
    [InlineData(413, RefusalKind.TooLarge)]
    public void What_cannot_be_taken_in_at_all_is_told_at_once_and_not_over_because_another_message_was(int status, RefusalKind kind)
    {
        _refusals.Refuse(status, "because", Alertmanager, isAdmitted: true);
        Passes(0, told: true, kind);
        _refusals.Accepted(Alertmanager);
        Passes(59, told: true, kind);
        (_refusals.AreOver(kind, nobodyIsKnown: false), _refusals.Lines.Count).ShouldBe((false, 1));

        Passes(2, told: false, kind);
        (_refusals.AreOver(kind, nobodyIsKnown: false), _refusals.Lines.Count).ShouldBe((true, 1));
        Passes(24 * 60, told: false, kind);
        _refusals.Lines.ShouldBeEmpty();
    }

    [Fact]
    public void One_message_that_is_none_of_Alertmanagers_says_nothing_of_whoever_sends_alerts()
    {
        _refusals.Accepted(Alertmanager);
        _refusals.Refuse(400, "because", Stranger, isAdmitted: true);
        Passes(20, told: true, RefusalKind.Unreadable);
        (Told(RefusalKind.Unheard), _refusals.AreOver(RefusalKind.Unheard, nobodyIsKnown: false)).ShouldBe((false, true));

        Refuse(401, Alertmanager);
        Passes(6, told: false);
        Refuse(401, Alertmanager);
        (Told(RefusalKind.Unheard), Told(RefusalKind.Unreadable), _refusals.Lines.Count).ShouldBe((true, true, 2));
    }

    [Fact]
    public void After_a_start_it_is_over_only_when_what_was_refused_before_could_have_come_again()
    {
        Passes(10, told: false);
        _refusals.Accepted(Alertmanager);
        _refusals.AreOver(RefusalKind.Unheard, nobodyIsKnown: false).ShouldBeFalse();
        Passes(5, told: false);
        _refusals.AreOver(RefusalKind.Unheard, nobodyIsKnown: false).ShouldBeTrue();
        new Refusals(_time).AreOver(RefusalKind.Unheard, nobodyIsKnown: false).ShouldBeFalse();
    }

    [Fact]
    public void Whoever_has_a_good_credential_sends_alerts_also_before_any_was_taken_in()
    {
        Insists(TimeSpan.FromMinutes(1));
        Passes(5, told: true);
    }

    [Theory]
    [InlineData(59, false)]
    [InlineData(60, true)]
    public void Who_tries_again_after_a_minute_insists(int seconds, bool told)
    {
        Insists(TimeSpan.FromSeconds(seconds));
        Passes(10, told);
    }

    [Fact]
    public void What_cannot_be_taken_in_is_counted_anew_after_a_day_without_it()
    {
        _refusals.Refuse(400, "because", Alertmanager, isAdmitted: true);
        _time.Advance(TimeSpan.FromHours(24));
        _refusals.Refuse(400, "because", Alertmanager, isAdmitted: true);
        _refusals.Lines.ShouldHaveSingleItem().ShouldStartWith("1 message refused since 2026-11-24 02:00 UTC");
    }

    private void Insists(TimeSpan after)
    {
        _refusals.Refuse(503, "because", Alertmanager, isAdmitted: true);
        _time.Advance(after);
        _refusals.Refuse(503, "because", Alertmanager, isAdmitted: true);
    }

    private void Refuse(int status, IPAddress sender) => _refusals.Refuse(status, "because", sender, isAdmitted: false);

    private void Passes(double minutes, bool told, RefusalKind kind = RefusalKind.Unheard)
    {
        _time.Advance(TimeSpan.FromMinutes(minutes));
        Told(kind).ShouldBe(told);
    }

    private bool Told(RefusalKind kind) => _refusals.Trouble(kind, nobodyIsKnown: false) is not null;
}
