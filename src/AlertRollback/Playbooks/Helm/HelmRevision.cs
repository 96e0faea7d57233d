using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AlertRollback.Playbooks.Helm;

/// <summary>One line of <c>helm history --output json</c>.</summary>
/// <param name="Status">Helm's word: deployed, superseded, failed, pending-upgrade, pending-rollback, …</param>
/// <param name="Updated">The time of the machine that ran helm; null when it cannot be read.</param>
internal sealed record HelmRevision(long Number, string Status, string Chart, string AppVersion, string Description, DateTimeOffset? Updated)
{
    private const string Uninstalling = "uninstalling";

    /// <summary>Begun and not ended: somebody is at work, or died at it.</summary>
    public bool IsPending => Status.StartsWith("pending-", StringComparison.Ordinal) || Status == Uninstalling;

    /// <summary>Begun so long ago that nobody can be at work any more. What is to be taken away as a whole is no release to go back in.</summary>
    /// <param name="longest">How long helm works at most.</param>
    public bool WasLeft(DateTimeOffset now, TimeSpan longest) => IsPending && Status != Uninstalling && now - Updated >= longest;

    /// <summary>Which revision this one is a copy of; null when it is none.</summary>
    public long? RollbackTo => Description.StartsWith("Rollback to ", StringComparison.Ordinal)
        && long.TryParse(Description.AsSpan("Rollback to ".Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>Oldest first; null when it is no history.</summary>
    public static IReadOnlyList<HelmRevision>? Read(string json)
    {
        try
        {
            return JsonNode.Parse(json) is JsonArray lines
                ? [.. lines.OfType<JsonObject>().Select(Of).OrderBy(r => r.Number)]
                : null;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    /// <summary>What of it is not ended, and since when, for people.</summary>
    public string Unfinished => $"{Status}, revision {Number}{(Updated is { } at ? $", since {Moment.WholeMinute(at)} UTC" : "")}";

    public override string ToString() => $"{Chart}{(AppVersion.Length == 0 ? "" : $" ({AppVersion})")}, revision {Number}";

    private static HelmRevision Of(JsonObject line) => new(
        line["revision"]!.GetValue<long>(), Text(line, "status"), Text(line, "chart"), Text(line, "app_version"), Text(line, "description"), Time(Text(line, "updated")));

    private static string Text(JsonObject line, string member) => line[member]?.GetValue<string>() ?? "";

    // Before 3.2 it was Go's own form: 2026-11-23 12:00:00.123 +0000 UTC.
    private static DateTimeOffset? Time(string text) =>
        DateTimeOffset.TryParse(text.Replace(" UTC", "", StringComparison.Ordinal), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
}
