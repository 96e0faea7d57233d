using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix;

namespace AlertRollback.Playbooks;

/// <summary>
/// What is remembered of a workload's revisions (S3), by the workload's uid and the digest of the pod template.
/// The memory lives with the rollbacks; actions read it and say from what they rolled back.
/// </summary>
public interface IRevisionLedger
{
    /// <summary>The mark of a step whose release was left out of quarantine, with the reason.</summary>
    const string NotQuarantined = "not_quarantined";

    /// <summary>Whether this template was rolled back from before and the quarantine lasts, or was barred; and no person lifted it.</summary>
    bool IsQuarantined(string uid, string digest);

    /// <summary>Whether this template was seen complete for the soak period without a firing row of its service.</summary>
    bool IsKnownGood(string uid, string digest);

    /// <summary>
    /// Whether this rollback, or the one it goes on from, took the workload away from this template. Its next method goes further
    /// back and never there again, also where a storm kept it out of quarantine.
    /// </summary>
    bool WasLeftBy(string rollbackId, string uid, string digest) => false;

    /// <summary>The template that this rollback, or the one it goes on from, took the workload away from first; null: from none.</summary>
    string? FirstLeftBy(string rollbackId, string uid) => null;

    /// <summary>Digests that were known to be good once, whether they still exist or not.</summary>
    IReadOnlyCollection<string> KnownGood(string uid);

    /// <summary>When our own watch saw this template become the current one; null when it did not see it (S9).</summary>
    DateTimeOffset? BecameCurrentAt(string uid, string digest);

    /// <summary>The controller's number of this template as it was the current one; 0: not known, as of older journals.</summary>
    long NumberSeen(string uid, string digest) => 0;

    /// <summary>
    /// The same, as long as the controller calls it by the number that it was seen with: what went, and came back, while nobody
    /// watched has another, and became current later.
    /// </summary>
    DateTimeOffset? BecameCurrentAt(string uid, string digest, long? number) =>
        NumberSeen(uid, digest) is > 0 and var seen && seen != number ? null : BecameCurrentAt(uid, digest);

    /// <summary>The same of a revision that may not be current any more; null when that was never seen.</summary>
    DateTimeOffset? LastBecameCurrentAt(string uid, string digest) => BecameCurrentAt(uid, digest);

    /// <summary>
    /// Whether a template that is current since then was put back, and not released: it was known to be good before, and
    /// not rolled back from since, or a rollback went back to it.
    /// </summary>
    bool WasPutBack(string uid, string digest, DateTimeOffset since) => false;

    /// <summary>What a check answered for a service while this template ran completely; null when that was not seen.</summary>
    IReadOnlyList<string>? MeasuredAt(string uid, string digest, ServiceDefinition service, CheckDefinition check) => null;

    /// <summary>Remembers what was rolled back from. Safe to repeat.</summary>
    /// <returns>Null when it is in quarantine now; else why it is not: the platform failed, not this release.</returns>
    Task<string?> QuarantineAsync(string uid, string workload, string digest, IReadOnlyList<string> images, string rollbackId, CancellationToken cancellation);

    /// <summary>When a workload was taken away from a release, by its address; what a helm_rollback took away stands in Helm's own history.</summary>
    IReadOnlyList<LeftTime> TimesLeft(string workload) => [];

    /// <summary>
    /// Keeps a template from ever being gone back to, however well its release runs: it reads what others may know by now. No storm
    /// spares it and no time ends it; its images are not blamed. Safe to repeat.
    /// </summary>
    /// <param name="why">What is told of it: <c>reads secret/production/api-secrets, which was rotated</c>.</param>
    Task BarAsync(string uid, string workload, string digest, IReadOnlyList<string> images, string rollbackId, string why, CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>Lets go what this rollback barred, because it was put back. Safe to repeat.</summary>
    Task UnbarAsync(string uid, string workload, string rollbackId, CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>Why this template was barred; null: it was not.</summary>
    string? WhyBarred(string uid, string digest) => null;

    /// <summary>What was seen to be current before what is current now, the newest first; each once.</summary>
    IReadOnlyList<EarlierRelease> Earlier(string uid) => [];

    /// <summary>What choosing a target needs to know of the workload with this uid.</summary>
    /// <param name="rollbackId">The rollback that chooses; null: somebody only looks.</param>
    RevisionKnowledge Knowledge(string uid, string? rollbackId = null) => new(
        digest => IsQuarantined(uid, digest) || (rollbackId is not null && WasLeftBy(rollbackId, uid, digest)), digest => IsKnownGood(uid, digest), KnownGood(uid))
    {
        WhyBarred = digest => WhyBarred(uid, digest),
    };
}

/// <summary>When a release was rolled back from.</summary>
/// <param name="Quarantined">Whether it is kept from being gone back to by now.</param>
/// <param name="Since">When it had become current; null when that was not seen.</param>
public sealed record LeftTime(DateTimeOffset At, bool Quarantined, DateTimeOffset? Since = null);

/// <summary>What ran once.</summary>
/// <param name="Image">For people.</param>
public sealed record EarlierRelease(string Digest, string Image);
