namespace AlertRollback.Kubernetes.Workloads;

/// <summary>One revision, and what each way of naming a target says to it.</summary>
/// <param name="Targets">By <c>last_known_good</c>, <c>previous</c> and <c>by_name</c>: whether it would be taken, or why not.</param>
public sealed record TargetRow(Revision Revision, CandidateReport Report, IReadOnlyDictionary<string, string> Targets);

/// <summary>All revisions of a workload beside all ways of choosing one, for people who have to choose. Pure.</summary>
public static class TargetTable
{
    public const string Taken = "this one";

    public static IReadOnlyList<TargetRow> Of(WorkloadSnapshot snapshot, RevisionKnowledge knowledge)
    {
        UndoTarget[] automatic = [new UndoTarget.LastKnownGood(), new UndoTarget.Previous()];
        var choices = automatic.ToDictionary(t => t.ToString()!, t => Candidates.Choose(snapshot, t, knowledge));
        return [.. Candidates.Explain(snapshot, knowledge).Select(report => new TargetRow(report.Revision, report, Row(snapshot, report, choices)))];
    }

    private static Dictionary<string, string> Row(WorkloadSnapshot snapshot, CandidateReport report, Dictionary<string, Choice> choices)
    {
        var row = choices.ToDictionary(c => c.Key, c => Say(c.Key, c.Value, report));
        row["by_name"] = !report.IsCandidate ? report.Why
            : PodTemplate.ChangesWhatRuns(snapshot.Template, report.Revision.Template) ? "may be named"
            : "nothing that runs would change";
        return row;
    }

    private static string Say(string target, Choice choice, CandidateReport report) => choice switch
    {
        Choice.Chosen chosen when chosen.Revision.Identity == report.Revision.Identity => Taken,
        _ when !report.IsCandidate => report.Why,
        _ when target == "last_known_good" && !report.IsKnownGood => report.Why,
        Choice.Chosen chosen => $"revision {chosen.Revision.Number} is newer",
        Choice.Refused refused => refused.Text,
        _ => "",
    };
}
