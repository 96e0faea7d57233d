using System.Globalization;

namespace AlertRollback.Alerts;

/// <summary>The hash by which Alertmanager knows an alert; computed here only for senders that leave it out.</summary>
internal static class LabelFingerprint
{
    private const ulong OffsetBasis = 14695981039346656037;
    private const ulong Prime = 1099511628211;

    // Cannot occur in UTF-8, so that no two label sets run into each other.
    private const byte Separator = 0xFF;

    public static string Of(ReadOnlySpan<string> sortedPairs)
    {
        var hash = OffsetBasis;
        foreach (var text in sortedPairs)
            hash = Add(hash, text);
        return hash.ToString("x16", CultureInfo.InvariantCulture);
    }

    private static ulong Add(ulong hash, string text)
    {
        Span<byte> bytes = stackalloc byte[4];
        foreach (var rune in text.EnumerateRunes())
        {
            var length = rune.EncodeToUtf8(bytes);
            for (var i = 0; i < length; i++) hash = (hash ^ bytes[i]) * Prime;
        }
        return (hash ^ Separator) * Prime;
    }
}
