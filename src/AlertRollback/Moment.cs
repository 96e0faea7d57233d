using System.Globalization;

namespace AlertRollback;

/// <summary>Times as people read them, in UTC: with their day where it is not that of what they are read beside.</summary>
public static class Moment
{
    /// <param name="beside">When it is read, or what it stands beside: on the same day the clock says enough.</param>
    public static string Minute(DateTimeOffset at, DateTimeOffset beside) => Of(at, beside, "HH:mm");

    /// <inheritdoc cref="Minute"/>
    public static string Second(DateTimeOffset at, DateTimeOffset beside) => Of(at, beside, "HH:mm:ss");

    private static string Of(DateTimeOffset at, DateTimeOffset beside, string clock) =>
        at.UtcDateTime.ToString(at.UtcDateTime.Date == beside.UtcDateTime.Date ? clock : $"yyyy-MM-dd {clock}", CultureInfo.InvariantCulture);
}
