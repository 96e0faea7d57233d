using AlertRollback.Kubernetes.Workloads;

namespace AlertRollback.Playbooks.Helm;

/// <summary>The revision to go back to, or why there is none.</summary>
internal abstract record HelmChoice
{
    public sealed record Chosen(HelmRevision Revision) : HelmChoice;

    public sealed record Refused(Reason Reason, string Text) : HelmChoice;
}

/// <summary>Which revision of a release is gone back to, by its history and by what was rolled back from besides (S3). Pure.</summary>
/// <param name="history">Oldest first; the last one is the current one.</param>
/// <param name="left">When the service's workload was taken away from what the release had brought: of that Helm knows nothing.</param>
internal sealed class HelmTarget(IReadOnlyList<HelmRevision> history, IReadOnlyList<LeftTime> left)
{
    private static readonly TimeSpan Clocks = TimeSpan.FromSeconds(5);

    /// <param name="soak">How long a revision has to have been the deployed one to be known to be good.</param>
    public HelmChoice Choose(UndoTarget to, TimeSpan soak)
    {
        var current = history[^1];
        if (to is UndoTarget.RevisionNumber named)
            return Named(current, named.Number);
        var candidates = history.Where(r => r.Number < current.Number && !IsThere(r, current) && Refusal(r) is null).Reverse().ToList();
        if (candidates.Count == 0)
            return new HelmChoice.Refused(Reason.NoCandidate, "no earlier revision was deployed, is another than the current one and was not rolled back from");
        if (to is UndoTarget.Previous)
            return new HelmChoice.Chosen(candidates[0]);
        return candidates.Find(r => Lasted(r) >= soak) is { } good
            ? new HelmChoice.Chosen(good)
            : new HelmChoice.Refused(Reason.NoKnownGood, $"no earlier revision was the deployed one for {soak.TotalMinutes:0} minutes");
    }

    private HelmChoice Named(HelmRevision current, long number)
    {
        if (number == current.Number && !current.IsPending)
            return new HelmChoice.Refused(Reason.TargetEqualsCurrent, $"{current} is deployed already");
        if (history.FirstOrDefault(r => r.Number == number) is not { } found)
            return new HelmChoice.Refused(Reason.TargetPruned, $"revision {number} is not in the history ({string.Join(", ", history.Select(r => r.Number))})");
        if (IsThere(found, current))
            return new HelmChoice.Refused(Reason.TargetEqualsCurrent, $"{current} is a copy of revision {number}");
        return Refusal(found) is { } why ? new HelmChoice.Refused(Reason.NoCandidate, $"{found} {why}") : new HelmChoice.Chosen(found);
    }

    // Helm counts on: a rollback from 7 to 5 is revision 8, and then 6 and 7 are what nobody wants back.
    private string? Refusal(HelmRevision revision) =>
        revision.Status is not ("superseded" or "deployed") ? $"is {revision.Status}"
        : history.Any(r => r.RollbackTo is { } target && target < revision.Number && revision.Number < r.Number) || IsQuarantined(revision) ? "was rolled back from before"
        : null;

    // What is bad of a revision is bad of its copies, and of every later one that changed only something else.
    private bool IsQuarantined(HelmRevision revision) =>
        left.Any(l => l.Quarantined && history.Any(r => WasNewest(r, Since(l), l.At) && AreCopies(r, revision)));

    // Helm's own time is that of whoever ran it: what the release before it brought must not count as what was left.
    private static DateTimeOffset Since(LeftTime left) => left.Since is { } since && since + Clocks < left.At ? since + Clocks : left.At;

    private bool WasNewest(HelmRevision revision, DateTimeOffset at) => WasNewest(revision, at, at);

    /// <summary>Whether it was so at some time from the one to the other.</summary>
    private bool WasNewest(HelmRevision revision, DateTimeOffset from, DateTimeOffset to) => revision.Updated <= to && !(Next(revision)?.Updated <= from);

    // What was never finished is a copy of nothing: going back to the same brings it to its end.
    private bool IsThere(HelmRevision revision, HelmRevision current) => !current.IsPending && AreCopies(revision, current);

    private bool AreCopies(HelmRevision one, HelmRevision other) => Original(one) == Original(other);

    // The number of the revision that was not itself made by going back; it may be out of the history by now.
    private long Original(HelmRevision revision)
    {
        while (revision.RollbackTo is { } target && target < revision.Number)
        {
            if (history.FirstOrDefault(r => r.Number == target) is not { } earlier)
                return target;
            revision = earlier;
        }

        return revision.Number;
    }

    // It did not run any more once it was taken away, whether that still counts against it or not.
    private TimeSpan Lasted(HelmRevision revision) =>
        left.Where(l => WasNewest(revision, l.At)).Select(l => (DateTimeOffset?)l.At).Append(Next(revision)?.Updated).Min() - revision.Updated ?? TimeSpan.Zero;

    private HelmRevision? Next(HelmRevision revision) => history.FirstOrDefault(r => r.Number > revision.Number);
}
