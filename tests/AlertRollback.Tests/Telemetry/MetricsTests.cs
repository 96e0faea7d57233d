using AlertRollback.Alerts.Intake;
using AlertRollback.Announcements;
using AlertRollback.CommandLine;
using AlertRollback.Matrix;
using AlertRollback.Rollbacks;
using AlertRollback.Telemetry;
using AlertRollback.Tests.Announcements;
using AlertRollback.Tests.Support;
using AlertRollback.Web.Credentials;
using Microsoft.Extensions.Logging.Abstractions;
using static AlertRollback.Tests.Announcements.Happenings;

namespace AlertRollback.Tests.Telemetry;

/// <summary>Whether people are told, as it can be watched from outside.</summary>
public sealed class MetricsTests
{
    private const string Name = "{announcer=\"recorder\"}";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_an_announcer_cannot_tell_waits_since_it_happened_until_it_is_told()
    {
        await using var world = await AnnouncementWorld.StartAsync(Proposed());
        var answers = new Queue<Telling>([new Telling(world.Time.GetUtcNow() + TimeSpan.FromMinutes(2), "channel_not_found") { Lasting = true }]);
        using var loop = new AnnouncerLoop(new Recorder(answers), world.Chronicle, world.Journal, new Told(world.Time), world.Time, NullLogger<AnnouncerLoop>.Instance);
        var metrics = Of(world, loop);
        await loop.StartAsync(Ct);
        await Until.TrueAsync(() => loop.Troubles.Count == 1);

        world.Time.Advance(TimeSpan.FromSeconds(90));
        await world.HappensAsync(GuardsPass());
        Shown(metrics).ShouldBe((1, 90, 1));

        await Until.TrueAsync(() =>
        {
            world.Time.Advance(TimeSpan.FromSeconds(1));
            return Shown(metrics) == (0, 0, 0);
        });
        await loop.StopAsync(Ct);
    }

    [Fact]
    public async Task What_is_told_later_by_intention_does_not_wait()
    {
        await using var world = await AnnouncementWorld.StartAsync(Proposed());
        var answers = new Queue<Telling>([new Telling(world.Time.GetUtcNow() + TimeSpan.FromMinutes(10), null)]);
        var recorder = new Recorder(answers);
        using var loop = new AnnouncerLoop(recorder, world.Chronicle, world.Journal, new Told(world.Time), world.Time, NullLogger<AnnouncerLoop>.Instance);
        await loop.StartAsync(Ct);
        await Until.TrueAsync(() => recorder.Told == 1 && Shown(Of(world, loop)) == (0, 0, 0));
        await loop.StopAsync(Ct);
    }

    [Fact]
    public async Task What_was_told_before_a_restart_does_not_wait_and_what_was_not_does()
    {
        await using var world = await AnnouncementWorld.StartAsync(Proposed());
        await world.Journal.SaveCursorAsync(new("recorder", Journalled, 1, ""), Ct);
        world.Time.Advance(TimeSpan.FromMinutes(5));
        await world.HappensAsync(GuardsPass());
        world.Time.Advance(TimeSpan.FromMinutes(1));
        var hanging = new TaskCompletionSource<Telling>();
        using var loop = new AnnouncerLoop(new Recorder([], hanging.Task), world.Chronicle, world.Journal, new Told(world.Time), world.Time, NullLogger<AnnouncerLoop>.Instance);
        Shown(Of(world, loop)).ShouldBe((0, 0, 0), "it is not known yet how far it was told");
        await loop.StartAsync(Ct);
        await Until.TrueAsync(() => Shown(Of(world, loop)) == (1, 60, 0));
        hanging.SetResult(Telling.Done);
        await loop.StopAsync(Ct);
    }

    [Fact]
    public async Task What_led_to_nothing_is_counted_by_its_reason_for_a_day_and_what_is_only_logged_is_not()
    {
        await using var world = await AnnouncementWorld.StartAsync(Proposed());
        AlertEvent.NotActedOn Lost(string fingerprint, Reason reason) => new(fingerprint, "Disk", "rental", null, null, reason, "because");
        foreach (var lost in new[] { Lost("1", Reason.NoRowMatched), Lost("2", Reason.NoRowMatched), Lost("3", Reason.NoServiceLabel), Lost("4", Reason.LogOnly) })
            await world.Chronicle.ChangeAsync(_ => [Entry.Of(lost)], Ct);
        using var loop = new AnnouncerLoop(new Recorder([]), world.Chronicle, world.Journal, new Told(world.Time), world.Time, NullLogger<AnnouncerLoop>.Instance);
        var metrics = Of(world, loop);
        Counted().ShouldBe(["alertrollback_alerts_not_acted_on{reason=\"no_row_matched\"} 2", "alertrollback_alerts_not_acted_on{reason=\"no_service_label\"} 1"]);

        world.Time.Advance(TimeSpan.FromHours(24));
        Counted().ShouldBeEmpty();

        IEnumerable<string> Counted() => Scrape.Of(metrics.Collect()) is var scrape ? scrape.Named("alertrollback_alerts_not_acted_on").Order(StringComparer.Ordinal).Select(n => $"{n} {scrape[n]}") : [];
    }

    private static Metrics Of(AnnouncementWorld world, AnnouncerLoop loop)
    {
        var operators = AnnouncementWorld.Operators;
        return new Metrics(
            world.Chronicle, new Readiness(), new MatrixSource(operators, OfflineCatalog.Create(), world.Journal, world.Time, NullLogger<MatrixSource>.Instance),
            new AnnouncerLoops([loop]), [], new Refusals(world.Time), new CredentialStore(operators, world.Time, NullLogger<CredentialStore>.Instance), new Unwatched(), world.Journal, world.Time);
    }

    private static (double Waiting, double Oldest, double Troubles) Shown(Metrics metrics)
    {
        var scrape = Scrape.Of(metrics.Collect());
        return (scrape[$"alertrollback_announcements_waiting{Name}"], scrape[$"alertrollback_announcements_oldest_waiting_seconds{Name}"], scrape[$"alertrollback_announcer_troubles{Name}"]);
    }

    /// <summary>Answers as it is told to, and then that all is done.</summary>
    private sealed class Recorder(Queue<Telling> answers, Task<Telling>? last = null) : IAnnouncer
    {
        public int Told { get; private set; }

        public string Name => "recorder";

        public IEnumerable<(string Stream, long LastSequence)> Topics(Book book) => book.Rollbacks.Values.Select(r => (r.StreamName, r.LastSequence));

        public Task<Telling> TellAsync(Book book, CursorKeeper cursor, CancellationToken cancellation)
        {
            Told++;
            return answers.TryDequeue(out var answer) ? Task.FromResult(answer) : last ?? Task.FromResult(Telling.Done);
        }
    }
}
