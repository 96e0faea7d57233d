using System.Text.Json.Nodes;

namespace AlertRollback.Kubernetes.Workloads;

/// <summary>The version of a revision, as its release calls itself. Pure.</summary>
public static class ReleaseVersion
{
    private const string Label = "app.kubernetes.io/version";

    /// <summary>The version label of the pod template, else the tag of the first container's image; null when there is neither.</summary>
    public static string? Of(Revision revision) =>
        LabelOf(revision.Template) ?? revision.Images.Where(i => !i.Init).Select(i => Tag(i.Image)).FirstOrDefault(t => t is not null);

    /// <summary>Whether the label, or the tag of a container's image, is this version; <c>v1.2.2</c> and <c>1.2.2</c> are the same.</summary>
    internal static bool Is(Revision revision, string version) =>
        Same(LabelOf(revision.Template), version) || revision.Images.Any(i => !i.Init && Same(Tag(i.Image), version));

    private static string? LabelOf(JsonObject template) =>
        (template["metadata"] as JsonObject)?["labels"] is JsonObject labels && labels[Label] is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    private static string? Tag(string image)
    {
        var named = image.Split('@')[0];
        var colon = named.LastIndexOf(':');
        return colon > named.LastIndexOf('/') ? named[(colon + 1)..] : null;
    }

    private static bool Same(string? have, string wanted) => have is not null && Plain(have) == Plain(wanted);

    private static string Plain(string version) => version.Length > 1 && version[0] == 'v' && char.IsAsciiDigit(version[1]) ? version[1..] : version;
}
