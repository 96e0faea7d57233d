using System.Globalization;
using System.Text.Json.Nodes;

namespace AlertRollback.Playbooks.Containers;

/// <summary>An image, as the engine names it and as people do.</summary>
public sealed record PinnedImage(string Id, string Reference)
{
    public override string ToString() => Reference.StartsWith("sha256:", StringComparison.Ordinal) ? ContainerState.ShortOf(Id) : $"{Reference} ({ContainerState.ShortOf(Id)})";

    // "digest" is the word under which the guards look for what a target is.
    public JsonObject ToJson() => new() { ["digest"] = Id, ["reference"] = Reference };

    public static PinnedImage FromJson(JsonNode json) => new(json["digest"]!.GetValue<string>(), json["reference"]!.GetValue<string>());
}

/// <summary>Everything a replacement needs; no environment, which may hold secrets: that stays in the container that is kept.</summary>
/// <param name="Uid">Under which it is remembered what this container ran.</param>
/// <param name="Id">The container that is replaced.</param>
/// <param name="Kept">Its name once it is replaced.</param>
/// <param name="Next">The new one's name until it takes over.</param>
/// <param name="RestartPolicy">The replaced container's own.</param>
/// <param name="RunsFor">How long the new one has to run before it counts as started.</param>
internal sealed record SwapPin(
    string Host, string Name, string Uid, string Id, string Kept, string Next, bool WasUp, string RestartPolicy, TimeSpan RunsFor, PinnedImage Origin, PinnedImage Target)
{
    public JsonObject ToJson() => new()
    {
        ["host"] = Host,
        ["name"] = Name,
        ["uid"] = Uid,
        ["id"] = Id,
        ["kept"] = Kept,
        ["next"] = Next,
        ["was_up"] = WasUp,
        ["restart_policy"] = RestartPolicy,
        ["runs_for"] = RunsFor.TotalSeconds.ToString(CultureInfo.InvariantCulture),
        ["origin"] = Origin.ToJson(),
        ["target"] = Target.ToJson(),
    };

    public static SwapPin FromJson(JsonObject json) => new(
        Text(json, "host"), Text(json, "name"), Text(json, "uid"), Text(json, "id"), Text(json, "kept"), Text(json, "next"), json["was_up"]!.GetValue<bool>(), Text(json, "restart_policy"),
        TimeSpan.FromSeconds(double.Parse(Text(json, "runs_for"), CultureInfo.InvariantCulture)), PinnedImage.FromJson(json["origin"]!), PinnedImage.FromJson(json["target"]!));

    private static string Text(JsonObject json, string name) => json[name]!.GetValue<string>();
}
