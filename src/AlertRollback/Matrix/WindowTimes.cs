namespace AlertRollback.Matrix;

/// <summary>When a window is open. Pure.</summary>
public static class WindowTimes
{
    /// <summary>Whether the window is open at this moment.</summary>
    public static bool IsOpen(this WindowDefinition window, DateTimeOffset at)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(window.Zone);
        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, zone).DateTime);
        return Enumerable.Range(-1, 2).Select(today.AddDays).Any(day => window.Days.Contains(day.DayOfWeek) && Begin(window, day, zone) <= at && at < End(window, day, zone));
    }

    /// <summary>Whether its window, if it has one, lets it act at this moment.</summary>
    public static bool MayBegin(this RowDefinition row, DateTimeOffset at) => row.Window?.IsOpen(at) != false;

    /// <summary>When it opens next; the moment itself when it is open.</summary>
    public static DateTimeOffset OpensAt(this WindowDefinition window, DateTimeOffset at)
    {
        if (IsOpen(window, at))
            return at;
        var zone = TimeZoneInfo.FindSystemTimeZoneById(window.Zone);
        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, zone).DateTime);
        return Enumerable.Range(0, 9).Select(today.AddDays)
            .Where(day => window.Days.Contains(day.DayOfWeek))
            .Select(day => Begin(window, day, zone))
            .First(begin => begin > at);
    }

    private static DateTimeOffset Begin(WindowDefinition window, DateOnly day, TimeZoneInfo zone) => Moment(day.ToDateTime(window.From), zone);

    private static DateTimeOffset End(WindowDefinition window, DateOnly day, TimeZoneInfo zone) =>
        Moment((window.To > window.From ? day : day.AddDays(1)).ToDateTime(window.To), zone);

    // A time of day that the clocks jump over in spring is the moment they jump to.
    private static DateTimeOffset Moment(DateTime local, TimeZoneInfo zone)
    {
        while (zone.IsInvalidTime(local))
            local = local.AddMinutes(1);
        return new DateTimeOffset(local, zone.GetUtcOffset(local)).ToUniversalTime();
    }
}
