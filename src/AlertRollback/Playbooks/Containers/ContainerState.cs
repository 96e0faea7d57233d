using System.Globalization;
using System.Text.Json.Nodes;

namespace AlertRollback.Playbooks.Containers;

/// <summary>A container as the engine describes it.</summary>
public sealed class ContainerState(JsonObject json)
{
    /// <summary>Which rollback and step made it.</summary>
    public const string MadeBy = "io.alertrollback.step";

    /// <summary>The image's name for people; it was created from the image's id.</summary>
    public const string ImageLabel = "io.alertrollback.image";

    /// <summary>The id of the container it replaced.</summary>
    public const string Replaced = "io.alertrollback.replaced";

    private static readonly TimeSpan DefaultStop = TimeSpan.FromSeconds(10);

    public JsonObject Json => json;

    public string Id => Text(json["Id"]) ?? "";

    public string Name => (Text(json["Name"]) ?? "").TrimStart('/');

    public string ImageId => Text(json["Image"]) ?? "";

    /// <summary>As people know the image.</summary>
    public string Image => Label(ImageLabel) ?? Text(json["Config"]?["Image"]) ?? ShortOf(ImageId);

    public DateTimeOffset? Created => DateTimeOffset.TryParse(Text(json["Created"]), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at : null;

    /// <summary>created, running, paused, restarting, removing, exited or dead.</summary>
    public string Status => Text(State?["Status"]) ?? "";

    public bool Runs => Status is "running" && State?["Restarting"]?.GetValue<bool>() != true;

    /// <summary>There is something to stop.</summary>
    public bool IsUp => Status is "running" or "restarting" or "paused";

    public bool WasNeverStarted => Status is "created" or "configured" or "initialized";

    public long ExitCode => Number(State?["ExitCode"]);

    /// <summary>starting, healthy or unhealthy; null when it has no health check.</summary>
    public string? Health => Text(State?["Health"]?["Status"]) is { Length: > 0 } status && status != "none" ? status : null;

    public long Restarts => Number(json["RestartCount"]);

    public string RestartPolicy => Text(Host?["RestartPolicy"]?["Name"]) ?? "";

    /// <summary>The engine removes it as soon as it ends.</summary>
    public bool RemovesItself => Host?["AutoRemove"]?.GetValue<bool>() == true;

    public TimeSpan StopTimeout => Number(json["Config"]?["StopTimeout"]) is > 0 and var seconds ? TimeSpan.FromSeconds(seconds) : DefaultStop;

    /// <summary>How it is, for people.</summary>
    public string Condition => Status is "exited" or "dead" ? $"{Status} with exit code {ExitCode}" : Health is { } health ? $"{Status}, {health}" : Status;

    public string? Label(string name) => Text(json["Config"]?["Labels"]?[name]);

    /// <summary>The networks it is connected to besides those of its machine or of another container, by name.</summary>
    public IReadOnlyDictionary<string, JsonNode?> Networks => NetworkMode is "host" or "none" || NetworkMode.StartsWith("container:", StringComparison.Ordinal)
        ? new Dictionary<string, JsonNode?>()
        : (json["NetworkSettings"]?["Networks"] as JsonObject ?? []).ToDictionary(n => n.Key, n => n.Value, StringComparer.Ordinal);

    public static string ShortOf(string id) => id.Replace("sha256:", "", StringComparison.Ordinal) is { Length: > 12 } hex ? hex[..12] : id;

    public string NetworkMode => Text(Host?["NetworkMode"]) ?? "";

    private JsonNode? State => json["State"];

    private JsonNode? Host => json["HostConfig"];

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    private static long Number(JsonNode? node) => node is JsonValue value && value.TryGetValue(out long number) ? number : 0;
}
