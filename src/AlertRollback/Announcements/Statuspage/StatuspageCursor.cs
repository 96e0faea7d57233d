using System.Text.Json;
using AlertRollback.Playbooks.StatusPages;

namespace AlertRollback.Announcements.Statuspage;

/// <summary>A create or an update that is on its way.</summary>
internal sealed record StatuspageWrite(IncidentStatus Status, string Body);

/// <summary>What has to be remembered of one incident: its id, and how we left it, by which a person's hand is recognised.</summary>
/// <param name="Incident">Null before it was created.</param>
/// <param name="Name">The name Statuspage gave it.</param>
/// <param name="Status">The last one that we set.</param>
/// <param name="Update">The id of the last update, which was ours.</param>
/// <param name="Sending">Journalled before the call: after a lost answer it is looked for before it is repeated (S20).</param>
/// <param name="LeftTo">Why the incident is a person's now; from then on nothing is changed.</param>
internal sealed record StatuspageCursor(
    string? Incident, string? Name, IncidentStatus? Status, string? Update, StatuspageWrite? Sending, string? LeftTo)
{
    private static readonly StatuspageCursor None = new(null, null, null, null, null, null);

    /// <summary>Where customers read it; null: not known.</summary>
    public string? Link { get; init; }

    /// <summary>Whoever took it over had resolved it: as long as all goes well, nobody has anything left to do there.</summary>
    public bool LeftResolved { get; init; }

    public static StatuspageCursor Read(CursorKeeper keeper) =>
        keeper.Cursor.Remote.Length == 0 ? None : JsonSerializer.Deserialize<StatuspageCursor>(keeper.Cursor.Remote) ?? None;

    public Task SaveAsync(CursorKeeper keeper, long? toldAll = null) =>
        keeper.SaveAsync(toldAll ?? keeper.Cursor.Sequence, JsonSerializer.Serialize(this));

    /// <summary>After the write was certainly carried out.</summary>
    public static StatuspageCursor After(StatuspageIncident incident, StatuspageWrite write) => new(
        incident.Id, incident.Name, write.Status, incident.Updates.Count > 0 ? incident.Updates[0].Id : null, null, null)
    {
        Link = incident.Shortlink,
    };

    /// <summary>What a person changed since our last write; null when all is as we left it.</summary>
    public string? ChangedByPerson(StatuspageIncident now) =>
        now.Status != Status ? $"its status is {now.Status?.ToString() ?? "another"} and not {Status}"
        : now.Name != Name ? "its name was changed"
        : now.Updates.Count > 0 && now.Updates[0].Id != Update ? "somebody wrote an update"
        : null;

    /// <summary>Whether the write whose answer was lost is the newest thing there.</summary>
    public static bool IsThere(StatuspageIncident now, StatuspageWrite write) =>
        now.Status == write.Status && now.Updates.Count > 0 && now.Updates[0].Body.Trim() == write.Body.Trim();
}
