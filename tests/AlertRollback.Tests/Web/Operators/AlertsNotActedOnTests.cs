using System.Collections.Immutable;
using AlertRollback.Rollbacks;
using AlertRollback.Web.Operators;

namespace AlertRollback.Tests.Web.Operators;

public sealed class AlertsNotActedOnTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Of_the_last_day_those_that_no_row_decided_are_counted() =>
        AlertsNotActedOn.InShort(
            BookOf(Lost(-25), Lost(-23), (Now.AddHours(-2), new AlertEvent.Unreadable(7, "cut off")), Lost(-1, Reason.UnknownService), Lost(0, Reason.LogOnly)), Now)
            .ShouldBe("3 in the last 24 h, the newest unknown_service: Disk: because");

    [Fact]
    public void What_rows_only_log_and_what_is_long_ago_is_not_worth_a_word() =>
        AlertsNotActedOn.InShort(BookOf(Lost(-25), Lost(0, Reason.LogOnly)), Now).ShouldBeNull();

    [Fact]
    public void More_than_are_remembered_are_not_counted_as_all() =>
        AlertsNotActedOn.InShort(BookOf([.. Enumerable.Repeat(Lost(-1), Book.RecentAlerts)]), Now)!.ShouldStartWith("500 or more in the last 24 h");

    [Fact]
    public void A_name_that_would_write_to_the_terminal_is_made_fit_to_be_shown() =>
        AlertsNotActedOn.Of(BookOf((Now, new AlertEvent.NotActedOn("f", "\u001b[2J", null, null, null, Reason.NoServiceLabel, "because")))).Single().Text.ShouldBe("\uFFFD[2J: because");

    private static (DateTimeOffset At, AlertEvent Event) Lost(int hours, Reason reason = Reason.NoRowMatched) =>
        (Now.AddHours(hours), new AlertEvent.NotActedOn("f", "Disk", null, null, null, reason, "because"));

    private static Book BookOf(params (DateTimeOffset At, AlertEvent Event)[] events) => Book.Empty with { NotActedOn = ImmutableQueue.Create(events) };
}
