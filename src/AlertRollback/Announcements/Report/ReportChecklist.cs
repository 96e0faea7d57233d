using AlertRollback.Announcements.Wording;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Rollbacks;

namespace AlertRollback.Announcements.Report;

/// <summary>The boxes that the runbooks want ticked after a rollback: ticked where the journal shows it, with what shows it; the others are people's.</summary>
internal static class ReportChecklist
{
    private static readonly string[] Peoples =
        ["Dashboards and documents are up to date", "The root cause and the lessons are written down", "A review is scheduled", "The fix and its deployment are planned"];

    public static IEnumerable<string> Lines(IReadOnlyList<RollbackState> runs, ReportedChanges changes)
    {
        var plansBackup = runs.SelectMany(r => r.AllPlans).SelectMany(p => p.Steps).Any(IsBackup);
        return
        [
            Box("Trigger and severity are known", [runs[0].Severity.Name]),
            Box("Those concerned were told", runs.Where(r => r.Called is not null).Select(r => $"called {TimelineLine.Roles(r.Called!)}")),
            Box("Logs and state of what was taken away were kept", runs.Where(r => r.Evidence.Any()).Select(r => $"alertrollback evidence {r.Id}")),
            Box("A way was chosen", Events<RollbackEvent.MethodStarted>(runs).Select(m => m.Name)),
            .. plansBackup ? [Box("A backup was made", changes.Done.Where(IsBackup).Select(s => s.To))] : Array.Empty<string>(),
            Box("It was carried out", changes.Done.Select(s => s.Name)),
            Box("Health and function were verified", Events<RollbackEvent.Verified>(runs.TakeLast(1)).TakeLast(1).Where(v => v.Verdict == Verdict.Pass).Select(v => v.Text)),
            Box("It was watched to the end", runs.TakeLast(1).Where(WasWatched).Select(r => $"until {Moment.WholeMinute(r.StabiliseUntil!.Value)} UTC")),
            .. Peoples.Select(p => Box(p, [])),
        ];
    }

    private static bool IsBackup(PlannedStep step) => step.Action == BackupAction.Word;

    private static bool WasWatched(RollbackState run) => run is { Closed.Outcome: Outcome.RolledBack, StabiliseUntil: not null } && Achieved.By(run).Watched;

    private static IEnumerable<T> Events<T>(IEnumerable<RollbackState> runs) => runs.SelectMany(r => r.Timeline).Select(t => t.Event).OfType<T>();

    /// <param name="shownBy">What shows that it is so; nothing: that is for people to say.</param>
    private static string Box(string what, IEnumerable<string> shownBy) =>
        shownBy.Distinct(StringComparer.Ordinal).Select(Markdown.Text).ToList() is { Count: > 0 } shown ? $"- [x] {what}: {string.Join(", ", shown)}" : $"- [ ] {what}";
}
