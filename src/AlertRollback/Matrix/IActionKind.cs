using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Operators;

namespace AlertRollback.Matrix;

/// <summary>How an action behaves when it is not known whether it was carried out (S17).</summary>
public enum Repeatability
{
    /// <summary>Carrying it out twice for the same pin equals once.</summary>
    Converges,

    /// <summary>Never repeated: its read-back decides, else a person does.</summary>
    Once,
}

/// <summary>An action as the matrix file knows it: what may be said of it, and what has to be known before it is used.</summary>
public interface IActionKind
{
    /// <summary>The word in the matrix file, e.g. <c>rollout_undo</c>.</summary>
    string Name { get; }

    /// <summary>One sentence for the matrix reference.</summary>
    string Summary { get; }

    Repeatability Repeatability { get; }

    /// <summary>All keys a step may have; any other is a fault of the matrix.</summary>
    IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>Keys it reads from the service (<see cref="ServiceDefinition.Settings"/>): what is said once, not at every use.</summary>
    IReadOnlyList<Parameter> ServiceParameters => [];

    /// <summary>Whether it changes production; evidence and messages do not, and need neither guards nor a lock.</summary>
    bool ChangesProduction { get; }

    /// <summary>The same for one use of it, where its parameters can say more.</summary>
    bool ChangesProductionWith(JsonObject parameters) => ChangesProduction;

    /// <summary>Whether every use of it takes a release away, which then has to be a suspect (S9).</summary>
    bool ReplacesRelease => false;

    /// <summary>Whether only the operator knows what it changes: it may well replace the release.</summary>
    bool IsOpaque => false;

    /// <summary>Whether it can be put back, and so may stand under <c>meanwhile</c>.</summary>
    bool Restores => false;

    /// <summary>Whether it can lose data for good: it then always needs a person's typed approval.</summary>
    bool DestroysData => false;

    /// <summary>The same for one use of it, where the matrix declares it.</summary>
    bool DestroysDataWith(JsonObject parameters) => DestroysData;

    /// <summary>What a service lacks that this is meant for, so that it could never do it; null: nothing. Asked when the matrix is loaded.</summary>
    ServiceNeed? Missing(ServiceDefinition service, JsonObject parameters) => null;

    /// <summary>Objects of the cluster that it names and somebody else has to put there, as far as placeholders are known beforehand.</summary>
    IEnumerable<ObjectRef> Named(ServiceDefinition service, JsonObject parameters) => [];

    /// <summary>Faults of the parameters beyond their form, in words; empty when there are none.</summary>
    IEnumerable<string> Validate(JsonObject parameters) => [];

    /// <summary>How long it takes whatever happens, e.g. because that is what it is for. Asked for faulty parameters, too.</summary>
    TimeSpan Takes(JsonObject parameters) => TimeSpan.Zero;

    /// <summary>The queries that it asks Prometheus. Asked for faulty parameters, too.</summary>
    IEnumerable<string> PromQl(JsonObject parameters) => [];

    /// <summary>Names with power that it uses without a parameter of their own, e.g. the kinds in a manifest (S15). Asked for faulty parameters, too.</summary>
    IEnumerable<(Grant Grant, string Name)> Needs(JsonObject parameters) => [];
}
