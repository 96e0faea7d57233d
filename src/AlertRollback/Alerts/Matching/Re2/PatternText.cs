using System.Text;

namespace AlertRollback.Alerts.Matching.Re2;

/// <summary>The text of an expression and the place in it, code point by code point.</summary>
internal sealed class PatternText(string text)
{
    private readonly int[] runes = [.. text.EnumerateRunes().Select(r => r.Value)];
    private int position;

    public bool AtEnd => position == runes.Length;

    public int Left => runes.Length - position;

    public int Position { get => position; set => position = value; }

    /// <summary>The code point here, or further on; -1 past the end.</summary>
    public int Peek(int ahead = 0) => position + ahead < runes.Length ? runes[position + ahead] : -1;

    public int Next() => runes[position++];

    public bool Accept(string expected)
    {
        for (var i = 0; i < expected.Length; i++)
            if (Peek(i) != expected[i]) return false;
        position += expected.Length;
        return true;
    }

    /// <summary>The text up to a mark, moving behind the mark; null, without moving, when the mark does not come.</summary>
    public string? Until(string mark)
    {
        var start = position;
        for (; !AtEnd; position++)
        {
            var end = position;
            if (Accept(mark)) return Text(start, end);
        }
        position = start;
        return null;
    }

    public string Rest()
    {
        var start = position;
        position = runes.Length;
        return Text(start, position);
    }

    public string Text(int from, int to)
    {
        var part = new StringBuilder();
        foreach (var rune in runes.AsSpan(from, to - from)) part.Append(new Rune(rune));
        return part.ToString();
    }
}
