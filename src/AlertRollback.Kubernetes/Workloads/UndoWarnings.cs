using System.Text.Json.Nodes;

namespace AlertRollback.Kubernetes.Workloads;

/// <summary>What people should know before an undo, although nothing of it forbids it (S6).</summary>
internal static class UndoWarnings
{
    /// <summary>Not what was asked for is written, but something more: pods that ran once may not run so.</summary>
    public static string Changed(Revision target, JsonObject written) =>
        $"The API server, or an admission webhook, changes the template of {target} while it is written: {string.Join(", ", TemplateDiff.Masked(target.Template, written).Take(3))}.";

    public static IEnumerable<string> Of(WorkloadSnapshot snapshot, Revision target)
    {
        foreach (var warning in snapshot.Ownership.Warnings)
            yield return warning;

        var onlyInOne = PodTemplate.ContainersOnlyInOne(snapshot.Template, target.Template);
        if (onlyInOne.Count > 0)
            yield return $"The container sets differ ({string.Join(", ", onlyInOne)}): the next kubectl apply may leave a removed container behind.";
        if (snapshot.RevisionHistoryLimit < 3)
            yield return $"revisionHistoryLimit is {snapshot.RevisionHistoryLimit}: few revisions are kept to go back to.";
    }
}
