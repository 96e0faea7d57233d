using AlertRollback.Kubernetes.Workloads;

namespace AlertRollback.Playbooks.Helm;

/// <summary>The revision to go back to, or why there is none.</summary>
internal abstract record HelmChoice
{
    public sealed record Chosen(HelmRevision Revision) : HelmChoice;

    public sealed record Refused(Reason Reason, string Text) : HelmChoice;
}

/// <summary>Which revision of a release is gone back to, by its history alone (S3). Pure.</summary>
internal static class HelmTarget
{
    /// <param name="history">Oldest first; the last one is the current one.</param>
    /// <param name="soak">How long a revision has to have been the deployed one to be known to be good.</param>
    public static HelmChoice Choose(IReadOnlyList<HelmRevision> history, UndoTarget to, TimeSpan soak)
    {
        var current = history[^1];
        if (to is UndoTarget.RevisionNumber named)
            return Named(history, current, named.Number);
        var candidates = history.Where(r => r.Number < current.Number && !AreCopies(history, r, current) && Refusal(history, r) is null).Reverse().ToList();
        if (candidates.Count == 0)
            return new HelmChoice.Refused(Reason.NoCandidate, "no earlier revision was deployed, is another than the current one and was not rolled back from");
        if (to is UndoTarget.Previous)
            return new HelmChoice.Chosen(candidates[0]);
        return candidates.Find(r => Lasted(history, r) >= soak) is { } good
            ? new HelmChoice.Chosen(good)
            : new HelmChoice.Refused(Reason.NoKnownGood, $"no earlier revision was the deployed one for {soak.TotalMinutes:0} minutes");
    }

    private static HelmChoice Named(IReadOnlyList<HelmRevision> history, HelmRevision current, long number)
    {
        if (number == current.Number)
            return new HelmChoice.Refused(Reason.TargetEqualsCurrent, $"{current} is deployed already");
        if (history.FirstOrDefault(r => r.Number == number) is not { } found)
            return new HelmChoice.Refused(Reason.TargetPruned, $"revision {number} is not in the history ({string.Join(", ", history.Select(r => r.Number))})");
        if (AreCopies(history, found, current))
            return new HelmChoice.Refused(Reason.TargetEqualsCurrent, $"{current} is a copy of revision {number}");
        return Refusal(history, found) is { } why ? new HelmChoice.Refused(Reason.NoCandidate, $"{found} {why}") : new HelmChoice.Chosen(found);
    }

    // Helm counts on: a rollback from 7 to 5 is revision 8, and then 6 and 7 are what nobody wants back.
    private static string? Refusal(IReadOnlyList<HelmRevision> history, HelmRevision revision) =>
        revision.Status is not ("superseded" or "deployed") ? $"is {revision.Status}"
        : history.Any(r => r.RollbackTo is { } target && target < revision.Number && revision.Number < r.Number) ? "was rolled back from before"
        : null;

    private static bool AreCopies(IReadOnlyList<HelmRevision> history, HelmRevision one, HelmRevision other) => Original(history, one) == Original(history, other);

    // The number of the revision that was not itself made by going back; it may be out of the history by now.
    private static long Original(IReadOnlyList<HelmRevision> history, HelmRevision revision)
    {
        while (revision.RollbackTo is { } target && target < revision.Number)
        {
            if (history.FirstOrDefault(r => r.Number == target) is not { } earlier)
                return target;
            revision = earlier;
        }

        return revision.Number;
    }

    private static TimeSpan Lasted(IReadOnlyList<HelmRevision> history, HelmRevision revision) =>
        history.FirstOrDefault(r => r.Number > revision.Number)?.Updated - revision.Updated ?? TimeSpan.Zero;
}
