using System.Text.Json.Nodes;

namespace AlertRollback.Kubernetes.Workloads;

/// <summary>
/// What a release says of itself by annotations: on the pod template, which is the release, else on the workload. Pure.
/// </summary>
public static class ReleaseNotes
{
    public static readonly IReadOnlyList<string> DatabaseChanges = ["none", "safe", "caution", "breaking"];

    /// <summary>What the running release changed in the database; null when it does not say, or says none of the known words.</summary>
    public static string? DatabaseChange(KubernetesObject live) => Known(Note(live, Marks.DatabaseChange));

    internal static string? Known(string? note) => note?.ToLowerInvariant() is { } word && DatabaseChanges.Contains(word) ? word : null;

    internal static string? Note(KubernetesObject live, string annotation) =>
        (live.Text("spec", "template", "metadata", "annotations", annotation) ?? live.Annotation(annotation))?.Trim();

    // Controllers copy a workload's annotations to what keeps its revisions.
    internal static string? Note(KubernetesObject kept, JsonObject template, string annotation) =>
        (template["metadata"]?["annotations"]?[annotation]?.ToString() ?? kept.Annotation(annotation))?.Trim();
}

/// <summary>Whether the running release may be gone back from without a person's yes. Pure.</summary>
public static class Irreversibility
{
    private const int longest = 300;

    /// <summary>Why it can hardly be taken back, as its annotation says; null when it carries none.</summary>
    public static string? Of(KubernetesObject live) => Reason(ReleaseNotes.Note(live, Marks.Irreversible));

    /// <summary>The same for all releases that going back to a revision takes back: the running one, and those it jumps over.</summary>
    /// <param name="target">The revision's number.</param>
    public static string? Of(WorkloadSnapshot snapshot, long target) => Of(snapshot.Live)
        ?? snapshot.JumpedOver(target).Where(r => r.Irreversible is not null).Select(r => $"{r}, which is jumped over: {r.Irreversible}").FirstOrDefault();

    internal static string? Reason(string? note) => note switch
    {
        null or "false" => null,
        "" or "true" => "it is marked as irreversible, without a reason",
        { Length: > longest } reason => string.Concat(reason.AsSpan(0, longest), "…"),
        var reason => reason,
    };
}
