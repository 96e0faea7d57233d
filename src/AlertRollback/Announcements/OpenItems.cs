using AlertRollback.Rollbacks;

namespace AlertRollback.Announcements;

/// <summary>What is left to do for people after one rollback: told together, because five messages at once are read by nobody.</summary>
/// <param name="Of">The rollback.</param>
/// <param name="Items">In the order they were given.</param>
public sealed record OpenItems(string Of, IReadOnlyList<TaskState> Items)
{
    public const string Family = "open-items";

    public string StreamName => $"{Family}/{Of}";

    public long LastSequence => Items.Max(i => i.LastSequence);

    public int Open => Items.Count(i => i.IsOpen);

    public DateTimeOffset At => Items[0].At;

    public DateTimeOffset LastEventAt => Items.Max(i => i.LastEventAt);

    public TaskEvent.Given First => Items[0].Given;

    public IEnumerable<string> Roles => Items.Where(i => i.IsOpen).Select(i => i.Given.Role).OfType<string>().Distinct(StringComparer.Ordinal);

    /// <summary>Null: the rollback left none.</summary>
    public static OpenItems? Find(Book book, string rollbackId) => All(book).FirstOrDefault(i => i.Of == rollbackId);

    public static IEnumerable<OpenItems> All(Book book) => book.Tasks.Values
        .Where(t => t.Given.Of is not null)
        .GroupBy(t => t.Given.Of!, StringComparer.Ordinal)
        .Select(g => new OpenItems(g.Key, [.. g.OrderBy(t => t.GivenAs)]));
}
