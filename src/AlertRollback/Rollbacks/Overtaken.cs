using AlertRollback.Matrix;
using AlertRollback.Playbooks.Actions;

namespace AlertRollback.Rollbacks;

/// <summary>
/// Somebody deployed again what was undone, or something else: that is left alone, and nothing that is measured or fires from then
/// on tells of the undo (S4). Pure.
/// </summary>
/// <param name="By">By when it had taken the place of what the rollback left.</param>
internal sealed record Overtaken(Reason Why, string Text, DateTimeOffset? By)
{
    /// <summary>Null: nobody did, as far as it was seen.</summary>
    public static Overtaken? Of(RollbackState rollback, Book book) =>
        rollback.DoneSteps.Where(s => s is { Meanwhile: false, SuspectIs: not null }).GroupBy(s => Uid(s.SuspectIs!))
            .Select(workload => Of(rollback, book, book.Knowledge(workload.Key), [.. workload])).FirstOrDefault(o => o is not null);

    private static Overtaken? Of(RollbackState rollback, Book book, WorkloadKnowledge known, List<PlannedStep> steps)
    {
        var last = steps[^1];
        if (known.Current is not { } current || !CameAfterwards(rollback, known, current) || WorkloadChange.Release(known.Uid, current.Digest) is var release && release == last.Leaves || IsOurs(rollback, book, current, release))
            return null;
        if (steps.FindLast(s => s.SuspectIs == release) is { } undone)
            return new(Reason.DeployedAgain, ServiceDefinition.Named(undone.Service, $"{undone.From} was deployed again and left alone: what this rollback did does not last"), known.ChangedBy);

        // A restart, or another setting of the same release, is what was gone back to all the same. What a step brings about that
        // says of no release that it replaces it, as a revert in git, is no overtaking.
        var left = known.Earlier.LastOrDefault(e => WorkloadChange.Release(known.Uid, e.Digest) == last.Leaves);
        var isLast = rollback.DoneSteps.SkipWhile(s => s.Key != last.Key).All(s => s.SuspectIs is not null || !s.ChangesProduction);
        return left is null || !isLast || left.Images.ToHashSet(StringComparer.Ordinal).SetEquals(current.Images)
            ? null
            : new(Reason.Superseded, ServiceDefinition.Named(last.Service, $"{string.Join(", ", current.Images)} was deployed after the undo and left alone: what is measured tells of that, and not of {last.To}"), known.ChangedBy);
    }

    // Another rollback that came afterwards went on from here, from its first write on: that is nobody else's hand. Not every
    // action knows beforehand what it leaves; what became the current one while it was at work is taken for that.
    private static bool IsOurs(RollbackState rollback, Book book, WorkloadEvent.BecameCurrent current, string release) => (
        from r in book.Rollbacks.Values
        where r.Id != rollback.Id && r.LastWriteAt >= rollback.LastStepEndedAt
        from step in r.AllPlans.SelectMany(p => p.Steps)
        let state = r.Steps.GetValueOrDefault(step.Key)
        where state?.StartedAt >= rollback.LastStepEndedAt
        select step.Leaves is { } leaves ? leaves == release
            : step.SuspectIs is { } suspect && Uid(suspect) == Uid(release) && current.At >= state.StartedAt && (state.Ended is null || current.At <= r.LastStepEndedAt)).Any(isOurs => isOurs);

    // What came while nobody watched has no time of its own, but came after what the rollback itself had made the current one.
    private static bool CameAfterwards(RollbackState rollback, WorkloadKnowledge known, WorkloadEvent.BecameCurrent current) =>
        current.At is { } at ? at > rollback.LastStepEndedAt : known.Earlier.LastOrDefault()?.At >= rollback.StartedAt;

    private static string Uid(string release) => release.Split('/')[0];
}
