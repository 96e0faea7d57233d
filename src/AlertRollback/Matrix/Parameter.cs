using AlertRollback.Operators;

namespace AlertRollback.Matrix;

/// <summary>What a parameter's value looks like in the matrix file.</summary>
public enum ParameterType
{
    Text,
    Number,
    Integer,
    YesNo,

    /// <summary>Alertmanager's form: <c>90s</c>, <c>5m</c>, <c>1h30m</c>. In the JSON of a step it stays that text.</summary>
    Duration,

    /// <summary>One text or a list of texts; in the JSON always a list.</summary>
    Texts,

    /// <summary>A mapping: of <see cref="Parameter.Fields"/> where it has them, else whatever the action reads by itself.</summary>
    Mapping,

    /// <summary>A list of whatever the action reads by itself.</summary>
    List,

    /// <summary>
    /// One check or a list of checks, read and validated as those under <c>checks:</c>. In the JSON always a list of
    /// <c>{"check": …, "parameters": {…}, "report": …}</c>: <see cref="InlineChecks.Read"/>.
    /// </summary>
    Checks,

    /// <summary>
    /// One file or a list of files beside the matrix file, read together with it; the key is always <c>file</c>, without
    /// placeholders. In the JSON always a list of <c>{"file": NAME, "text": CONTENT}</c>.
    /// </summary>
    Files,
}

/// <summary>One key of an action or check, as the matrix reference and the validation know it.</summary>
/// <param name="Summary">One sentence: meaning, unit, default.</param>
/// <param name="Allowed">The closed list of values, or null.</param>
/// <param name="Main">A step may give this value alone: <c>page: devops-lead</c>.</param>
public sealed record Parameter(
    string Name,
    ParameterType Type,
    string Summary,
    bool Required = false,
    string? Default = null,
    string? Example = null,
    IReadOnlyList<string>? Allowed = null,
    bool Main = false,
    Grant Grant = Grant.None)
{
    /// <summary>The keys of a <see cref="ParameterType.Mapping"/>; empty: any.</summary>
    public IReadOnlyList<Parameter> Fields { get; init; } = [];

    /// <summary>A value of this <see cref="ParameterType.Mapping"/> may be <c>{secret: NAME}</c>, which has to be granted like any other secret.</summary>
    public bool MayHoldSecrets { get; init; }
}
