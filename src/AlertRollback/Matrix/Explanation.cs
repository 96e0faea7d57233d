namespace AlertRollback.Matrix;

/// <summary>What one row says to some labels.</summary>
/// <param name="Decides">Whether it is the first row that matches.</param>
/// <param name="Why">Which matchers match, or the first one that does not.</param>
public sealed record RowExplanation(RowDefinition Row, bool Decides, string Why);

/// <summary>A decision together with every row of the team in order; no rows when no team is asked.</summary>
public sealed record Explanation(Decision Decision, IReadOnlyList<RowExplanation> Rows);
