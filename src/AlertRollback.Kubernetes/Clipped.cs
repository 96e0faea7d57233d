namespace AlertRollback.Kubernetes;

/// <summary>Texts that are too long, in a given number of UTF-16 units, the ellipsis among them; never half a surrogate pair.</summary>
public static class Clipped
{
    public const string Ellipsis = "…";

    /// <summary>The text, or its beginning and an ellipsis.</summary>
    public static string Head(string text, int longest)
    {
        if (text.Length <= longest)
            return text;
        var end = Math.Max(0, longest - Ellipsis.Length);
        if (end > 0 && char.IsHighSurrogate(text[end - 1]))
            end--;
        return string.Concat(text.AsSpan(0, end), Ellipsis);
    }

    /// <summary>The text, or an ellipsis and its end, as of a log, whose end says why it ended.</summary>
    public static string Tail(string text, int longest)
    {
        if (text.Length <= longest)
            return text;
        var start = text.Length - Math.Max(0, longest - Ellipsis.Length);
        if (start < text.Length && char.IsLowSurrogate(text[start]))
            start++;
        return string.Concat(Ellipsis, text.AsSpan(start));
    }
}
