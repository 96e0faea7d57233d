using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using AlertRollback.Matrix;
using AlertRollback.Playbooks;

namespace AlertRollback.Rollbacks;

/// <summary>A method's steps with everything pinned: from what, to what. Can be shown without being run.</summary>
/// <param name="Digest">SHA-256 of the pins, and of why it can hardly be taken back, hexadecimal: what an approval is bound to.</param>
public sealed record Plan(int Method, string MethodName, IReadOnlyList<PlannedStep> Steps, string Digest)
{
    /// <summary>In place of a method's number: a step of <c>on_failure</c>.</summary>
    public const int OnFailure = -1;

    /// <summary>Whether it could not be told if what it goes back to fits what is there now; its steps' warnings say why.</summary>
    public bool TargetUntold { get; init; }

    public static Plan Of(int method, string methodName, IReadOnlyList<PlannedStep> steps)
    {
        var pins = JsonSerializer.Serialize(steps.Select(s => new { s.Key, s.Action, Pin = s.Pin.ToJsonString() }));
        var irreversible = string.Concat(steps.Select(s => s.Irreversible));
        return new Plan(method, methodName, steps, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(pins + irreversible))));
    }

    /// <summary>The workloads it writes to, sorted (S13).</summary>
    public IReadOnlyList<string> Locks => [.. Steps.SelectMany(s => s.Locks).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>Why it can hardly be taken back; null: it can.</summary>
    public string? Irreversible => Steps.Select(s => s.Irreversible).FirstOrDefault(i => i is not null);

    /// <summary>Whether a step can lose data for good: somebody has to type for this very plan.</summary>
    [JsonIgnore]
    public bool DestroysData => Steps.Any(s => s.DestroysData);

    /// <summary>The steps that replace a suspect: one, or one for each of several services.</summary>
    [JsonIgnore]
    public IEnumerable<PlannedStep> Suspects => Steps.Where(s => s.HasSuspect);
}

/// <summary>One step of a plan. <see cref="Key"/> is stable within the rollback: <c>kubernetes/0</c>.</summary>
public sealed record PlannedStep(
    string Key,
    string Action,
    JsonObject Pin,
    string From,
    string To,
    IReadOnlyList<string> Warnings,
    IReadOnlyList<string> Diff,
    IReadOnlyList<string> Locks,
    DateTimeOffset? SuspectSince,
    bool HasSuspect,
    bool ChangesProduction)
{
    /// <summary>Steps of one stage run side by side, unless they write to the same; the next stage begins when all of them are over.</summary>
    public int Stage { get; init; }

    /// <summary>The service it is carried out for; null: the rollback's own.</summary>
    public ServiceDefinition? Service { get; init; }

    /// <summary>What is done, and for whom where that is not the rollback's own service or one of several: people agree to what they read.</summary>
    [JsonIgnore]
    public string Name => Service is { } other ? $"{Action} of {other.Name}" : Action;

    /// <summary>Put back after the method's own steps.</summary>
    public bool Meanwhile { get; init; }

    /// <summary>Time for this step alone; null: the method's.</summary>
    public TimeSpan? Within { get; init; }

    public IReadOnlyList<CheckDefinition> If { get; init; } = [];

    public IReadOnlyList<CheckDefinition> Unless { get; init; } = [];

    /// <summary>Why this can hardly be taken back; null: it can.</summary>
    public string? Irreversible { get; init; }

    /// <summary>Whether it can lose data for good.</summary>
    public bool DestroysData { get; init; }

    /// <summary>What it replaces was put back in place of another release, and so is no new one.</summary>
    public bool WasPutBack { get; init; }

    /// <summary>What it replaces, where it is a release that can be known again.</summary>
    public string? SuspectIs { get; init; }

    /// <summary>What is there in its place afterwards, where that is known beforehand.</summary>
    public string? Leaves { get; init; }

    /// <summary>What a person has to do once it is done and all is well again; null: nothing.</summary>
    public string? Afterwards { get; init; }

    public static PlannedStep Of(string key, IAction action, JsonObject parameters, PinOutcome.Pinned pinned) => new(
        key, action.Name, pinned.Pin, pinned.From, pinned.To, pinned.Warnings, pinned.Diff, pinned.Locks,
        pinned.SuspectSince, pinned.HasSuspect, action.ChangesProductionWith(parameters))
    {
        Irreversible = pinned.Irreversible,
        DestroysData = action.DestroysDataWith(parameters),
        WasPutBack = pinned.WasPutBack,
        SuspectIs = pinned.Suspect,
        Leaves = pinned.Leaves,
        Afterwards = pinned.Afterwards,
    };
}
