using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace AlertRollback.Kubernetes.Workloads;

/// <summary>A revision by its immutable identity. Holds no template, because templates hold secrets (S19).</summary>
/// <param name="Number">0 and an empty <paramref name="Identity"/> when the controller had not made the revision yet.</param>
public sealed record PinnedRevision(long Number, string Identity, string Uid, string Digest, IReadOnlyList<ContainerImage> Images)
{
    public static PinnedRevision Of(Revision r) => new(r.Number, r.Identity, r.Uid, r.Digest, r.Images);

    public override string ToString() =>
        string.Join(", ", Images.Select(i => i.Image)) + (Number > 0 ? $" (revision {Number})" : "");
}

/// <summary>What an undo was decided to do: everything apply needs, free of secrets, to be journalled.</summary>
/// <param name="Uid">The workload's.</param>
public sealed record UndoPin(
    WorkloadRef Workload,
    string Uid,
    PinnedRevision Origin,
    PinnedRevision Target,
    IReadOnlyList<string> Warnings,
    IReadOnlyList<string> Diff)
{
    /// <summary>The address of the owner that has to be suspended while it is written (S6); null: the workload has none.</summary>
    public string? Owner { get; init; }

    /// <summary>Digest of the live template where it differs from its revision's, as that of a Rollout without the defaults does.</summary>
    public string? LiveDigest { get; init; }

    /// <summary>Digest of the template as the API server writes it where that differs from the target's: an admission webhook adds to it.</summary>
    public string? WrittenDigest { get; init; }

    /// <summary>
    /// Digest of the template as it is written, without its restart annotation and our marks: after a restart it is the target all
    /// the same. Null for an Argo Rollout, which would go by its steps again, and in pins of earlier versions.
    /// </summary>
    public string? ReleaseDigest { get; init; }

    /// <summary>The Rollout goes on to the target without its steps and analyses.</summary>
    public bool SkipSteps { get; init; }

    /// <summary>Digest of the live template once the undo is written.</summary>
    [JsonIgnore]
    public string ExpectedDigest => WrittenDigest ?? Target.Digest;

    /// <summary>The live template once the undo is written.</summary>
    [JsonIgnore]
    public ExpectedTemplate Expected => new(ExpectedDigest, ReleaseDigest);

    internal bool IsHeld(KubernetesObject live) => GitopsOwner.Owns(Owner, live);

    [JsonIgnore]
    internal string OriginDigest => LiveDigest ?? Origin.Digest;

    public JsonObject ToJson() => (JsonObject)JsonSerializer.SerializeToNode(this, PinJson.Default.UndoPin)!;

    /// <exception cref="JsonException">It is not such a pin.</exception>
    public static UndoPin FromJson(JsonObject json) => json.Deserialize(PinJson.Default.UndoPin) ?? throw new JsonException("An undo's pin is missing.");
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(UndoPin))]
[JsonSerializable(typeof(ScalePin))]
internal sealed partial class PinJson : JsonSerializerContext;
