using System.Globalization;
using System.Text;

namespace AlertRollback.Alerts.Matching;

/// <summary>Go's string literals in double quotes, which Alertmanager's matcher syntax borrows.</summary>
internal static class GoString
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>The text of a literal including its quotes; false for an unknown escape, a raw line break or bytes that are not UTF-8.</summary>
    public static bool TryUnquote(string literal, out string text)
    {
        text = "";
        var rest = literal.AsSpan(1, literal.Length - 2);
        if (rest.Contains('\n')) return false;
        var bytes = new List<byte>(rest.Length);
        while (!rest.IsEmpty)
            if (rest[0] != '\\') AppendPlain(bytes, ref rest);
            else if (!AppendEscape(bytes, ref rest)) return false;
        return TryDecode([.. bytes], out text);
    }

    private static void AppendPlain(List<byte> bytes, ref ReadOnlySpan<char> rest)
    {
        var length = rest.IndexOf('\\') is var i && i < 0 ? rest.Length : i;
        bytes.AddRange(Encoding.UTF8.GetBytes(rest[..length].ToString()));
        rest = rest[length..];
    }

    private static bool AppendEscape(List<byte> bytes, ref ReadOnlySpan<char> rest)
    {
        var letter = rest.Length > 1 ? rest[1] : '\0';
        var simple = "abfnrtv\\\"".IndexOf(letter);
        if (simple >= 0 && letter != '\0')
        {
            bytes.Add((byte)"\a\b\f\n\r\t\v\\\""[simple]);
            rest = rest[2..];
            return true;
        }
        return letter switch
        {
            'x' => AppendByte(bytes, ref rest, 2, 2, 16),
            >= '0' and <= '7' => AppendByte(bytes, ref rest, 1, 3, 8),
            'u' => AppendRune(bytes, ref rest, 4),
            'U' => AppendRune(bytes, ref rest, 8),
            _ => false,
        };
    }

    private static bool AppendByte(List<byte> bytes, ref ReadOnlySpan<char> rest, int skip, int digits, int radix)
    {
        if (!TryNumber(rest, skip, digits, radix, out var number) || number > 255) return false;
        bytes.Add((byte)number);
        rest = rest[(skip + digits)..];
        return true;
    }

    private static bool AppendRune(List<byte> bytes, ref ReadOnlySpan<char> rest, int digits)
    {
        if (!TryNumber(rest, 2, digits, 16, out var number) || !Rune.IsValid(number)) return false;
        bytes.AddRange(Encoding.UTF8.GetBytes(new Rune(number).ToString()));
        rest = rest[(2 + digits)..];
        return true;
    }

    private static bool TryNumber(ReadOnlySpan<char> text, int skip, int digits, int radix, out uint number)
    {
        number = 0;
        if (text.Length < skip + digits) return false;
        foreach (var c in text.Slice(skip, digits))
        {
            if (!uint.TryParse([c], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var digit) || digit >= radix)
                return false;
            number = number * (uint)radix + digit;
        }
        return true;
    }

    private static bool TryDecode(byte[] bytes, out string text)
    {
        try
        {
            text = Strict.GetString(bytes);
            return true;
        }
        catch (DecoderFallbackException)
        {
            text = "";
            return false;
        }
    }
}
