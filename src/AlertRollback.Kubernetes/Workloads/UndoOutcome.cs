namespace AlertRollback.Kubernetes.Workloads;

/// <summary>What pinning an undo found.</summary>
public abstract record UndoPlan
{
    /// <param name="Read">What it was pinned on.</param>
    public sealed record Pinned(UndoPin Pin, WorkloadSnapshot Read) : UndoPlan;

    public sealed record Refused(UndoRefusal Refusal, string Text) : UndoPlan;

    /// <summary>It cannot be told yet; worth asking again.</summary>
    public sealed record CannotTell(string Text) : UndoPlan;
}

/// <summary>How applying an undo ended.</summary>
public abstract record UndoOutcome
{
    /// <summary>The template was written by this rollback.</summary>
    /// <param name="Generation">The workload's generation with the new template; waiting begins at it (S4).</param>
    /// <param name="Digest">Of the template that is live with it.</param>
    public sealed record Applied(string ResourceVersion, long Generation, string Digest) : UndoOutcome;

    /// <summary>The template was the target's already; nothing was written.</summary>
    public sealed record AlreadyAtTarget(string ResourceVersion, long Generation, string Digest) : UndoOutcome;

    /// <summary>Somebody else changed it meanwhile; a person decides.</summary>
    public sealed record Superseded(string Text) : UndoOutcome;

    public sealed record Refused(UndoRefusal Refusal, string Text) : UndoOutcome;

    /// <summary>It would have to be written, and may not be.</summary>
    public sealed record Withheld : UndoOutcome;

    /// <summary>Nothing was changed and the way was blocked; worth trying again.</summary>
    public sealed record NotDone(string Text) : UndoOutcome;

    /// <summary>A write was sent, its answer was lost and the state could not be read back. Apply again with <c>outcomeUnknown</c>.</summary>
    public sealed record Unknown(string Text) : UndoOutcome;

    /// <param name="because">Put before what the API server says when it rejects the write.</param>
    internal static Converging<UndoOutcome> Converging(WorkloadRef workload, TimeProvider time, string because = "") => new(workload, time)
    {
        Rejected = text => new Refused(UndoRefusal.Rejected, because + text),
        NotDone = text => new NotDone(text),
        Unknown = text => new Unknown(text),
    };
}
