using AlertRollback.Rollbacks;

namespace AlertRollback.Web.Operators;

/// <summary>The newest alerts that led to nothing, with the reason: for whoever wonders why nothing happens.</summary>
internal static class AlertsNotActedOn
{
    private static readonly TimeSpan Lately = TimeSpan.FromHours(24);

    /// <summary>Newest first.</summary>
    public static IEnumerable<LineView> Of(Book book) => book.NotActedOn.Reverse().Select(n => Line(n.At, n.Event));

    /// <summary>How many there were lately and the newest of them; null for none. What a row only logs is as it should be, and left out.</summary>
    public static string? InShort(Book book, DateTimeOffset now)
    {
        var lately = book.NotActedOn.Where(n => now - n.At < Lately).ToList();
        if (lately.Where(IsLost).ToList() is not { Count: > 0 and var count } lost)
            return null;
        // The book keeps so many and no more: what came before them may be of the same day.
        var more = lately.Count == Book.RecentAlerts ? " or more" : "";
        var newest = Line(lost[^1].At, lost[^1].Event);
        return $"{count}{more} in the last 24 h, the newest {newest.Event}: {newest.Text}";
    }

    /// <summary>The same by reason, in a word that no alert has a say in.</summary>
    public static IEnumerable<(string Reason, int Count)> ByReason(Book book, DateTimeOffset now) =>
        book.NotActedOn.Where(n => now - n.At < Lately && IsLost(n)).GroupBy(n => Line(n.At, n.Event).Event).Select(g => (g.Key, g.Count()));

    private static bool IsLost((DateTimeOffset At, AlertEvent Event) alert) => alert.Event is not AlertEvent.NotActedOn { Reason: Reason.LogOnly };

    private static LineView Line(DateTimeOffset at, AlertEvent e) => e switch
    {
        AlertEvent.NotActedOn x => new LineView(0, at, x.Reason.Word(), $"{Shown.Clean(x.AlertName)}: {x.Text}"),
        AlertEvent.Unreadable x => new LineView(0, at, "unreadable", x.Text),
        _ => new LineView(0, at, "", ""),
    };
}
