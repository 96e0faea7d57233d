namespace AlertRollback.Playbooks;

/// <summary>
/// What is remembered of a workload's revisions (S3), by the workload's uid and the digest of the pod template.
/// The memory lives with the rollbacks; actions read it and say from what they rolled back.
/// </summary>
public interface IRevisionLedger
{
    /// <summary>Whether this template was rolled back from before.</summary>
    bool IsQuarantined(string uid, string digest);

    /// <summary>Whether this template was seen complete for the soak period without a firing row of its service.</summary>
    bool IsKnownGood(string uid, string digest);

    /// <summary>Digests that were known to be good once, whether they still exist or not.</summary>
    IReadOnlyCollection<string> KnownGood(string uid);

    /// <summary>When our own watch saw this template become the current one; null when it did not see it (S9).</summary>
    DateTimeOffset? BecameCurrentAt(string uid, string digest);

    Task QuarantineAsync(string uid, string workload, string digest, IReadOnlyList<string> images, string rollbackId, CancellationToken cancellation);
}
