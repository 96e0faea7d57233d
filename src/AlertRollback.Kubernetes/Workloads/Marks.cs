namespace AlertRollback.Kubernetes.Workloads;

/// <summary>The annotations we leave on workloads.</summary>
public static class Marks
{
    public const string Prefix = "alertrollback.io/";

    /// <summary>The id of the rollback that wrote the pod template (S2).</summary>
    public const string Rollback = Prefix + "rollback";

    /// <summary>
    /// Digest of the template that this rollback put there last. Its next method may undo once more, so that the id alone does
    /// not say whether a write got through (S2).
    /// </summary>
    public const string UndoneTo = Prefix + "undone-to";

    /// <summary>The id of the step that set the replicas (S7).</summary>
    public const string Scale = Prefix + "scale";

    /// <summary>The id of the rollback that paused the Deployment; such a pause does not refuse that rollback's undo (S7).</summary>
    public const string Pause = Prefix + "pause";

    /// <summary>Said by people: why going back from this release loses something. See <see cref="ReleaseNotes"/>.</summary>
    public const string Irreversible = Prefix + "irreversible";

    /// <summary>Said by people: what the release changed in the database. See <see cref="ReleaseNotes"/>.</summary>
    public const string DatabaseChange = Prefix + "database-change";

    internal static bool IsOursOrRestart(string annotation) =>
        annotation.StartsWith(Prefix, StringComparison.Ordinal) || annotation is "kubectl.kubernetes.io/restartedAt" or "reloader.stakater.com/last-reloaded-from";
}
