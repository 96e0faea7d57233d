using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using AlertRollback.Matrix;

namespace AlertRollback.Playbooks.StatusPages;

/// <summary>How we left a notice: its id, and what tells a person's hand from ours.</summary>
/// <param name="Kind"><c>incident</c> or <c>maintenance</c>.</param>
/// <param name="Key">The name it has in the matrix, which other steps and playbooks of the service know it by.</param>
/// <param name="Shown">What we made of the component; null when it was left alone.</param>
public sealed record KeptNotice(string Kind, string Key, string Id, string Name, IncidentStatus Status, string? Update, ComponentStatus? Shown)
{
    /// <summary>The name of the mark in a step's journal.</summary>
    public const string MarkName = "notice";

    [JsonIgnore]
    public bool IsOver => Status is IncidentStatus.Resolved or IncidentStatus.Completed;

    public JsonObject ToJson() => (JsonObject)JsonSerializer.SerializeToNode(this, KeptNoticeJson.Default.KeptNotice)!;

    public static KeptNotice? FromJson(JsonObject json) => json.Deserialize(KeptNoticeJson.Default.KeptNotice);

    /// <summary>What a person changed since; null when all is as we left it.</summary>
    public string? ChangedByPerson(Notice now) =>
        now.Status != Status ? $"its status is {now.Status?.ToString() ?? "another"} and not {Status}"
        : now.Name != Name ? "its name was changed"
        : now.LastUpdate != Update ? "somebody wrote an update"
        : null;
}

/// <summary>The notices that rollbacks of a service opened, as the journal knows them: across steps and across playbooks.</summary>
public interface INoticeMemory
{
    /// <summary>The newest one; null: none was opened.</summary>
    KeptNotice? Latest(ServiceDefinition service, string kind, string key);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true)]
[JsonSerializable(typeof(KeptNotice))]
internal sealed partial class KeptNoticeJson : JsonSerializerContext;
