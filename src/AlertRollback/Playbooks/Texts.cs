using System.Globalization;
using AlertRollback.Kubernetes;

namespace AlertRollback.Playbooks;

/// <summary>Figures as people read them, the same in every culture, and texts that are not too long for them.</summary>
public static class Texts
{
    /// <summary>A share as percent with as many digits as say something: 0.0012 is <c>0.12 %</c>.</summary>
    public static string Percent(double share) => $"{Number(share * 100)} %";

    public static string Number(double value) => Math.Abs(value) switch
    {
        0 => "0",
        >= 1e15 or < 1e-6 => value.ToString("0.###E+0", CultureInfo.InvariantCulture),
        >= 100 => value.ToString("#,##0.#", CultureInfo.InvariantCulture),
        >= 1 => value.ToString("0.##", CultureInfo.InvariantCulture),
        _ => value.ToString("0.######", CultureInfo.InvariantCulture),
    };

    public static string Milliseconds(TimeSpan span) => span.TotalMilliseconds < 1000
        ? $"{span.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture)} ms"
        : $"{span.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)} s";

    /// <inheritdoc cref="Clipped.Head"/>
    public static string Clip(string text, int longest) => Clipped.Head(text, longest);
}
