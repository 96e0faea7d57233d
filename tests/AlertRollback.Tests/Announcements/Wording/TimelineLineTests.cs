using AlertRollback.Announcements.Wording;
using AlertRollback.Rollbacks;

namespace AlertRollback.Tests.Announcements.Wording;

public sealed class TimelineLineTests
{
    [Theory]
    [InlineData("2026-11-23T20:59:30+01:00", "19:59")]
    [InlineData("2026-11-24T00:30:00+02:00", "22:30")]
    [InlineData("2026-11-22T23:30:00-03:00", "02:30")]
    [InlineData("2026-11-23T00:30:00+01:00", "2026-11-22 23:30")]
    public void Since_when_an_alert_fires_anew_is_told_in_UTC_whatever_its_sender_counts_by(string startsAt, string told)
    {
        var at = new DateTimeOffset(2026, 11, 23, 22, 31, 0, TimeSpan.Zero);
        var anew = new RollbackEvent.CauseResolved("f-one", null) { AnewAt = DateTimeOffset.Parse(startsAt, System.Globalization.CultureInfo.InvariantCulture) };

        TimelineLine.For(new TimelineEntry(1, at, anew)).ShouldBe($"an alert had ended, though no resolution was sent: it fires anew since {told} UTC");
    }
}
