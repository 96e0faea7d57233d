using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using AlertRollback.Announcements;
using AlertRollback.Announcements.Slack;
using AlertRollback.Rollbacks;
using AlertRollback.Tests.Support;
using AlertRollback.Tests.Support.Stubs;
using Microsoft.Extensions.Logging.Abstractions;
using static AlertRollback.Tests.Announcements.Happenings;

namespace AlertRollback.Tests.Announcements;

public sealed class AnnouncerLoopTests
{
    private const string Other = "rollback/other";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stream_whose_call_hangs_does_not_keep_the_others_waiting_for_ever()
    {
        using var slack = new SlackStub();
        var rental = slack.AddChannel("C1", "rental-ops");
        using var wire = new Wire { Hang = "stuck" };
        using var http = new HttpClient(wire) { Timeout = TimeSpan.FromSeconds(2) };
        await using var world = await AnnouncementWorld.StartAsync(Proposed(alert: "stuck"));
        await world.HappensAsync(Other, Proposed(id: "other", alert: "free"));
        var announcer = new SlackAnnouncer(new SlackWebApi(http, () => SlackStub.Token, world.Time, slack.Root), AnnouncementWorld.Operators, world.Time);
        var told = new Told(world.Time);
        using var loop = new AnnouncerLoop(announcer, world.Chronicle, world.Journal, told, world.Time, NullLogger<AnnouncerLoop>.Instance);

        await loop.StartAsync(Ct);
        await AdvanceUntilAsync(world, () => loop.Troubles.ContainsKey(Journalled) && rental.Messages.Count >= 2 && told.ToldBy(Other, world.Chronicle.Book.Rollbacks["other"].LastSequence) is not null);
        told.ToldBy(Journalled, world.Chronicle.Book.Rollbacks[Journalled.Split('/')[1]].LastSequence).ShouldBeNull("nobody can have read it");
        await loop.StopAsync(Ct);
        rental.Messages.ShouldAllBe(m => !m.Text.Contains("stuck", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Streams_take_turns_when_one_never_rests()
    {
        await using var world = await AnnouncementWorld.StartAsync(Proposed());
        await world.HappensAsync(Other, Proposed(id: "other"));
        var talker = new Recorder(async (stream, told) =>
        {
            if (stream == Other && told.Count < 50)
                await world.HappensAsync(Other, new RollbackEvent.StepProgressed("kubernetes/0", told.Count, ""));
            return Telling.Done;
        });
        using var loop = new AnnouncerLoop(talker, world.Chronicle, world.Journal, new Told(world.Time), world.Time, NullLogger<AnnouncerLoop>.Instance);
        await loop.StartAsync(Ct);
        await Until.TrueAsync(() => talker.TimesTold(Journalled) > 0);
        await loop.StopAsync(Ct);
        talker.Told.ToList().IndexOf(Journalled).ShouldBeLessThan(3);
    }

    [Fact]
    public async Task After_trouble_it_comes_again_at_the_time_the_announcer_says_and_not_before()
    {
        await using var world = await AnnouncementWorld.StartAsync(Proposed());
        var sulker = new Recorder((_, told) => Task.FromResult(told.Count == 1 ? new Telling(world.Time.GetUtcNow() + TimeSpan.FromMinutes(1), "rate limit") : Telling.Done));
        using var loop = new AnnouncerLoop(sulker, world.Chronicle, world.Journal, new Told(world.Time), world.Time, NullLogger<AnnouncerLoop>.Instance);
        await loop.StartAsync(Ct);
        await Until.TrueAsync(() => loop.Troubles.Count == 1);
        world.Time.Advance(TimeSpan.FromSeconds(59));
        await world.HappensAsync(GuardsPass());
        await world.HappensAsync(Other, Proposed(id: "other"));
        await Until.TrueAsync(() => sulker.TimesTold(Other) == 1);
        await world.HappensAsync(Other, GuardsPass());
        await Until.TrueAsync(() => sulker.TimesTold(Other) == 2);
        sulker.TimesTold(Journalled).ShouldBe(1, "it would have had its turn before the other's second");

        await AdvanceUntilAsync(world, () => sulker.TimesTold(Journalled) == 2 && loop.Troubles.Count == 0);
        await loop.StopAsync(Ct);
    }

    [Fact]
    public async Task A_fault_of_an_announcer_is_trouble_and_not_the_end()
    {
        await using var world = await AnnouncementWorld.StartAsync(Proposed());
        var faulty = new Recorder((_, told) => told.Count == 1 ? throw new InvalidOperationException("bug") : Task.FromResult(Telling.Done));
        using var loop = new AnnouncerLoop(faulty, world.Chronicle, world.Journal, new Told(world.Time), world.Time, NullLogger<AnnouncerLoop>.Instance);
        await loop.StartAsync(Ct);
        await Until.TrueAsync(() => loop.Troubles.Values.Contains("bug"));
        await AdvanceUntilAsync(world, () => faulty.Told.Count == 2);
        await loop.StopAsync(Ct);
    }

    [Fact]
    public async Task News_is_told_in_the_order_in_which_it_happened_also_after_an_outage()
    {
        await using var world = await AnnouncementWorld.StartAsync();
        await world.HappensAsync(Book.GlobalStream, new GlobalEvent.KillSwitchSet(true, false, "ann", "move"));
        await world.HappensAsync(Book.GlobalStream, new GlobalEvent.KillSwitchSet(false, false, "ann", "done"));
        string[] order = [.. world.Chronicle.Book.LatestNews.Select(n => n.StreamName)];
        var reporter = new Recorder((_, told) => Task.FromResult(told.Count <= 2 ? new Telling(world.Time.GetUtcNow() + TimeSpan.FromSeconds(5), "unreachable") : Telling.Done));
        using var loop = new AnnouncerLoop(reporter, world.Chronicle, world.Journal, new Told(world.Time), world.Time, NullLogger<AnnouncerLoop>.Instance);
        await loop.StartAsync(Ct);
        await AdvanceUntilAsync(world, () => reporter.TimesTold(order[1]) == 1);
        await loop.StopAsync(Ct);
        reporter.Told.ShouldBe([order[0], order[0], order[0], order[1]]);
    }

    [Fact]
    public async Task News_that_is_refused_for_good_does_not_keep_the_newer_waiting()
    {
        await using var world = await AnnouncementWorld.StartAsync();
        await world.HappensAsync(Book.GlobalStream, new GlobalEvent.MatrixTrouble("faulty"), new GlobalEvent.MatrixGood());
        string[] order = [.. world.Chronicle.Book.LatestNews.Select(n => n.StreamName)];
        var reporter = new Recorder((stream, _) => Task.FromResult(
            stream == order[0] ? new Telling(world.Time.GetUtcNow() + TimeSpan.FromMinutes(2), "not accepted") { Lasting = true } : Telling.Done));
        using var loop = new AnnouncerLoop(reporter, world.Chronicle, world.Journal, new Told(world.Time), world.Time, NullLogger<AnnouncerLoop>.Instance);
        await loop.StartAsync(Ct);
        await Until.TrueAsync(() => reporter.TimesTold(order[1]) == 1);
        await loop.StopAsync(Ct);
        reporter.Told.First().ShouldBe(order[0]);
    }

    [Fact]
    public async Task News_that_ends_in_a_fault_each_time_does_not_keep_the_newer_waiting()
    {
        await using var world = await AnnouncementWorld.StartAsync();
        await world.HappensAsync(Book.GlobalStream, new GlobalEvent.MatrixTrouble("faulty"), new GlobalEvent.MatrixGood());
        string[] order = [.. world.Chronicle.Book.LatestNews.Select(n => n.StreamName)];
        var faulty = new Recorder((stream, _) => stream == order[0] ? throw new InvalidOperationException("bug") : Task.FromResult(Telling.Done));
        using var loop = new AnnouncerLoop(faulty, world.Chronicle, world.Journal, new Told(world.Time), world.Time, NullLogger<AnnouncerLoop>.Instance);
        await loop.StartAsync(Ct);
        await Until.TrueAsync(() => faulty.TimesTold(order[1]) == 1);
        await loop.StopAsync(Ct);
        faulty.Told.ShouldBe(order);
    }

    private static Task AdvanceUntilAsync(AnnouncementWorld world, Func<bool> reached, [CallerArgumentExpression(nameof(reached))] string what = "") => Until.TrueAsync(
        () =>
        {
            if (!reached())
                world.Time.Advance(TimeSpan.FromSeconds(1));
            return reached();
        },
        what);

    private sealed class Recorder(Func<string, ConcurrentQueue<string>, Task<Telling>> tell) : IAnnouncer
    {
        public ConcurrentQueue<string> Told { get; } = [];

        public int TimesTold(string stream) => Told.Count(s => s == stream);

        public string Name => "recorder";

        public IEnumerable<(string Stream, long LastSequence)> Topics(Book book) =>
            book.Rollbacks.Values.Select(r => (r.StreamName, r.LastSequence)).Concat(book.LatestNews.Select(n => (n.StreamName, n.Sequence)));

        public Task<Telling> TellAsync(Book book, CursorKeeper cursor, CancellationToken cancellation)
        {
            Told.Enqueue(cursor.Cursor.Stream);
            return tell(cursor.Cursor.Stream, Told);
        }
    }
}
