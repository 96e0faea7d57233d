using AlertRollback.Playbooks;

namespace AlertRollback.Rollbacks.Running;

// The watch after the proof: whether what was measured to be good stays so.
public sealed partial class NextMove
{
    private Move Stabilising(RollbackState rollback, Book book, DateTimeOffset now)
    {
        var own = BegunSince(rollback, rollback.FiringCauses).ToList();
        var others = Others(rollback, book).Select(o => o.Cause).ToList();
        if (Proof(rollback, own, others, now) is { } failed)
            return failed;
        List<Cause> begun = [.. own, .. others];
        if (begun.Count > 0 && Measured(rollback, begun) is { } measured)
            return measured;
        var held = HeldUntil(rollback);
        if (rollback.StillFires && now >= held)
            return new Move.AskWhetherItFires();
        var until = WatchedUntil(rollback);
        if (now < until)
            return new Move.Wait((rollback.StillFires || begun.Count > 0) && held < until ? held.Value : until);
        return Stable(rollback);
    }

    // Heard of since, and begun since: an old alert that only comes late is no news.
    private static IEnumerable<Cause> BegunSince(RollbackState rollback, IEnumerable<Cause> firing) =>
        firing.Where(c => c.ReceivedAt > rollback.StabilisingSince && c.StartsAt > rollback.LastWriteAt);

    // An alert looks back as far as its range and "for", and the hold is as long as that: what begins within it may still tell of
    // what is gone already (S10). Of what runs now tells what begins later, what goes on after the hold, and what had resolved since
    // the last write; and where nothing is measured, there is nothing that says otherwise (S13).
    private Move? Proof(RollbackState rollback, List<Cause> own, List<Cause> others, DateTimeOffset now)
    {
        if (own.Count + others.Count == 0)
            return null;

        // A late copy of what had resolved proves nothing by itself: it is measured, and asked for when the hold is over.
        // What is only known to have ended because it fires anew may have ended before that write as well.
        var resolved = rollback.Timeline.Where(t => t.At >= rollback.LastWriteAt).Select(t => t.Event).OfType<RollbackEvent.CauseResolved>().Where(r => r.AnewAt is null).Select(r => r.Fingerprint).ToHashSet(StringComparer.Ordinal);
        if (own.Find(c => !c.MayBeLate && resolved.Contains(c.Fingerprint)) is { } again)
            return Close(rollback, Outcome.Failed, Reason.FiringAgain, $"{Began(rollback, again)} during stabilisation");
        if (own.Concat(others).FirstOrDefault(c => (c.StartsAt > rollback.HoldUntil && !c.MayBeLate) || rollback.Playbook.Verify.Count == 0) is { } begun)
            return Close(rollback, Outcome.Failed, Reason.FiringAgain, $"{Began(rollback, begun)} during stabilisation");
        return now >= HeldUntil(rollback) && others.Count > 0 ? new Move.AskWhetherOthersFire() : null;
    }

    /// <summary>Other rows' alerts that began during the watch, each with its run.</summary>
    internal static IEnumerable<(RollbackState Run, Cause Cause)> Others(RollbackState rollback, Book book) =>
        Waiting(rollback, book).SelectMany(r => BegunSince(rollback, r.FiringCauses).Select(c => (r, c)));

    internal static Move.Record StillFires(RollbackState rollback, Cause other) =>
        Close(rollback, Outcome.Failed, Reason.FiringAgain, $"{Began(rollback, other)} during stabilisation, and still does after the hold of {rollback.Playbook.Guards.Hold.TotalMinutes:0} min");

    // What may tell of the past is held against what is measured now.
    private static Move? Measured(RollbackState rollback, List<Cause> begun)
    {
        var answer = rollback.FiringAnswer;
        if (begun.Find(c => c.ReceivedAt <= answer?.Since) is { } asked && answer!.Verdict != Verdict.Pass)
        {
            return answer.Verdict == Verdict.Fail
                ? Close(rollback, Outcome.Failed, Reason.FiringAgain, $"{Began(rollback, asked)} during stabilisation, and it is measured as well: {answer.Text}")
                : Close(rollback, Outcome.Inconclusive, Reason.Inconclusive, $"{Began(rollback, asked)} during stabilisation, and it cannot be told whether what runs now is healthy: {answer.Text}");
        }

        var news = begun.Where(c => !(c.ReceivedAt <= answer?.Since)).ToList();
        if (news.Count == 0)
            return null;
        var names = news.Select(c => c.AlertName).Distinct(StringComparer.Ordinal).ToList();
        return new Move.AskAboutFiring(names.Count == 1 ? names[0] : $"{names[0]} and {names.Count - 1} more", news.Max(c => c.ReceivedAt));
    }

    private static string Began(RollbackState rollback, Cause cause) => $"{cause.AlertName} began to fire{(WasACause(rollback, cause.AlertName) ? " again" : "")}";

    private static bool WasACause(RollbackState rollback, string alertName) => rollback.Timeline.TakeWhile(t => t.At <= rollback.StabilisingSince)
        .Any(t => t.Event is RollbackEvent.Proposed { Cause.AlertName: var first } && first == alertName || t.Event is RollbackEvent.CauseAttached { Cause.AlertName: var joined } && joined == alertName);

    // What began to fire while nobody was there, or while nothing could be taken in, is heard of only afterwards: a watch does not
    // end unheard.
    private DateTimeOffset WatchedUntil(RollbackState rollback)
    {
        var (end, since) = (rollback.StabiliseUntil!.Value, HeardSince);
        var heard = since + (rollback.Playbook.Stabilise < LongestUnheard ? rollback.Playbook.Stabilise : LongestUnheard);
        return since > rollback.StabilisingSince && heard > end ? heard : end;
    }

    // That an alert resolved while nobody was there is heard of only afterwards, too: nobody is told before that it fires on.
    private DateTimeOffset? HeldUntil(RollbackState rollback) =>
        HeardSince > rollback.LastWriteAt && HeardFrom is var heard && heard > rollback.HoldUntil ? heard : rollback.HoldUntil;

    // A period of watching ends with a last look: nothing is called stable that is not healthy any more.
    private static Move Stable(RollbackState rollback) => rollback switch
    {
        { Stability: null } when rollback.Playbook.Verify.Count > 0 && rollback.Playbook.Stabilise > TimeSpan.Zero => new Move.AskStability(),
        { Stability.Verdict: Verdict.Fail } => Close(rollback, Outcome.Failed, Reason.CheckFailed, $"not healthy any more at the end of stabilisation: {rollback.Stability.Text}"),
        { Stability.Verdict: Verdict.Inconclusive } => Close(rollback, Outcome.Inconclusive, Reason.Inconclusive, $"it cannot be told whether it is still healthy: {rollback.Stability.Text}"),
        _ => Move.Record.Of(new RollbackEvent.Closed(Outcome.RolledBack, Reason.Applied, Well(Achieved.By(rollback)))),
    };

    private static string Well(Achieved achieved) => achieved.Well(achieved.Did);

    // Other rows' alerts for this workload, which must not wait for a stability that is not there any more (S13), and tell as
    // much whatever else they wait for, or when they are only planned for.
    private static IEnumerable<RollbackState> Waiting(RollbackState rollback, Book book) => rollback.ChangesNothing ? [] :
        book.Rollbacks.Values.Where(r => r.Target == rollback.Target && (r.Shadow || r is { IsOpen: true, HasActed: false }));
}
