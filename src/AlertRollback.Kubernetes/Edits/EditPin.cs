using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using AlertRollback.Kubernetes.Workloads;

namespace AlertRollback.Kubernetes.Edits;

/// <summary>A value as the journal may keep it: nothing, the value itself, or the digest of one that may be secret (S19).</summary>
public sealed record PlaceValue(JsonNode? Value, string? Digest)
{
    public static readonly PlaceValue Nothing = new(null, null);

    [JsonIgnore]
    public bool IsNothing => Value is null && Digest is null;

    public static PlaceValue Plain(JsonNode? value) => new(value?.DeepClone(), null);

    /// <summary>Only its digest; nothing stays nothing.</summary>
    public static PlaceValue Sealed(JsonNode? value) => value is null ? Nothing : new(null, CanonicalJson.Digest(value));

    public bool Is(JsonNode? live) => SameAs(Plain(live));

    public bool SameAs(PlaceValue other) => Identity == other.Identity;

    private string? Identity => Digest ?? (Value is null ? null : CanonicalJson.Digest(Value));
}

/// <summary>One place of an object: what stands there, and what will.</summary>
/// <param name="Index">Where the present value stands in its list, so that it is put back there.</param>
/// <param name="Existing">How many parts of the path exist: what is absent stays absent after a restore.</param>
public sealed record PlacePin(ObjectPath Path, PlaceValue From, PlaceValue To, int? Index, int Existing);

/// <summary>The revision that keeps a workload's present template, so that what is sealed in the pin can be put back from it.</summary>
public sealed record KeptTemplate(ResourceKind Kind, string Name, string Uid);

/// <summary>A server-side apply, which makes us the owner of the fields.</summary>
/// <param name="Force">Takes fields that belong to others.</param>
/// <param name="Manifest">What is applied to an object that is there; null where it is to be created.</param>
public sealed record ServerSideForm(bool Force, JsonObject? Manifest);

/// <summary>A change of one object as it was decided: compare and patch.</summary>
/// <param name="Uid">The object's; empty when it is to be created.</param>
/// <param name="Body">What is to be created; null when the object is there.</param>
/// <param name="Kept">Null when nothing of the pin is sealed.</param>
public sealed record EditPin(
    ResourceKind Kind, string Namespace, string Name, string Uid, IReadOnlyList<PlacePin> Places, JsonObject? Body = null, KeptTemplate? Kept = null)
{
    /// <summary>How it is written as a server-side apply; null: as a patch of the places, or a creation.</summary>
    public ServerSideForm? ServerSide { get; init; }

    /// <summary>An earlier step of the same plan changes the object too: what differs from the plan at its turn may be that step's.</summary>
    public bool AfterOwn { get; init; }

    /// <summary>What deploys the object and has to be suspended while it is changed, as <see cref="GitopsOwner.Parse"/> reads it; null: nothing (S6).</summary>
    public string? Owner { get; init; }

    internal bool IsHeld(KubernetesObject live) => GitopsOwner.Owns(Owner, live);

    /// <summary>Where a workload keeps what its pods are made from.</summary>
    public static readonly ObjectPath Template = ObjectPath.Of("spec", "template");

    /// <summary>Where kubectl keeps when a workload's pods were last asked to start anew.</summary>
    public static readonly ObjectPath RestartedAt = Template.Member("metadata").Member("annotations").Member("kubectl.kubernetes.io/restartedAt");

    /// <summary>Where an Argo Rollout keeps when its pods were last asked to start anew, without a new version.</summary>
    public static readonly ObjectPath RestartAt = ObjectPath.Of("spec", "restartAt");

    [JsonIgnore]
    public bool ChangesTemplate => Places.Any(p => p.Path.StartsWith(Template));

    /// <summary>Whether an Argo Rollout's pods are started anew by it.</summary>
    [JsonIgnore]
    public bool Restarts => EditRules.Restarts(Kind, Places.Select(p => p.Path));

    /// <summary>Whether it would meet a version of an Argo Rollout that is still on its way, aborted or not.</summary>
    public bool MeetsCanary(KubernetesObject live) =>
        Kind == ResourceKind.Rollout && (ChangesTemplate || Restarts) && ArgoRollout.IsUnderWay(live);

    /// <summary>The places whose old values nobody keeps.</summary>
    [JsonIgnore]
    public IReadOnlyList<PlacePin> Unkept => Kept is null ? [.. Places.Where(p => p.From.Digest is not null)] : [];

    /// <summary>Places for people.</summary>
    public static string Text(IEnumerable<PlacePin> places) => string.Join(", ", places.Select(p => p.Path));

    [JsonIgnore]
    public ObjectRef Object => new(Kind, Namespace, Name);

    /// <summary>Whether all that is wanted is there, whoever wrote it.</summary>
    public bool IsThere(KubernetesObject live) => EditState.IsAtTo(this, live);

    public JsonObject ToJson() => (JsonObject)JsonSerializer.SerializeToNode(this, EditJson.Default.EditPin)!;

    /// <exception cref="JsonException">It is not such a pin.</exception>
    public static EditPin FromJson(JsonObject json) => json.Deserialize(EditJson.Default.EditPin) ?? throw new JsonException("A change's pin is missing.");
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(EditPin))]
internal sealed partial class EditJson : JsonSerializerContext;
