using AlertRollback.Announcements;
using AlertRollback.Operators;
using AlertRollback.Rollbacks;
using AlertRollback.Storage;
using AlertRollback.Storage.Sqlite;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.Announcements;

/// <summary>A real journal in which things happen, and announcers that begin anew at every call, as after a crash.</summary>
internal sealed class AnnouncementWorld : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("alertrollback-").FullName;

    private AnnouncementWorld()
    {
        Journal = SqliteJournal.Open(Path.Combine(_folder, "journal.db"), Time);
        Chronicle = new Chronicle(Journal, Time);
    }

    public FakeTimeProvider Time { get; } = new(Happenings.Noon);

    public SqliteJournal Journal { get; }

    public Chronicle Chronicle { get; }

    public static OperatorConfiguration Operators { get; } = new()
    {
        Matrix = "unused",
        Journal = "unused",
        ExternalUrl = "https://rollback.example",
        Slack = new SlackSettings("unused", null, "#ops"),
        Statuspage = new StatuspageSettings("page1", "unused"),
        Teams = new Dictionary<string, TeamGrants>
        {
            ["rental"] = new()
            {
                Channels = ["#rental-ops"],
                Components = new Dictionary<string, string> { ["Rental"] = "comp1" },
                Roles = new Dictionary<string, string> { ["on-call"] = "@U012AB3CD" },
            },
        },
    };

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static async Task<AnnouncementWorld> StartAsync(params IEnumerable<RollbackEvent> events)
    {
        var world = new AnnouncementWorld();
        await world.Chronicle.LoadAsync(Ct);
        await world.HappensAsync(events);
        return world;
    }

    public Task HappensAsync(params IEnumerable<RollbackEvent> events) => HappensAsync(Happenings.Journalled, events);

    public Task HappensAsync(string stream, params IEnumerable<object> events) =>
        Chronicle.ChangeAsync(_ => events.Select(e => new Entry(stream, e)), Ct);

    /// <summary>Tells what there is to tell of one stream, with what the journal remembers.</summary>
    public async Task<Telling> TellAsync(IAnnouncer announcer, string stream = Happenings.Journalled)
    {
        var stored = (await Journal.CursorsAsync(announcer.Name, Ct)).FirstOrDefault(c => c.Stream == stream);
        var keeper = new CursorKeeper(stored ?? new AnnouncerCursor(announcer.Name, stream, 0, ""), Journal);
        return await announcer.TellAsync(Chronicle.Book, keeper, Ct);
    }

    /// <summary>Tells as often as the announcer asks for it, without trouble.</summary>
    public async Task ToldAsync(IAnnouncer announcer, string stream = Happenings.Journalled)
    {
        while (await TellAsync(announcer, stream) is var telling && telling != Telling.Done)
        {
            telling.Trouble.ShouldBeNull();
            Time.Advance(telling.Again!.Value - Time.GetUtcNow());
        }
    }

    /// <summary>Tells again and again as the announcer asks for it, for this long.</summary>
    /// <param name="before">What happens before each try.</param>
    public async Task TriedAsync(IAnnouncer announcer, TimeSpan span, Action before)
    {
        var end = Time.GetUtcNow() + span;
        while (Time.GetUtcNow() < end)
        {
            before();
            if (await TellAsync(announcer) is not { Again: { } again })
                return;
            Time.Advance(again - Time.GetUtcNow());
        }
    }

    public async Task<AnnouncerCursor> CursorAsync(IAnnouncer announcer) =>
        (await Journal.CursorsAsync(announcer.Name, Ct)).Single(c => c.Stream == Happenings.Journalled);

    public async ValueTask DisposeAsync()
    {
        Chronicle.Dispose();
        await Journal.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
