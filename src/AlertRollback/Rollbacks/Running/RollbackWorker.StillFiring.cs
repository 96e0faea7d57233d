namespace AlertRollback.Rollbacks.Running;

// At the end of a hold: whether what is not said to have resolved still fires. A resolution may be missing (a silence, an
// inhibition, send_resolved: false), and that an alert still fires is told to people only where nobody knows better.
public sealed partial class RollbackWorker
{
    private async Task AskWhetherItFiresAsync(CancellationToken cancellation)
    {
        var gone = await GoneAsync(cancellation);

        // Also of one that was closed as good and is watched to the end of its hold.
        await ChangeAsync(
            (now, book) => parts.NextMove.For(now, book, parts.Time.GetUtcNow()) is Move.AskWhetherItFires ? AfterAsking(now, gone) : [], cancellation);
    }

    private IReadOnlyList<RollbackEvent> AfterAsking(RollbackState now, IReadOnlySet<Cause> gone)
    {
        var resolved = Resolved(now, gone);
        var left = resolved.Aggregate(now, (r, e) => r.Apply(0, parts.Time.GetUtcNow(), e));
        return left.StillFires ? [.. resolved, .. NextMove.Ineffective(left)] : resolved;
    }

    private async Task NoteGoneAsync(CancellationToken cancellation)
    {
        var gone = await GoneAsync(cancellation);
        await AppendAsync((now, _) => Resolved(now, gone), cancellation);
    }

    /// <summary>The causes that certainly fire no more; none where nobody could be asked.</summary>
    private async Task<IReadOnlySet<Cause>> GoneAsync(CancellationToken cancellation) =>
        await parts.Alerts.FiringAsync(cancellation) is { } firing
            ? Rollback.FiringCauses.Where(c => !firing.Any(a => a.MayBe(c.Labels))).ToHashSet()
            : new HashSet<Cause>();

    // One that fired again while it was asked for is another cause by now.
    private static IReadOnlyList<RollbackEvent> Resolved(RollbackState now, IReadOnlySet<Cause> gone) =>
        [.. now.FiringCauses.Where(gone.Contains).Select(c => new RollbackEvent.CauseResolved(c.Fingerprint, null) { Asked = true })];
}
