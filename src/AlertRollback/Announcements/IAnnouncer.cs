using AlertRollback.Rollbacks;
using AlertRollback.Storage;

namespace AlertRollback.Announcements;

/// <summary>
/// Something that tells people. Keeps how far it is, and the remote ids, in its cursor; saves the cursor before a create
/// whose outcome could become unknown, and after it (S20).
/// </summary>
public interface IAnnouncer
{
    /// <summary>Name of its cursors in the journal.</summary>
    string Name { get; }

    /// <summary>The streams it has something to tell of, with their newest sequence.</summary>
    IEnumerable<(string Stream, long LastSequence)> Topics(Book book);

    /// <summary>Tells everything of one stream that is new since the cursor, in order.</summary>
    Task<Telling> TellAsync(Book book, CursorKeeper cursor, CancellationToken cancellation);

    /// <summary>The newest event of the stream that those who are called have been told of; null: it calls nobody.</summary>
    long? CalledUpTo(CursorKeeper cursor) => null;
}

/// <summary>One stream's cursor and the way to keep it.</summary>
public sealed class CursorKeeper(AnnouncerCursor cursor, IJournal journal)
{
    public AnnouncerCursor Cursor { get; private set; } = cursor;

    /// <param name="sequence">Everything up to it was told, in all the forms this announcer tells in.</param>
    public Task SaveAsync(long sequence, string remote)
    {
        Cursor = Cursor with { Sequence = sequence, Remote = remote };
        return journal.SaveCursorAsync(Cursor, CancellationToken.None);
    }
}
