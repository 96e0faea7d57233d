namespace AlertRollback.Kubernetes.Workloads;

/// <summary>
/// What a release says of itself by annotations: on the pod template, which is the release, else on the workload. Pure.
/// </summary>
public static class ReleaseNotes
{
    public static readonly IReadOnlyList<string> DatabaseChanges = ["none", "safe", "caution", "breaking"];

    /// <summary>What the running release changed in the database; null when it does not say, or says none of the known words.</summary>
    public static string? DatabaseChange(KubernetesObject live) =>
        Note(live, Marks.DatabaseChange)?.ToLowerInvariant() is { } word && DatabaseChanges.Contains(word) ? word : null;

    internal static string? Note(KubernetesObject live, string annotation) =>
        (live.Text("spec", "template", "metadata", "annotations", annotation) ?? live.Annotation(annotation))?.Trim();
}

/// <summary>Whether the running release may be gone back from without a person's yes. Pure.</summary>
public static class Irreversibility
{
    private const int longest = 300;

    /// <summary>Why it can hardly be taken back, as its annotation says; null when it carries none.</summary>
    public static string? Of(KubernetesObject live) => ReleaseNotes.Note(live, Marks.Irreversible) switch
    {
        null or "false" => null,
        "" or "true" => "it is marked as irreversible, without a reason",
        { Length: > longest } reason => string.Concat(reason.AsSpan(0, longest), "…"),
        var reason => reason,
    };
}
