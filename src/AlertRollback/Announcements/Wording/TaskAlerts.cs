using AlertRollback.Rollbacks;

namespace AlertRollback.Announcements.Wording;

/// <summary>
/// The alerts of a task as people read them: those of one name are one line, for an outage brings them by the thousand.
/// Holds untrusted text: whoever shows it escapes it.
/// </summary>
internal static class TaskAlerts
{
    private const int MostNames = 5;

    /// <summary>All of them, those that fire first, and of these the newest.</summary>
    /// <param name="beside">When it is read, or what it stands beside: of another day a time has its day.</param>
    public static IReadOnlyList<string> Lines(TaskState task, DateTimeOffset beside) => Lines(task, ByName(task), beside);

    /// <summary>Those that a call is for: what is new, and what fires.</summary>
    public static IReadOnlyList<string> Lines(TaskState task, TaskCall call)
    {
        var all = ByName(task);
        var called = all.FindAll(n => call.News.Contains(n.Name) || n.Firing > 0);
        // When it could only be told after all had resolved.
        return Lines(task, called.Count == 0 ? all : [.. called.OrderByDescending(n => call.News.Contains(n.Name))], call.At);
    }

    private static List<OfOneName> ByName(TaskState task) =>
    [
        .. task.Causes.GroupBy(c => c.AlertName, StringComparer.Ordinal).Select(g => new OfOneName(g.Key, [.. g], [.. g.Where(task.Fires)]))
            .OrderBy(n => n.Firing == 0).ThenByDescending(n => n.Newest.StartsAt),
    ];

    private static List<string> Lines(TaskState task, List<OfOneName> names, DateTimeOffset beside)
    {
        var lines = names.Take(MostNames).Select(n => Line(task, n, beside)).ToList();
        if (names.Skip(MostNames).ToList() is { Count: > 0 } more)
            lines.Add($"… and {more.Sum(n => n.All.Count)} more of {more.Count} other {(more.Count == 1 ? "name" : "names")}, {State(task, more.Sum(n => n.Firing), more.Sum(n => n.All.Count))}");
        return lines;
    }

    private static string Line(TaskState task, OfOneName one, DateTimeOffset beside)
    {
        var name = one.All is [var only] ? TimelineLine.Name(only) : $"{one.All.Count} × {one.Name}";
        var summary = one.Newest.Summary is { } text ? $": {text}" : "";
        return PlainText.OneLine($"{name} since {Moment.Second(one.Since, beside)} UTC, {State(task, one.Firing, one.All.Count)}{summary}");
    }

    // What became of it after people were done is told nobody any more.
    private static string State(TaskState task, int firing, int all)
    {
        var fires = task.IsOpen ? "firing" : "firing when it was done";
        return firing == 0 ? "resolved" : firing == all ? fires : $"{firing} {fires}, {all - firing} resolved";
    }

    private sealed record OfOneName(string Name, IReadOnlyList<Cause> All, IReadOnlyList<Cause> StillFiring)
    {
        public int Firing => StillFiring.Count;

        public DateTimeOffset Since { get; } = (StillFiring.Count > 0 ? StillFiring : All).Min(c => c.StartsAt);

        public Cause Newest { get; } = (StillFiring.Count > 0 ? StillFiring : All).MaxBy(c => c.StartsAt)!;
    }
}
