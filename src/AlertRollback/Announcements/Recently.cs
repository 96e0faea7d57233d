using AlertRollback.Rollbacks;

namespace AlertRollback.Announcements;

/// <summary>What is still worth telling: an announcer that was set up today does not tell last month's rollbacks.</summary>
internal static class Recently
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(7);

    public static IEnumerable<RollbackState> Rollbacks(Book book, DateTimeOffset now) =>
        book.Rollbacks.Values.Where(r => r.IsOpen || now - r.LastEventAt < Longest);

    public static IEnumerable<TaskState> Tasks(Book book, DateTimeOffset now) =>
        book.Tasks.Values.Where(t => t.Given.Of is null && (t.IsOpen || now - t.LastEventAt < Longest));

    public static IEnumerable<OpenItems> OpenItems(Book book, DateTimeOffset now) =>
        Announcements.OpenItems.All(book).Where(i => i.Open > 0 || now - i.LastEventAt < Longest);

    public static IEnumerable<News> News(Book book, DateTimeOffset now) =>
        book.LatestNews.Where(n => now - n.At < Longest);
}
