namespace AlertRollback.Alerts;

/// <summary>Order by code point, which is the order of UTF-8 bytes and so of Go's strings.</summary>
internal static class CodePointOrder
{
    public static int Compare(string a, string b)
    {
        var common = a.AsSpan().CommonPrefixLength(b);
        if (common == a.Length || common == b.Length) return a.Length - b.Length;
        return Rank(a[common]) - Rank(b[common]);
    }

    // UTF-16 puts surrogates (code points from U+10000 on) before U+E000.
    private static int Rank(char c) => char.IsSurrogate(c) ? c + 0x10000 : c;
}
