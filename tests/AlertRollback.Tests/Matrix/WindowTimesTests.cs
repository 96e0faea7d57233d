using System.Globalization;
using AlertRollback.Matrix;

namespace AlertRollback.Tests.Matrix;

/// <summary>When time frames are open: over midnight, a week later, and where clocks are changed.</summary>
public sealed class WindowTimesTests
{
    [Theory]
    // Monday 2026-11-23
    [InlineData("2026-11-23T21:59:59Z", false)]
    [InlineData("2026-11-23T22:00:00Z", true)]
    [InlineData("2026-11-24T00:00:00Z", true)]
    [InlineData("2026-11-24T04:59:59Z", true)]
    [InlineData("2026-11-24T05:00:00Z", false)]
    [InlineData("2026-11-24T22:00:00Z", false)]
    public void What_opens_in_the_evening_is_open_until_the_next_morning(string at, bool open) =>
        Night("Monday", "22:00", "05:00").IsOpen(At(at)).ShouldBe(open);

    [Theory]
    [InlineData("2026-11-23T21:00:00Z", "2026-11-23T22:00:00Z")]
    [InlineData("2026-11-24T01:00:00Z", "2026-11-24T01:00:00Z")]
    [InlineData("2026-11-24T05:00:00Z", "2026-11-30T22:00:00Z")]
    public void What_has_closed_opens_again_on_its_next_day(string at, string opens) =>
        Night("Monday", "22:00", "05:00").OpensAt(At(at)).ShouldBe(At(opens));

    [Fact]
    public void What_has_closed_on_its_only_day_opens_a_week_later() =>
        Night("Sunday", "02:00", "04:00").OpensAt(At("2026-11-29T04:00:00Z")).ShouldBe(At("2026-12-06T02:00:00Z"));

    [Theory]
    // the clocks of Berlin go from 02:00 to 03:00 on that Sunday, which is 01:00 UTC
    [InlineData("2027-03-28T00:59:59Z", false)]
    [InlineData("2027-03-28T01:00:00Z", true)]
    [InlineData("2027-03-28T01:59:59Z", true)]
    [InlineData("2027-03-28T02:00:00Z", false)]
    public void A_time_that_the_clocks_jump_over_is_the_moment_they_jump_to(string at, bool open) =>
        (Night("Sunday", "02:15", "04:00") with { Zone = "Europe/Berlin" }).IsOpen(At(at)).ShouldBe(open);

    private static WindowDefinition Night(string day, string from, string to) => new(
        "maintenance", [Enum.Parse<DayOfWeek>(day)], TimeOnly.Parse(from, CultureInfo.InvariantCulture), TimeOnly.Parse(to, CultureInfo.InvariantCulture), "UTC");

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
