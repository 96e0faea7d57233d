using System.Text.Json.Nodes;

namespace AlertRollback.Kubernetes.Workloads;

/// <summary>
/// What a release says of itself by annotations: on the pod template, which is the release, else on the workload. Pure.
/// </summary>
public static class ReleaseNotes
{
    private static readonly string[] All = [Marks.DatabaseChange, Marks.Irreversible];

    public static readonly IReadOnlyList<string> DatabaseChanges = ["none", "safe", "caution", "breaking"];

    /// <summary>What the running release changed in the database; null when it does not say, or says none of the known words.</summary>
    public static string? DatabaseChange(KubernetesObject live) => Known(Note(live, Marks.DatabaseChange));

    /// <summary>Those that stand on the object itself, as they are written.</summary>
    internal static IReadOnlyDictionary<string, string> On(KubernetesObject o) =>
        All.Where(n => o.Annotation(n) is not null).ToDictionary(n => n, n => o.Annotation(n)!);

    /// <summary>
    /// What the workload says of its release once it is back at a revision: what it said of that one; null: nothing. Where that is
    /// not known, nothing is said of the database, so that people are asked, and what forces a person's yes stays.
    /// </summary>
    internal static IEnumerable<(string Name, string? Note)> BackAt(KubernetesObject live, Revision target) =>
        All.Where(name => target.NotesAreItsOwn || name == Marks.DatabaseChange)
            .Select(name => (Name: name, Note: target.NotesAreItsOwn ? target.Notes.GetValueOrDefault(name) : null)).Where(n => n.Note != live.Annotation(n.Name));

    /// <summary>The same for people. A note may say anything, so only the known words are shown (S19).</summary>
    internal static IEnumerable<string> Changes(KubernetesObject live, Revision target) =>
        BackAt(live, target).Select(n => $"metadata.annotations.{n.Name}: {Shown(live.Annotation(n.Name))} -> {Shown(n.Note)}");

    private static string Shown(string? note) => note is null ? "nothing" : Known(note) ?? "***";

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
        var reason => Clipped.Head(reason, longest),
    };
}
