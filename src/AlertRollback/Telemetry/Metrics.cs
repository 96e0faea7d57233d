using System.Diagnostics;
using System.Reflection;
using AlertRollback.Alerts.Intake;
using AlertRollback.Announcements;
using AlertRollback.Matrix;
using AlertRollback.Rollbacks;
using AlertRollback.Storage;
using AlertRollback.Web.Credentials;
using AlertRollback.Web.Operators;
using static AlertRollback.Telemetry.MetricFamily;

namespace AlertRollback.Telemetry;

/// <summary>
/// What operators watch of the service itself: made when it is asked for, of the newest picture of the journal and of the parts
/// as they are. Labels are what teams and operators declare and words of this program, never what an alert says, so that
/// nobody who may send alerts can make series.
/// </summary>
public sealed class Metrics(
    Chronicle chronicle,
    Readiness readiness,
    MatrixSource matrix,
    AnnouncerLoops announcers,
    IEnumerable<Reach> reaches,
    Refusals refusals,
    CredentialStore credentials,
    Unwatched unwatched,
    IJournal journal,
    TimeProvider time)
{
    private static readonly string Version = typeof(Metrics).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";

    // A process looks at all of its threads to tell it.
    private static readonly Lazy<DateTimeOffset> Began = new(() =>
    {
        using var process = Process.GetCurrentProcess();
        return process.StartTime.ToUniversalTime();
    });

    private Totals? _totals;

    public IReadOnlyList<MetricFamily> Collect()
    {
        var (book, now) = (chronicle.Book, time.GetUtcNow());
        return
        [
            Gauge("alertrollback_build_info", "1, with the version that runs.", [Sample.Of(1, ("version", Version))]),
            .. OfReadiness(),
            .. RollbackMetrics.Of(TotalsOf(book), book.Global, now),
            .. OfMatrix(),
            .. OfJournal(),
            .. OfAnnouncers(book, now),
            .. OfWebhook(),
            Gauge(
                "alertrollback_alerts_not_acted_on", "Alerts of the last 24 hours that led to nothing, of those that are kept; what a row only logs is left out.",
                AlertsNotActedOn.ByReason(book, now).Select(r => Sample.Of(r.Count, ("reason", r.Reason)))),
            Gauge("alertrollback_credentials_faulty", "Credentials whose file is missing, empty or unreadable: nobody is let in by them.", credentials.Faulty.Count),
            Gauge("alertrollback_workloads_unwatched", "Workloads and containers that cannot be watched at present.", unwatched.All.Count),
            .. OfProcess(),
        ];
    }

    // Two that ask at once may both count, and come to the same.
    private Totals TotalsOf(Book book)
    {
        var totals = Volatile.Read(ref _totals);
        if (totals?.AreOf(book) != true)
            Volatile.Write(ref _totals, totals = new Totals(book));
        return totals;
    }

    private IEnumerable<MetricFamily> OfReadiness()
    {
        var conditions = readiness.Conditions();
        yield return Gauge("alertrollback_ready", "1 while alerts can be taken in.", conditions.All(c => c.Trouble is null));
        yield return Gauge("alertrollback_ready_condition", "1 while nothing stands in the way by this condition.", conditions.Select(c => Sample.Of(c.Trouble is null ? 1 : 0, ("condition", c.Name))));
    }

    private IEnumerable<MetricFamily> OfMatrix()
    {
        yield return Gauge("alertrollback_matrix_last_reload_successful", "1 while the matrix in use is the one in the files.", matrix.Trouble is null);
        yield return Timestamp("alertrollback_matrix_last_reload_success_timestamp_seconds", "When the matrix in the files last came into use; none since a start with a faulty one.", matrix.LoadedAt);
        yield return Gauge("alertrollback_matrix_rows", "Rows of the matrix in use.", (matrix.Current?.Teams ?? []).Select(t => Sample.Of(t.Rows.Count, ("team", t.Name))));
    }

    private IEnumerable<MetricFamily> OfJournal()
    {
        yield return Gauge("alertrollback_journal_writable", "1 unless the last write failed: 0 means that alerts are answered with 503 and no rollback goes on.", journal.Trouble is null);
        yield return Timestamp("alertrollback_journal_last_failure_timestamp_seconds", "When a write last failed; none since the start.", journal.FailedAt);
    }

    private IEnumerable<MetricFamily> OfAnnouncers(Book book, DateTimeOffset now)
    {
        var waiting = announcers.All.ToDictionary(a => a, a => a.Waiting(book).ToList());
        double OldestOf(AnnouncerLoop announcer) => waiting[announcer]
            .Select(w => Untold.Since(book, w.Stream, w.Told) is { } since ? Math.Max(0, (now - since).TotalSeconds) : 0).DefaultIfEmpty().Max();

        MetricFamily Each(string name, string help, Func<AnnouncerLoop, double> value) => Gauge(name, help, announcers.All.Select(a => Sample.Of(value(a), ("announcer", a.Name))));
        yield return Each("alertrollback_announcements_waiting", "Rollbacks, tasks and news that people have not been told everything of.", a => waiting[a].Count);
        yield return Each("alertrollback_announcements_oldest_waiting_seconds", "For how long the oldest event has not been told; 0 when all is.", OldestOf);
        yield return Each("alertrollback_announcer_troubles", "Of how many of them telling fails.", a => a.Troubles.Count);
        yield return Gauge(
            "alertrollback_announcer_faults", "For how many reasons it would not take what there may be to tell: its credential, channels, the page and its components.",
            reaches.Select(r => Sample.Of(r.Faults.Count, ("announcer", r.Name))));
    }

    private IEnumerable<MetricFamily> OfWebhook()
    {
        yield return Counter("alertrollback_webhook_messages_refused_total", "Alert messages that were not taken in since the start, by HTTP status.", [.. refusals.Totals.Select(t => Sample.Of(t.Value, ("status", MetricsText.Number(t.Key))))]);
        var nobodyIsKnown = credentials.IsShut(Audience.Webhook);
        yield return Gauge(
            "alertrollback_webhook_refusing", "1 while whoever sends alerts is refused (unheard), or a message came that no sending again helps (too_large, unreadable).",
            Enum.GetValues<RefusalKind>().Select(kind => Sample.Of(refusals.Trouble(kind, nobodyIsKnown) is null ? 0 : 1, ("kind", SnakeCase.Word(kind)))));
    }

    private static IEnumerable<MetricFamily> OfProcess()
    {
        yield return Timestamp("process_start_time_seconds", "When the process began.", Began.Value);
        yield return Gauge("process_resident_memory_bytes", "Memory in use, bytes.", Environment.WorkingSet);
    }
}
