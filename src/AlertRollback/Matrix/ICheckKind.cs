using System.Text.Json.Nodes;

namespace AlertRollback.Matrix;

/// <summary>A check as the matrix file knows it: what may be said of it, and what has to be known before it is asked.</summary>
public interface ICheckKind
{
    /// <summary>The word in the matrix file, e.g. <c>promql</c>.</summary>
    string Name { get; }

    /// <summary>One sentence for the matrix reference.</summary>
    string Summary { get; }

    /// <summary>All keys it may have besides <c>report</c>; any other is a fault of the matrix.</summary>
    IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>Keys it reads from the service (<see cref="ServiceDefinition.Settings"/>): what is said once, not at every use.</summary>
    IReadOnlyList<Parameter> ServiceParameters => [];

    /// <summary>What a service lacks that this is meant for, so that it could never do it; null: nothing. Asked when the matrix is loaded.</summary>
    ServiceNeed? Missing(ServiceDefinition service, JsonObject parameters) => null;

    /// <summary>Faults of the parameters beyond their form, in words; empty when there are none.</summary>
    IEnumerable<string> Validate(JsonObject parameters) => [];

    /// <summary>The queries that it asks Prometheus. Asked for faulty parameters, too.</summary>
    IEnumerable<string> PromQl(JsonObject parameters) => [];

    /// <summary>Whether it can fail with these parameters. One that cannot has to be a <c>report</c>, or it would always pass.</summary>
    bool Judges(JsonObject parameters) => true;

    /// <summary>
    /// Whether it answers the same for as long as what it looks at is the same, and runs nothing to find out: only then can a
    /// guard compare its answers. Not so where they tell how long something took or how old it is.
    /// </summary>
    bool CanBeCompared(JsonObject parameters) => true;
}
