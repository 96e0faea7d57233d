using System.Diagnostics.CodeAnalysis;
using AlertRollback.Alerts.Matching.Re2;

namespace AlertRollback.Alerts.Matching;

/// <summary>One condition on a label, with Alertmanager's semantics. Its expression is compiled when it is made: an invalid one cannot exist.</summary>
public sealed class Matcher : IEquatable<Matcher>
{
    private readonly Re2Regex? expression;

    private Matcher(string name, MatchOperator op, string value, Re2Regex? expression)
    {
        Name = name;
        Operator = op;
        Value = value;
        this.expression = expression;
    }

    public string Name { get; }

    public MatchOperator Operator { get; }

    public string Value { get; }

    /// <summary>Only alerts that carry exactly this value can match, so that an index may look it up.</summary>
    public bool IsEquality => Operator == MatchOperator.Equal && Value.Length > 0;

    /// <summary>Makes a matcher; false and the reason when the expression is invalid or has no faithful translation.</summary>
    public static bool TryCreate(
        string name,
        MatchOperator op,
        string value,
        [NotNullWhen(true)] out Matcher? matcher,
        [NotNullWhen(false)] out string? fault)
    {
        Re2Regex? expression = null;
        fault = null;
        matcher = null;
        if (op is MatchOperator.Matches or MatchOperator.NotMatches && !Re2Regex.TryCompile(value, out expression, out fault))
            return false;
        matcher = new Matcher(name, op, value, expression);
        return true;
    }

    public bool Matches(LabelSet labels) => Matches(labels[Name]);

    public bool Matches(string value) => Operator switch
    {
        MatchOperator.Equal => string.Equals(value, Value, StringComparison.Ordinal),
        MatchOperator.NotEqual => !string.Equals(value, Value, StringComparison.Ordinal),
        MatchOperator.Matches => expression!.IsMatch(value),
        _ => !expression!.IsMatch(value),
    };

    public bool Equals(Matcher? other) =>
        other is not null && Operator == other.Operator && Name == other.Name && Value == other.Value;

    public override bool Equals(object? obj) => Equals(obj as Matcher);

    public override int GetHashCode() => HashCode.Combine(Name, Operator, Value);

    /// <summary>In the syntax that both of Alertmanager's parsers read: <c>service="rental-api"</c>.</summary>
    public override string ToString() =>
        (ClassicMatcherParser.IsClassicName(Name) ? Name : Quoted.Of(Name)) + Operator.Symbol() + QuotedValue;

    // Only the escapes that both syntaxes know; the classic one takes any other backslash literally.
    private string QuotedValue =>
        $"\"{Value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
