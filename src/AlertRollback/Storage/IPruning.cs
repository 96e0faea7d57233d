namespace AlertRollback.Storage;

/// <summary>Forgets one kind of thing that is in the journal for a while only; <see cref="JournalPruning"/> runs it daily.</summary>
public interface IPruning
{
    /// <summary>What it forgets, for people: <c>old receipts</c>.</summary>
    string What { get; }

    /// <summary>How long after the start it is run first.</summary>
    TimeSpan FirstAfter => TimeSpan.Zero;

    /// <summary>Forgets what nobody needs any more. What it throws is logged, and the next day it is run again.</summary>
    Task PruneAsync(CancellationToken cancellation);
}
