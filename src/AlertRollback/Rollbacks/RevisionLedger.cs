using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Rollbacks.Guards;

namespace AlertRollback.Rollbacks;

/// <summary>The memory of revisions, kept as events of the workload they belong to.</summary>
public sealed class RevisionLedger(Chronicle chronicle, OperatorConfiguration operators, TimeProvider time) : IRevisionLedger
{
    public bool IsQuarantined(string uid, string digest) =>
        chronicle.Book.Knowledge(uid) is var known && (known.QuarantineAt(digest, time.GetUtcNow()) is not null || known.Barred.ContainsKey(digest));

    public bool IsKnownGood(string uid, string digest) => chronicle.Book.Knowledge(uid).Good.ContainsKey(digest);

    public bool WasLeftBy(string rollbackId, string uid, string digest) => chronicle.Book.Knowledge(uid).WasLeftBy(digest, rollbackId);

    public string? FirstLeftBy(string rollbackId, string uid) => chronicle.Book.Knowledge(uid).FirstLeftBy(rollbackId);

    public IReadOnlyCollection<string> KnownGood(string uid) => [.. chronicle.Book.Knowledge(uid).Good.Keys];

    public DateTimeOffset? BecameCurrentAt(string uid, string digest) =>
        chronicle.Book.Knowledge(uid).Current is { } current && current.Digest == digest ? current.At : null;

    public long NumberSeen(string uid, string digest) =>
        chronicle.Book.Knowledge(uid).Current is { } current && current.Digest == digest ? current.Number : 0;

    public DateTimeOffset? LastBecameCurrentAt(string uid, string digest) =>
        chronicle.Book.Knowledge(uid).Seen(digest)?.At;

    public bool WasPutBack(string uid, string digest, DateTimeOffset since)
    {
        var (book, known) = (chronicle.Book, chronicle.Book.Knowledge(uid));
        return (known.IsGoodSinceLeft(digest) && known.GoodSince[digest] < since) || known.Left.Any(l => l.Key != digest && BroughtBack(book, known, digest, l.Value, since));
    }

    // What became current while a rollback went away from another release is what it went back to, as far as clocks agree.
    private static bool BroughtBack(Book book, WorkloadKnowledge known, string digest, Leaving leaving, DateTimeOffset since) =>
        book.Rollbacks.GetValueOrDefault(leaving.RollbackId) is { } rollback
        && rollback.StartedAt - Attribution.Margin <= since && since <= leaving.At + Attribution.Margin
        && !IsAnother(rollback, known, digest);

    // Whether it is known where the rollback went, and this runs other images: somebody deployed it at the same time.
    private static bool IsAnother(RollbackState rollback, WorkloadKnowledge known, string digest)
    {
        var targets = rollback.AllPlans.SelectMany(p => p.Steps).Select(s => s.Leaves).OfType<string>().Select(l => l.Split('/')).Where(l => l[0] == known.Uid).Select(l => known.Seen(l[1])?.Images).ToList();
        return targets.Count > 0 && known.Seen(digest) is { } seen && targets.TrueForAll(t => t is not null && !t.ToHashSet(StringComparer.Ordinal).SetEquals(seen.Images));
    }

    public IReadOnlyList<string>? MeasuredAt(string uid, string digest, ServiceDefinition service, CheckDefinition check) =>
        chronicle.Book.Knowledge(uid).MeasuredAt(digest)?.Answers.FirstOrDefault(a => a.Check == CheckKey.Of(service, check))?.Measured;

    public IReadOnlyList<EarlierRelease> Earlier(string uid) =>
        [.. chronicle.Book.Knowledge(uid).Earlier.Reverse().Select(e => new EarlierRelease(e.Digest, e.Images.FirstOrDefault() ?? e.Digest))];

    public IReadOnlyList<LeftTime> TimesLeft(string workload)
    {
        var (book, now) = (chronicle.Book, time.GetUtcNow());
        return [.. book.Workloads.Values.SelectMany(w => w.Left
            .Where(l => l.Value.Workload == workload && !IsByHelm(book, l.Value.RollbackId, l.Key))
            .Select(l => new LeftTime(l.Value.At, w.QuarantineAt(l.Key, now) is not null, SeenBefore(w, l.Key, l.Value.At))))];
    }

    // What came back since has become current later than it was left: since when it ran then is not known any more.
    private static DateTimeOffset? SeenBefore(WorkloadKnowledge known, string digest, DateTimeOffset left) =>
        known.Seen(digest)?.At is { } since && since <= left ? since : null;

    // It is known only after helm has made its new revision, and would be taken for that one's.
    private static bool IsByHelm(Book book, string rollbackId, string digest) =>
        book.Rollbacks.GetValueOrDefault(rollbackId) is { } rollback
        && rollback.AllPlans.SelectMany(p => p.Steps).Any(s => s.Action == "helm_rollback" && LeftRelease.DigestIn(s.Pin) == digest);

    public async Task<string?> QuarantineAsync(
        string uid, string workload, string digest, IReadOnlyList<string> images, string rollbackId, CancellationToken cancellation)
    {
        var book = await chronicle.ChangeAsync(
            book => book.Knowledge(uid).IsJudged(digest, rollbackId)
                ? []
                : [Entry.Of(uid, Judge(book, uid, workload, digest, images, rollbackId))],
            cancellation);
        return book.Knowledge(uid).Withheld.GetValueOrDefault(digest) is { } withheld && withheld.RollbackId == rollbackId ? withheld.Why : null;
    }

    // What a person let go stays so, also when the rollback is taken up again after a crash.
    public Task BarAsync(string uid, string workload, string digest, IReadOnlyList<string> images, string rollbackId, string why, CancellationToken cancellation) => chronicle.ChangeAsync(
        book => book.Knowledge(uid) is var known && (known.Barred.ContainsKey(digest) || known.WasBarredBy(digest, rollbackId))
            ? []
            : [Entry.Of(uid, new WorkloadEvent.Barred(workload, digest, images, rollbackId, why))],
        cancellation);

    public Task UnbarAsync(string uid, string workload, string rollbackId, CancellationToken cancellation) => chronicle.ChangeAsync(
        book => book.Knowledge(uid).Barred.Values.Where(b => b.RollbackId == rollbackId).Select(b => Entry.Of(uid, new WorkloadEvent.Unbarred(workload, b.Digest, rollbackId))),
        cancellation);

    public string? WhyBarred(string uid, string digest) => chronicle.Book.Knowledge(uid).Barred.GetValueOrDefault(digest)?.Why;

    private WorkloadEvent Judge(Book book, string uid, string workload, string digest, IReadOnlyList<string> images, string rollbackId)
    {
        var now = time.GetUtcNow();

        // It came back and was rolled back from once more: that this rollback left it is to be known, and frees it no sooner.
        if (book.Knowledge(uid).QuarantineAt(digest, now) is { } lasting)
            return new WorkloadEvent.Quarantined(workload, digest, images, rollbackId, lasting.Until is { } until && until < now + operators.Safety.Quarantine ? now + operators.Safety.Quarantine : lasting.Until);
        return Storm.Spares(book, uid, images, operators.Safety.BreakerTargets, now) is { } why
            ? new WorkloadEvent.QuarantineWithheld(workload, digest, images, rollbackId, why)
            : new WorkloadEvent.Quarantined(workload, digest, images, rollbackId, now + operators.Safety.Quarantine);
    }
}
