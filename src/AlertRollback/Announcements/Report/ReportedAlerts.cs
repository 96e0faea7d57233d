using AlertRollback.Rollbacks;

namespace AlertRollback.Announcements.Report;

/// <summary>The alerts of one report: each once, as the last run that knew it left it.</summary>
internal sealed class ReportedAlerts(IReadOnlyList<RollbackState> runs)
{
    private readonly List<(Cause Cause, DateTimeOffset? ResolvedAt)> _all =
    [
        .. runs.SelectMany(r => r.Causes.Select(c => (Cause: c, Run: r))).GroupBy(c => c.Cause.Fingerprint)
            .Select(g => (g.First().Cause, g.Last().Run.ResolvedAt.TryGetValue(g.Key, out var at) ? at : (DateTimeOffset?)null)),
    ];

    public bool Any => _all.Count > 0;

    public bool StillFire => _all.Exists(a => a.ResolvedAt is null);

    /// <summary>Since when the first of them fires; of one that says no start, since it was heard of.</summary>
    public DateTimeOffset? Since => _all.Select(a => (DateTimeOffset?)Start(a.Cause)).Min();

    /// <summary>When the last of them was heard to have resolved; null: one fires, or there is none.</summary>
    public DateTimeOffset? ResolvedAt => StillFire ? null : _all.Select(a => a.ResolvedAt).Max();

    /// <summary>Those of one name as one, of an outage of thousands.</summary>
    public IEnumerable<string> Lines(DateTimeOffset beside) => _all.GroupBy(a => a.Cause.AlertName).Select(g =>
    {
        var (count, since, firing) = (g.Count(), g.Min(a => Start(a.Cause)), g.Count(a => a.ResolvedAt is null));
        var name = $"{Markdown.Text(g.Key)}{(count > 1 ? $", {count} of them" : "")}: since {Moment.Second(since, beside)} UTC";
        return (firing, count) switch
        {
            (0, _) => $"{name}, resolved by {Moment.Second(g.Max(a => a.ResolvedAt!.Value), beside)} UTC",
            (_, 1) => $"{name}, fires",
            _ => $"{name}, {firing} fire",
        };
    });

    private static DateTimeOffset Start(Cause cause) => cause.StartsAt > DateTimeOffset.MinValue ? cause.StartsAt : cause.ReceivedAt;
}
