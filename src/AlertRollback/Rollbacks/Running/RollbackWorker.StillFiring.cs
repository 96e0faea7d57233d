namespace AlertRollback.Rollbacks.Running;

// At the end of a hold: whether what is not said to have resolved still fires. A resolution may be missing (a silence, an
// inhibition, send_resolved: false), and that an alert still fires is told to people only where nobody knows better.
public sealed partial class RollbackWorker
{
    // An Alertmanager that was started anew has its alerts again once Prometheus has sent them again, which it does each minute.
    private static readonly TimeSpan LongestForgetting = TimeSpan.FromSeconds(90);

    private async Task AskWhetherItFiresAsync(CancellationToken cancellation)
    {
        var gone = await GoneAsync(cancellation);

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

    private async Task NoteGoneAsync(CancellationToken cancellation)
    {
        var gone = await GoneAsync(cancellation);
        await AppendAsync((now, _) => Resolved(now, gone), cancellation);
    }

    /// <summary>The causes that Alertmanager has no more, asked twice; none where it could not be asked.</summary>
    private async Task<IReadOnlySet<Cause>> GoneAsync(CancellationToken cancellation)
    {
        var missing = await MissingAsync(cancellation);
        if (missing.Count == 0)
            return missing;
        await Task.Delay(LongestForgetting, parts.Time, cancellation);
        var again = await MissingAsync(cancellation);
        return missing.Where(again.Contains).ToHashSet();
    }

    private async Task<IReadOnlySet<Cause>> MissingAsync(CancellationToken cancellation) =>
        await parts.Alerts.AtAlertmanagerAsync(cancellation) is { } firing
            ? Rollback.FiringCauses.Where(c => !firing.Any(a => a.MayBe(c.Labels))).ToHashSet()
            : new HashSet<Cause>();

    // One that fired again while it was asked for is another cause by now.
    private static IReadOnlyList<RollbackEvent> Resolved(RollbackState now, IReadOnlySet<Cause> gone) =>
        [.. now.FiringCauses.Where(gone.Contains).Select(c => new RollbackEvent.CauseResolved(c.Fingerprint, null) { Asked = true })];
}
