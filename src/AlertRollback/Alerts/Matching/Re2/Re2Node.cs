namespace AlertRollback.Alerts.Matching.Re2;

/// <summary>A parsed expression. Captures, names and greediness are dropped: they cannot change whether a text matches.</summary>
internal abstract record Re2Node
{
    public sealed record Class(CodePointSet Set) : Re2Node;

    public sealed record Assertion(Re2Assertion Kind) : Re2Node;

    /// <param name="Max">-1: without end.</param>
    public sealed record Repeat(Re2Node Inner, int Min, int Max, bool Counted) : Re2Node;

    public sealed record Sequence(IReadOnlyList<Re2Node> Items) : Re2Node;

    public sealed record Choice(IReadOnlyList<Re2Node> Items) : Re2Node;
}

internal enum Re2Assertion { TextStart, TextEnd, LineStart, LineEnd, WordBoundary, NoWordBoundary }

/// <summary>The expression is invalid in RE2, or has no faithful translation. Never leaves <see cref="Re2Regex"/>.</summary>
internal sealed class Re2Fault(string message) : Exception(message);
