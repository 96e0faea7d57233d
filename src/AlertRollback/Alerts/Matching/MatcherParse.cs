namespace AlertRollback.Alerts.Matching;

/// <summary>What became of a text with matchers: the matchers, or the fault.</summary>
/// <param name="Matchers">All of them must match; empty when there is a fault, or none was written.</param>
/// <param name="Advice">Set when the text is valid but only by Alertmanager's older syntax, or means different things in its two syntaxes.</param>
public sealed record MatcherParse(IReadOnlyList<Matcher> Matchers, MatcherFault? Fault, string? Advice);

/// <summary>Why a text is no list of matchers.</summary>
/// <param name="Column">Where in the text, in characters from 0.</param>
public sealed record MatcherFault(int Column, string Text)
{
    public override string ToString() => $"at {Column}: {Text}";
}
