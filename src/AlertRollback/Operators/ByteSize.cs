using System.Globalization;

namespace AlertRollback.Operators;

/// <summary>Sizes such as <c>16MiB</c>; a bare number is bytes.</summary>
internal static class ByteSize
{
    private static readonly (string Unit, long Bytes)[] Units = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("", 1)];

    public static bool TryParse(string text, out long bytes)
    {
        var (unit, factor) = Units.First(u => text.EndsWith(u.Unit, StringComparison.Ordinal));
        var read = int.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var count);
        bytes = count * factor;
        return read;
    }
}
