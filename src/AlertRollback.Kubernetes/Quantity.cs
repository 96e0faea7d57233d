using System.Globalization;

namespace AlertRollback.Kubernetes;

/// <summary>Kubernetes' way of writing amounts: <c>250m</c>, <c>64Mi</c>, <c>1.5G</c>, <c>12345n</c>. In cores or bytes.</summary>
public static class Quantity
{
    private static readonly (string Suffix, double Factor)[] suffixes =
    [
        ("Ki", 1024), ("Mi", 1024d * 1024), ("Gi", 1024d * 1024 * 1024), ("Ti", Math.Pow(1024, 4)), ("Pi", Math.Pow(1024, 5)), ("Ei", Math.Pow(1024, 6)),
        ("n", 1e-9), ("u", 1e-6), ("m", 1e-3), ("k", 1e3), ("M", 1e6), ("G", 1e9), ("T", 1e12), ("P", 1e15), ("E", 1e18),
    ];

    public static bool TryParse(string? text, out double amount)
    {
        amount = 0;
        if (string.IsNullOrEmpty(text))
            return false;

        // "1E" is an exabyte, "1E3" a thousand.
        var (suffix, factor) = Array.Find(suffixes, s => text.EndsWith(s.Suffix, StringComparison.Ordinal)) is { Suffix: { } found, Factor: var by } ? (found, by) : ("", 1d);
        const NumberStyles styles = NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign | NumberStyles.AllowExponent;
        if (!double.TryParse(text.AsSpan(0, text.Length - suffix.Length), styles, CultureInfo.InvariantCulture, out var number) || !double.IsFinite(number))
            return false;
        amount = number * factor;
        return true;
    }

    /// <summary><c>512 MiB</c>.</summary>
    public static string Bytes(double bytes)
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB"];
        var unit = 0;
        for (; bytes >= 1024 && unit < units.Length - 1; unit++)
            bytes /= 1024;
        return string.Create(CultureInfo.InvariantCulture, $"{bytes:0.#} {units[unit]}");
    }

    /// <summary><c>0.25 cores</c>.</summary>
    public static string Cores(double cores) => string.Create(CultureInfo.InvariantCulture, $"{cores:0.###} cores");
}
