using AlertRollback.Rollbacks.Guards;

namespace AlertRollback.Rollbacks.Running;

// At the end of a hold, and where an earlier alert speaks against an undo: whether what is not said to have resolved still fires. A resolution may be missing (a silence, an
// inhibition, send_resolved: false), and that an alert still fires is told to people only where nobody knows better.
public sealed partial class RollbackWorker
{
    // An Alertmanager that was started anew has its alerts again once Prometheus has sent them again, which it does each minute.
    private static readonly TimeSpan LongestForgetting = TimeSpan.FromSeconds(90);

    private async Task AskWhetherItFiresAsync(CancellationToken cancellation)
    {
        var gone = await GoneAsync(() => Rollback.FiringCauses, cancellation);

        // Also of one that was closed as good and is watched to the end of its hold.
        await ChangeAsync(
            (now, book) => parts.NextMove.For(now, book, parts.Time.GetUtcNow()) is Move.AskWhetherItFires ? AfterAsking(now, book, gone) : [], cancellation);
    }

    private IReadOnlyList<RollbackEvent> AfterAsking(RollbackState now, Book book, IReadOnlySet<Cause> gone)
    {
        var resolved = Resolved(now, gone);
        var left = resolved.Aggregate(now, (r, e) => r.Apply(0, parts.Time.GetUtcNow(), e));
        return left.StillFires ? [.. resolved, .. NextMove.Ineffective(left, book)] : resolved;
    }

    // One that ended unheard is resolved where it stands; while one is left, the watched run has failed.
    private async Task AskWhetherOthersFireAsync(CancellationToken cancellation)
    {
        var gone = await GoneAsync(() => NextMove.Others(Rollback, _chronicle.Book).Select(o => o.Cause), cancellation);
        await _chronicle.ChangeAsync(
            book =>
            {
                var (now, at) = (book.Rollbacks[id], parts.Time.GetUtcNow());
                if (parts.NextMove.For(now, book, at) is not Move.AskWhetherOthersFire)
                    return [];
                var others = NextMove.Others(now, book).ToList();
                var ended = others.Select(o => o.Run).DistinctBy(r => r.Id).SelectMany(r => Resolved(r, gone).Select(e => Entry.Of(r, e)));
                var left = others.Select(o => o.Cause).FirstOrDefault(c => !gone.Contains(c));
                return [.. ended, .. left is null ? [] : Consequences.Of(now, NextMove.StillFires(now, left).Events, at)];
            },
            cancellation);
    }

    private async Task NoteGoneAsync(CancellationToken cancellation)
    {
        var gone = await GoneAsync(() => Rollback.FiringCauses, cancellation);
        await AppendAsync((now, _) => Resolved(now, gone), cancellation);
    }

    /// <summary>
    /// What a run that has ended was for speaks against a later release as long as it fires (S9), and is asked for before an undo
    /// is refused because of it. True where some of it had ended.
    /// </summary>
    private async Task<bool> NoteGoneBeforeAsync(Plan plan, CancellationToken cancellation)
    {
        if (Attribution.Judge(Rollback, plan, _chronicle.Book, parts.Time.GetUtcNow()).Refusal != Reason.DeployedAfterAlert)
            return false;
        var gone = await GoneAsync(() => Before(plan, _chronicle.Book).SelectMany(r => r.FiringCauses), cancellation);
        if (gone.Count > 0)
            await _chronicle.ChangeAsync(book => Before(plan, book).SelectMany(r => Resolved(r, gone).Select(e => Entry.Of(r, e))), cancellation);
        return gone.Count > 0;
    }

    private IEnumerable<RollbackState> Before(Plan plan, Book book)
    {
        var services = plan.Suspects.Select(s => (s.Service ?? Rollback.Service).Name).ToHashSet(StringComparer.Ordinal);
        return book.Rollbacks.Values.Where(r => !r.IsOpen && r.EpisodeLastsAt(parts.Time.GetUtcNow()) && r.Service.Team == Rollback.Service.Team && services.Contains(r.Service.Name));
    }

    /// <summary>The causes that Alertmanager has no more, asked twice; none where it could not be asked.</summary>
    private async Task<IReadOnlySet<Cause>> GoneAsync(Func<IEnumerable<Cause>> firing, CancellationToken cancellation)
    {
        var missing = await MissingAsync(firing, cancellation);
        if (missing.Count == 0)
            return missing;
        await Task.Delay(LongestForgetting, parts.Time, cancellation);
        var again = await MissingAsync(firing, cancellation);
        return missing.Where(again.Contains).ToHashSet();
    }

    private async Task<IReadOnlySet<Cause>> MissingAsync(Func<IEnumerable<Cause>> firing, CancellationToken cancellation) =>
        await parts.Alerts.AtAlertmanagerAsync(cancellation) is { } known
            ? firing().Where(c => !known.Any(a => a.MayBe(c.Labels))).ToHashSet()
            : new HashSet<Cause>();

    // One that fired again while it was asked for is another cause by now.
    private static IReadOnlyList<RollbackEvent> Resolved(RollbackState now, IReadOnlySet<Cause> gone) =>
        [.. now.FiringCauses.Where(gone.Contains).Select(c => new RollbackEvent.CauseResolved(c.Fingerprint, null) { Asked = true })];
}
