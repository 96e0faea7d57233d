using System.Globalization;

namespace AlertRollback;

/// <summary>Times as people read them, in UTC: with their day where it is not that of what they are read beside.</summary>
public static class Moment
{
    /// <param name="beside">When it is read, or what it stands beside: on the same day the clock says enough.</param>
    public static string Minute(DateTimeOffset at, DateTimeOffset beside) => Of(at, beside, "HH:mm");

    /// <inheritdoc cref="Minute"/>
    public static string Second(DateTimeOffset at, DateTimeOffset beside) => Of(at, beside, "HH:mm:ss");

    /// <summary>With its day in any case, for what may be read on any.</summary>
    public static string WholeMinute(DateTimeOffset at) => Whole(at, "HH:mm");

    /// <inheritdoc cref="WholeMinute"/>
    public static string WholeSecond(DateTimeOffset at) => Whole(at, "HH:mm:ss");

    private static string Of(DateTimeOffset at, DateTimeOffset beside, string clock) =>
        at.UtcDateTime.Date == beside.UtcDateTime.Date ? Shown(at, clock) : Whole(at, clock);

    private static string Whole(DateTimeOffset at, string clock) => Shown(at, $"yyyy-MM-dd {clock}");

    private static string Shown(DateTimeOffset at, string format) => at.UtcDateTime.ToString(format, CultureInfo.InvariantCulture);
}
