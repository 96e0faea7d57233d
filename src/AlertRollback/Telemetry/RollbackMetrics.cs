using AlertRollback.Matrix;
using AlertRollback.Rollbacks;
using static AlertRollback.Telemetry.MetricFamily;

namespace AlertRollback.Telemetry;

/// <summary>What the journal says of rollbacks, of the people they wait for, and of the brakes. Pure.</summary>
internal static class RollbackMetrics
{
    private const string WaitingForApproval = "waiting_for_approval";

    private static readonly IReadOnlyList<string> States =
        [.. Enum.GetValues<Phase>().Where(p => p != Phase.Closed).Select(p => p.Word()), WaitingForApproval];

    public static IEnumerable<MetricFamily> Of(Totals totals, GlobalState global, DateTimeOffset now) =>
    [
        Counter("alertrollback_rollbacks_total", "Rollbacks that ended, by how and why.", totals.Ended),
        new MetricFamily(
            "alertrollback_rollback_phase_seconds", MetricType.Histogram,
            "How long phases took: decide from the alert's start, start until the first write (people and brakes that were waited for with it), execute until the first check, verify after the last step, total from the alert's start until verified as good.",
            totals.Phases),
        Gauge("alertrollback_rollbacks_open", "Rollbacks that are not over, by where they are.", OpenByState(totals)),
        Gauge("alertrollback_rollbacks_parked", "Rollbacks that wait until something that can lapse has gone, by reason.", ParkedByReason(totals)),
        Gauge("alertrollback_approval_oldest_age_seconds", "For how long the oldest question to people has not been answered; 0 without one.", Age(totals.Open.SelectMany(Asked), now)),
        Gauge("alertrollback_approval_least_time_left_ratio", "The share of its time that a question has left before nothing is done without an answer, of the one with the least; no series without one.", TimeLeft(totals, now).Order().Take(1).Select(t => Sample.Of(t))),
        Gauge("alertrollback_tasks_open", "Tasks that nobody has said are done.", totals.OpenTasks.Count),
        Gauge("alertrollback_tasks_overdue", "Of these what rollbacks left to do and whose time is over; whether an alert's task was begun in time nobody measures.", totals.OpenTasks.Count(t => t.Given.Of is not null && t.At + t.Given.Within < now)),
        Gauge("alertrollback_task_oldest_age_seconds", "The age of the oldest open task; 0 without one.", Age(totals.OpenTasks.Select(t => t.At), now)),
        Gauge("alertrollback_kill_switch", "1 while the kill switch is on: no rollback begins.", global.KillSwitchIsOn),
        Gauge("alertrollback_breaker_tripped", "1 until a person resets the breaker: no rollback begins.", global.Breaker is not null),
        Gauge("alertrollback_services_frozen", "Services that people allow no rollback of for a time.", global.Freezes.Values.Count(f => f.Until > now)),
    ];

    private static IEnumerable<Sample> OpenByState(Totals totals)
    {
        var counts = totals.Open.CountBy(StateOf).ToDictionary();
        return States.Select(s => Sample.Of(counts.GetValueOrDefault(s), ("state", s)));
    }

    private static IEnumerable<Sample> ParkedByReason(Totals totals) =>
        totals.Open.Select(r => r.Parking?.Reason).OfType<Reason>().CountBy(r => r).OrderBy(c => c.Key).Select(c => Sample.Of(c.Value, ("reason", c.Key.Word())));

    private static string StateOf(RollbackState rollback) => rollback.Approvals.Any(a => a.IsOpenIn(rollback)) ? WaitingForApproval : rollback.Phase.Word();

    // An escalation asks anew: people have been waited for since the first time.
    private static IEnumerable<DateTimeOffset> Asked(RollbackState rollback) => rollback.Approvals.Where(a => a.IsOpenIn(rollback)).Select(a =>
        rollback.Timeline.First(t => t.Event is RollbackEvent.ApprovalRequested asked && asked.Digest == a.Request.Digest && asked.Ask == a.Request.Ask).At);

    // Where silence is a yes, or drops it, nobody has to come.
    private static IEnumerable<double> TimeLeft(Totals totals, DateTimeOffset now) => totals.Open.SelectMany(r => r.Approvals.Where(a => a.IsOpenIn(r)))
        .Where(a => a.Request.Otherwise is OnSilence.Deny or OnSilence.Escalate)
        .Select(a => Math.Clamp((a.Request.Deadline - now) / (a.Request.Deadline - a.At), 0, 1));

    private static double Age(IEnumerable<DateTimeOffset> since, DateTimeOffset now) => since.Select(s => Math.Max(0, (now - s).TotalSeconds)).DefaultIfEmpty().Max();
}
