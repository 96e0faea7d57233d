using AlertRollback.Playbooks;

namespace AlertRollback.Rollbacks;

/// <summary>The memory of revisions, kept as events of the workload they belong to.</summary>
public sealed class RevisionLedger(Chronicle chronicle) : IRevisionLedger
{
    public bool IsQuarantined(string uid, string digest) => chronicle.Book.Knowledge(uid).Quarantine.ContainsKey(digest);

    public bool IsKnownGood(string uid, string digest) => chronicle.Book.Knowledge(uid).Good.ContainsKey(digest);

    public IReadOnlyCollection<string> KnownGood(string uid) => [.. chronicle.Book.Knowledge(uid).Good.Keys];

    public DateTimeOffset? BecameCurrentAt(string uid, string digest) =>
        chronicle.Book.Knowledge(uid).Current is { } current && current.Digest == digest ? current.At : null;

    public Task QuarantineAsync(
        string uid, string workload, string digest, IReadOnlyList<string> images, string rollbackId, CancellationToken cancellation) =>
        chronicle.ChangeAsync(
            book => book.Knowledge(uid).Quarantine.ContainsKey(digest)
                ? []
                : [Entry.Of(uid, new WorkloadEvent.Quarantined(workload, digest, images, rollbackId))],
            cancellation);
}
