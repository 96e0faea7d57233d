using System.Text.Json.Nodes;

namespace AlertRollback.Playbooks.Trees;

/// <summary>A directory, what is in it, and what an archive will make of it.</summary>
/// <param name="Origin">Digest of what is there.</param>
/// <param name="Target">Digest of what is in the archive.</param>
/// <param name="Next">Beside the directory: where the archive is unpacked.</param>
/// <param name="Kept">Beside the directory: what was there; and, with <c>.tar.gz</c>, the archive of it.</param>
internal sealed record TreePin(string Directory, string Archive, string Origin, string Target, string Next, string Kept)
{
    public JsonObject ToJson() => new()
    {
        ["directory"] = Directory,
        ["archive"] = Archive,
        ["origin"] = Origin,
        ["target"] = new JsonObject { ["digest"] = Target },
        ["next"] = Next,
        ["kept"] = Kept,
    };

    public static TreePin FromJson(JsonObject json) => new(
        Text(json["directory"]), Text(json["archive"]), Text(json["origin"]), Text(json["target"]!["digest"]), Text(json["next"]), Text(json["kept"]));

    private static string Text(JsonNode? node) => node!.GetValue<string>();
}
