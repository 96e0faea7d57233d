namespace AlertRollback.Kubernetes.Workloads;

/// <summary>Why a revision is, or is not, one that an undo may go back to.</summary>
public sealed record CandidateReport(Revision Revision, bool IsCandidate, bool IsKnownGood, string Why);

/// <summary>The revision that was chosen, or why there is none.</summary>
public abstract record Choice
{
    public sealed record Chosen(Revision Revision) : Choice;

    /// <param name="Text">For people, without a final full stop.</param>
    public sealed record Refused(UndoRefusal Refusal, string Text) : Choice;
}

/// <summary>Which of a workload's revisions an undo may go back to (S3). Pure.</summary>
public static class Candidates
{
    /// <summary>All revisions, newest first, each with the reason why it is a candidate or not.</summary>
    public static IReadOnlyList<CandidateReport> Explain(WorkloadSnapshot snapshot, RevisionKnowledge knowledge) =>
        [.. snapshot.Revisions.Select(r => Report(snapshot, knowledge, r))];

    public static Choice Choose(WorkloadSnapshot snapshot, UndoTarget to, RevisionKnowledge knowledge)
    {
        var reports = Explain(snapshot, knowledge);
        var choice = to switch
        {
            UndoTarget.RevisionNumber byNumber => ByNumber(snapshot, reports, byNumber.Number),
            UndoTarget.Image byImage => TheOne(snapshot, reports, $"image {byImage.Reference}", r => r.Images.Any(i => Matches(i.Image, byImage.Reference))),
            UndoTarget.Version byVersion => TheOne(snapshot, reports, $"version {byVersion.Text}", r => ReleaseVersion.Is(r, byVersion.Text)),
            UndoTarget.LastKnownGood => KnownGood(snapshot, reports, knowledge),
            _ => Previous(snapshot, reports),
        };

        return choice is Choice.Chosen chosen && !PodTemplate.ChangesWhatRuns(snapshot.Template, chosen.Revision.Template)
            ? Refuse(UndoRefusal.NothingWouldChange, $"no image, command, environment or configuration would change by going back to {chosen.Revision}")
            : choice;
    }

    private static CandidateReport Report(WorkloadSnapshot snapshot, RevisionKnowledge knowledge, Revision revision)
    {
        var good = knowledge.IsKnownGood(revision.Digest);
        if (revision.Digest == snapshot.Digest)
            return new(revision, false, good, "is the current one");
        if (Quarantined(snapshot, knowledge, revision) is { } bad)
            return new(revision, false, good, knowledge.WhyBarred(bad.Digest) ?? "was rolled back from before");
        if (!PodTemplate.DiffersBeyondMarks(snapshot.Template, revision.Template))
            return new(revision, false, good, "differs from the current one only in restart marks");
        return new(revision, true, good, good ? "was seen healthy for the soak period" : "was never seen healthy for the soak period");
    }

    // A restart gives the same release another digest: what is bad of the one is bad of the other.
    private static Revision? Quarantined(WorkloadSnapshot snapshot, RevisionKnowledge knowledge, Revision revision) =>
        snapshot.Revisions.FirstOrDefault(r => knowledge.IsQuarantined(r.Digest) && !PodTemplate.DiffersBeyondMarks(r.Template, revision.Template));

    // Beside a canary the previous one is the stable one: what came in between may be another canary that failed.
    private static Choice Previous(WorkloadSnapshot snapshot, IReadOnlyList<CandidateReport> reports) =>
        (reports.FirstOrDefault(r => r.IsCandidate && r.Revision.Uid == snapshot.Stable?.Uid) ?? reports.FirstOrDefault(r => r.IsCandidate)) is { } newest ? new Choice.Chosen(newest.Revision) : NoCandidate(reports);

    private static Choice KnownGood(WorkloadSnapshot snapshot, IReadOnlyList<CandidateReport> reports, RevisionKnowledge knowledge)
    {
        if (reports.FirstOrDefault(r => r is { IsCandidate: true, IsKnownGood: true }) is { } newest)
            return new Choice.Chosen(newest.Revision);

        var gone = knowledge.KnownGood.Any(d =>
            d != snapshot.Digest && !knowledge.IsQuarantined(d) && snapshot.Revisions.All(r => r.Digest != d));
        if (gone)
            return Refuse(UndoRefusal.TargetPruned, $"the revision last seen healthy is no longer kept (revisionHistoryLimit is {snapshot.RevisionHistoryLimit})");

        return reports.Any(r => r.IsCandidate)
            ? Refuse(UndoRefusal.NoKnownGood, "no earlier revision was seen healthy for the soak period")
            : NoCandidate(reports);
    }

    private static Choice ByNumber(WorkloadSnapshot snapshot, IReadOnlyList<CandidateReport> reports, long number) =>
        reports.FirstOrDefault(r => r.Revision.Number == number) is { } named
            ? Named(snapshot, named)
            : Refuse(UndoRefusal.TargetPruned, $"revision {number} is not among the kept ones ({Numbers(reports)})");

    // What runs now is no answer as long as an earlier revision is one.
    private static Choice TheOne(WorkloadSnapshot snapshot, IReadOnlyList<CandidateReport> reports, string wanted, Func<Revision, bool> isIt)
    {
        var having = reports.Where(r => isIt(r.Revision)).ToList();
        return having.Where(r => r.IsCandidate).ToList() switch
        {
            [var only] => Named(snapshot, only),
            { Count: > 1 } several => Refuse(UndoRefusal.Ambiguous, $"several revisions are {wanted} ({Numbers(several)}): name one by its number"),
            _ => having is [var first, ..] ? Named(snapshot, first) : Refuse(UndoRefusal.NoCandidate, $"no kept revision is {wanted}"),
        };
    }

    private static Choice Named(WorkloadSnapshot snapshot, CandidateReport report)
    {
        if (report.IsCandidate)
            return new Choice.Chosen(report.Revision);
        return report.Revision.Digest == snapshot.Digest
            ? Refuse(UndoRefusal.TargetEqualsCurrent, $"{report.Revision} is running already")
            : Refuse(UndoRefusal.NoCandidate, $"{report.Revision} {report.Why}");
    }

    private static bool Matches(string image, string reference) =>
        image == reference || (reference.StartsWith("sha256:", StringComparison.Ordinal) && image.EndsWith($"@{reference}", StringComparison.Ordinal));

    private static Choice.Refused NoCandidate(IReadOnlyList<CandidateReport> reports) =>
        Refuse(UndoRefusal.NoCandidate, reports.Count(r => r.Why != "is the current one") == 0
            ? "there is no earlier revision"
            : $"no earlier revision may be used: {string.Join("; ", reports.Take(5).Select(r => $"revision {r.Revision.Number} {r.Why}"))}");

    private static string Numbers(IReadOnlyList<CandidateReport> reports) =>
        string.Join(", ", reports.Take(20).Select(r => r.Revision.Number));

    private static Choice.Refused Refuse(UndoRefusal refusal, string text) => new(refusal, text);
}
