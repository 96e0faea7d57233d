using AlertRollback.Alerts.Intake;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix;
using AlertRollback.Rollbacks.Guards;

namespace AlertRollback.Rollbacks;

/// <summary>What is known of a workload's revisions; stream <c>workload/UID</c>. A revision is known by its template's digest.</summary>
public abstract record WorkloadEvent
{
    /// <summary>Our watch saw this revision become the current one.</summary>
    /// <param name="Number">The controller's; 0 until it has counted.</param>
    /// <param name="At">When; null when it was current already when we began to look, or came back while nobody did.</param>
    public sealed record BecameCurrent(string Workload, string Digest, long Number, IReadOnlyList<string> Images, DateTimeOffset? At) : WorkloadEvent
    {
        /// <summary>What it shares with its restarts; null: unknown.</summary>
        public string? Release { get; init; }
    }

    /// <summary>Seen complete for the soak period without a firing row of its service (S3).</summary>
    public sealed record KnownGood(string Workload, string Digest, long Number, IReadOnlyList<string> Images) : WorkloadEvent;

    /// <summary>Rolled back from: no candidate again until <paramref name="Until"/>, or until a person says otherwise.</summary>
    /// <param name="Until">Null: only a person can lift it.</param>
    public sealed record Quarantined(
        string Workload, string Digest, IReadOnlyList<string> Images, string RollbackId, DateTimeOffset? Until = null) : WorkloadEvent;

    /// <summary>Rolled back from, but not quarantined: the platform failed, and the same images ran well elsewhere.</summary>
    public sealed record QuarantineWithheld(string Workload, string Digest, IReadOnlyList<string> Images, string RollbackId, string Why) : WorkloadEvent;

    /// <summary>No candidate again until a person says otherwise, although nothing is wrong with its images: it reads what others may know.</summary>
    /// <param name="Why">Said of the revision: <c>reads secret/production/api-secrets, which was rotated</c>.</param>
    public sealed record Barred(string Workload, string Digest, IReadOnlyList<string> Images, string RollbackId, string Why) : WorkloadEvent;

    /// <summary>The rollback that barred it put it back.</summary>
    public sealed record Unbarred(string Workload, string Digest, string RollbackId) : WorkloadEvent;

    /// <summary>A person lifted the quarantine.</summary>
    public sealed record Unpinned(string Workload, string Digest, string By, string Why) : WorkloadEvent;

    /// <summary>The current revision was seen complete for the first time since it became current.</summary>
    public sealed record Completed(string Workload, string Digest) : WorkloadEvent;

    /// <summary>What this revision's pods were configured with while it ran completely.</summary>
    /// <param name="Good">It had stayed so, and the revision healthy, for the soak period by then.</param>
    public sealed record ConfigurationSeen(string Workload, string Digest, ConfigurationSnapshot Configuration, bool Good) : WorkloadEvent;

    /// <summary>What the checks of the guard <c>same_as_at_target</c> answered while this revision ran completely.</summary>
    /// <param name="Good">It had run for the soak period by then: this is what is compared with from now on.</param>
    public sealed record Measured(string Workload, string Digest, IReadOnlyList<RecordedAnswer> Answers, bool Good) : WorkloadEvent;
}

/// <summary>What one check measured, by <see cref="CheckKey"/>.</summary>
public sealed record RecordedAnswer(string Check, IReadOnlyList<string> Measured);

/// <summary>What concerns everything; stream <c>global</c>.</summary>
public abstract record GlobalEvent
{
    /// <param name="Now">Running rollbacks stop before their next write.</param>
    public sealed record KillSwitchSet(bool On, bool Now, string By, string Why) : GlobalEvent;

    public sealed record BreakerTripped(string Why) : GlobalEvent;

    public sealed record BreakerReset(string By, string Why) : GlobalEvent;

    /// <summary>No rollback of the service until then; null <paramref name="Until"/> lifts it.</summary>
    public sealed record Frozen(string Service, DateTimeOffset? Until, string By, string Why) : GlobalEvent
    {
        /// <summary>The rollbacks of it that have begun to write, and go on; null: none.</summary>
        public IReadOnlyList<string>? UnderWay { get; init; }

        /// <summary>Where it is lifted: the rollbacks that waited for it alone, and go on by themselves; null: none.</summary>
        public IReadOnlyList<string>? Waited { get; init; }
    }

    /// <summary>The matrix in the files is not the one in use (S14).</summary>
    public sealed record MatrixTrouble(string Text) : GlobalEvent;

    /// <summary>The matrix in the files is in use again.</summary>
    public sealed record MatrixGood : GlobalEvent;

    /// <summary>Alert messages are refused.</summary>
    public sealed record WebhookTrouble(string Text, RefusalKind Kind = RefusalKind.Unheard) : GlobalEvent;

    /// <summary>Alert messages are taken in again, or none of that kind came for long.</summary>
    public sealed record WebhookGood(RefusalKind Kind = RefusalKind.Unheard) : GlobalEvent;
}

/// <summary>What became of alerts that led to no rollback; stream <c>alerts</c>.</summary>
public abstract record AlertEvent
{
    public sealed record NotActedOn(string Fingerprint, string AlertName, string? Team, string? Service, string? Row, Reason Reason, string Text) : AlertEvent
    {
        /// <summary>Since when it fires; null: its sender does not say, or it was not noted.</summary>
        public DateTimeOffset? StartsAt { get; init; }
    }

    /// <summary>A stored message that this version cannot read: kept, and people are told.</summary>
    public sealed record Unreadable(long Receipt, string Text) : AlertEvent;
}

/// <summary>Work for people; stream <c>task/ID</c>.</summary>
public abstract record TaskEvent
{
    /// <param name="Cause">The alert; null for an open item of a rollback.</param>
    public sealed record Given(string Id, RowDefinition Row, ServiceDefinition Service, string Severity, string Text, string? Role, Cause? Cause) : TaskEvent
    {
        /// <summary>The rollback whose report it is an open item of; null for a task that an alert gave.</summary>
        public string? Of { get; init; }

        /// <summary>How long people have for it; of a task that an alert gave: to begin, whose end nobody can foretell.</summary>
        public TimeSpan? Within { get; init; }
    }

    public sealed record CauseAttached(Cause Cause) : TaskEvent;

    public sealed record CauseResolved(string Fingerprint) : TaskEvent;

    public sealed record Done(string By, string? Note) : TaskEvent;
}
