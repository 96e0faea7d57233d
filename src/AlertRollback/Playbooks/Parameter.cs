namespace AlertRollback.Playbooks;

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

    /// <summary>A mapping that the action reads by itself.</summary>
    Mapping,
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
    bool Main = false);
