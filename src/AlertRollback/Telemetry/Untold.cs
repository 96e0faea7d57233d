using AlertRollback.Announcements;
using AlertRollback.Rollbacks;

namespace AlertRollback.Telemetry;

/// <summary>What an announcer has not told yet, and since when it could have.</summary>
internal static class Untold
{
    /// <param name="stream">As announcers name it.</param>
    /// <param name="told">The sequence up to which it was told.</param>
    /// <returns>When the oldest of what was not told happened; null: the book does not know it.</returns>
    public static DateTimeOffset? Since(Book book, string stream, long told) => stream.Split('/', 2) switch
    {
        ["rollback", var id] => OfRollback(book, id, told),
        ["task", var id] => book.Tasks.GetValueOrDefault(id) is { } task ? OfTask(task, told) : null,
        [OpenItems.Family, var of] => OpenItems.Find(book, of) is { } items ? (items.Items[0].GivenAs > told ? items.At : items.LastEventAt) : null,
        _ => book.LatestNews.Find(n => n.StreamName == stream)?.At,
    };

    // What joins meanwhile makes nobody wait less.
    private static DateTimeOffset? OfTask(TaskState task, long told) =>
        task.GivenAs > told ? task.At : task.FirstCallAfter(told)?.At ?? task.LastEventAt;

    // On the status page one stream tells of a rollback and of those that took over from it.
    private static DateTimeOffset? OfRollback(Book book, string id, long told)
    {
        for (var rollback = book.Rollbacks.GetValueOrDefault(id); rollback is not null; rollback = book.TookOver(rollback))
        {
            if (rollback.LastSequence > told)
                return rollback.Timeline.Find(t => t.Sequence > told)?.At;
        }

        return null;
    }
}
