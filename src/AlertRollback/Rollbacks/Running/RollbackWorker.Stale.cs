using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Rollbacks.Guards;

namespace AlertRollback.Rollbacks.Running;

// Before something is changed after a long time: whether what called for it is still so.
public sealed partial class RollbackWorker
{
    // Once after each absence is enough: that the alert resolves after a write of ours says nothing about that.
    private DateTimeOffset? _confirmedSince;

    /// <summary>
    /// After nobody was there for long: why nothing more is begun, as what called for it may be over, or somebody else's by now
    /// (S11). Null: somebody was there, or it is confirmed. Asked before every write that is not known to have been begun.
    /// </summary>
    private async Task<GuardResult?> StaleAfterAbsenceAsync(CancellationToken cancellation)
    {
        var here = parts.NextMove.Attendance;
        if (_confirmedSince == here.Since || !NobodyWasThere(Rollback, _chronicle.Book, here) || await StaleAsync(cancellation) is not { } stale)
        {
            _confirmedSince = here.Since;
            return null;
        }

        return stale;
    }

    // Only what came before that tells how long: news of its alerts may come first thing afterwards.
    private bool NobodyWasThere(RollbackState rollback, Book book, Attendance here) =>
        rollback.ProposedAt < here.Since && DecidedAt(rollback, book) < here.Since
        && NextMove.Absence(rollback, here) > parts.Operators.Safety.StaleAfter;

    /// <summary>What may be a late copy of an earlier message is asked for, however lately it was heard of: whether it has gone.</summary>
    private async Task<bool> CameLateAsync(CancellationToken cancellation)
    {
        if (Rollback.FiringCauses.Any() && Rollback.FiringCauses.All(c => c.MayBeLate))
        {
            await NoteGoneAsync(cancellation);
            await NoteConfirmedAsync(cancellation);
        }

        return Rollback.IsCalledOff;
    }

    // By the time that a person has agreed, whoever could confirm it may be away. Looked for often, and written down seldom.
    private async Task NoteConfirmedAsync(CancellationToken cancellation)
    {
        List<Cause> late = [.. Rollback.FiringCauses];
        if (late.Count == 0 || IsWithin(Rollback.ConfirmedAt, parts.Operators.Safety.StaleAfter / 2))
            return;
        if (await parts.Alerts.IsAnyFiringAsync([.. late.Select(c => c.Labels)], cancellation) == true)
            await AppendAsync((now, _) => now.FiringCauses.SequenceEqual(late) ? [new RollbackEvent.FiringConfirmed()] : [], cancellation);
    }

    // What lies ahead was noted by a clock that was put right since: nobody knows how long ago.
    private bool IsWithin(DateTimeOffset? noted, TimeSpan longest) => parts.Time.GetUtcNow() - noted is { } ago && ago > -Attribution.Margin && ago <= longest;

    /// <summary>An alert not heard of for long has to be confirmed before anything is changed (S11).</summary>
    private async Task<GuardResult?> StaleAsync(CancellationToken cancellation)
    {
        if (Rollback.Manual is not null)
            return StaleStart(Rollback, _chronicle.Book, parts.Time.GetUtcNow());
        var longest = parts.Operators.Safety.StaleAfter;

        // No more is heard of an alert that had resolved when this run took over: what failed then is the news.
        if (Rollback.BeganResolved && parts.Time.GetUtcNow() - DecidedAt(Rollback, _chronicle.Book) <= longest)
            return null;
        if (IsWithin(Rollback.ConfirmedAt, longest))
            return null;
        foreach (var cause in Rollback.FiringCauses)
        {
            var heard = await parts.Journal.LastHeardAsync(cause.Fingerprint, cancellation) ?? cause.ReceivedAt;
            if (IsWithin(heard, longest) && !(cause.MayBeLate && heard - cause.ReceivedAt <= Dispatcher.LateCopies))
                return null;
        }

        if (await parts.Alerts.IsAnyFiringAsync([.. Rollback.FiringCauses.Select(c => c.Labels)], cancellation) == true)
            return null;
        var why = Rollback.FiringCauses.Any(c => c.MayBeLate) ? "what was heard of last may tell of the time before it resolved" : $"no alert was heard of for more than {longest.TotalMinutes:0} min";
        return GuardResult.Refuse("heard_of", Reason.StaleAlert, $"{why}, and neither Prometheus nor Alertmanager confirms that it still fires");
    }

    // Whoever starts it by hand looked at what there was then, and guards ask less for it: that must not count for what a long
    // wait made of it. An alert that joined it would have to pass those guards: it is decided by itself when this is over.
    private GuardResult? StaleStart(RollbackState rollback, Book book, DateTimeOffset at) =>
        rollback is { Manual: { } manual, Shadow: false } && DecidedAt(rollback, book) is var decided && at - decided > parts.Operators.Safety.StaleAfter
            ? GuardResult.Refuse("heard_of", Reason.StaleStart,
                $"{manual.By} started it, and it had to wait: nobody has looked at it since {decided:yyyy-MM-dd HH:mm} UTC. Start it again if it is still wanted")
            : null;

    /// <summary>
    /// When people last decided that it is to be done; silence is such a decision where the playbook says so. What was started
    /// together and only waited for the others of the start did so because they decided it; and what took over after nobody was
    /// there for long goes on, young as it is, with what was decided before.
    /// </summary>
    private DateTimeOffset DecidedAt(RollbackState rollback, Book book) =>
        rollback.Timeline.LastOrDefault(t => t.Event is RollbackEvent.ApprovalGiven or RollbackEvent.ApprovalLapsed { Otherwise: OnSilence.Proceed })?.At
        ?? (WaitedForItsGroupOnly(rollback, book) ? rollback.Timeline.LastOrDefault(t => t.Event is RollbackEvent.Unparked)?.At : null)
        ?? (rollback.After is { } id && book.Rollbacks[id] is var failed && parts.NextMove.Attendance is var here && failed.ClosedAt >= here.Since && NobodyWasThere(failed, book, here)
            ? DecidedAt(failed, book)
            : rollback.ProposedAt);

    private static bool WaitedForItsGroupOnly(RollbackState rollback, Book book) => rollback.Manual?.Group is not null
        && rollback.Timeline.Select(t => t.Event).OfType<RollbackEvent.Parked>().All(p => p is { Reason: Reason.TargetLocked, By: { } by } && book.AreTogether(by, rollback.Id));
}
