using AlertRollback.Storage;
using AlertRollback.Storage.Sqlite;

namespace AlertRollback.Tests.Storage.Sqlite;

public sealed class LogRoomTests : IDisposable
{
    private const long Room = 3 * 1024 * 1024;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("alertrollback-log-");

    private string Journal => Path.Combine(_folder.FullName, "journal.db");

    private string Log => Journal + "-wal";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Its_log_is_as_long_beforehand_as_it_will_be_and_goes_with_a_clean_stop()
    {
        await using (var journal = SqliteJournal.Open(Journal, TimeProvider.System, Room))
        {
            new FileInfo(Log).Length.ShouldBe(Room);
            await AppendAsync(journal, "first");
            new FileInfo(Log).Length.ShouldBe(Room);
        }

        File.Exists(Log).ShouldBeFalse();
        await using var again = SqliteJournal.Open(Journal, TimeProvider.System, Room);
        (await TypesAsync(again)).ShouldBe(["first"]);
    }

    [Fact]
    public async Task What_a_killed_process_left_in_the_log_is_found_in_front_of_the_room()
    {
        var left = _folder.CreateSubdirectory("left").FullName;
        await using (var journal = SqliteJournal.Open(Journal, TimeProvider.System))
        {
            await AppendAsync(journal, "first");
            Copy(Journal, left);
        }

        var found = Path.Combine(left, "journal.db");
        new FileInfo(found + "-wal").Length.ShouldBeInRange(1, Room - 1);
        var leftAgain = _folder.CreateSubdirectory("left-again").FullName;
        await using (var journal = SqliteJournal.Open(found, TimeProvider.System, Room))
        {
            new FileInfo(found + "-wal").Length.ShouldBe(Room);
            (await TypesAsync(journal)).ShouldBe(["first"]);
            await AppendAsync(journal, "second");
            Copy(found, leftAgain);
        }

        await using var last = SqliteJournal.Open(Path.Combine(leftAgain, "journal.db"), TimeProvider.System, Room);
        (await TypesAsync(last)).ShouldBe(["first", "second"]);
    }

    [Fact]
    public async Task Where_the_disk_has_not_that_much_to_spare_the_journal_does_without()
    {
        var free = new DriveInfo(_folder.FullName).AvailableFreeSpace;

        await using var journal = SqliteJournal.Open(Journal, TimeProvider.System, free / 5);

        new FileInfo(Log).Length.ShouldBeLessThan(Room);
        await AppendAsync(journal, "first");
        (await TypesAsync(journal)).ShouldBe(["first"]);
    }

    private static void Copy(string journal, string folder)
    {
        foreach (var file in new[] { journal, journal + "-wal" })
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
    }

    private static Task AppendAsync(SqliteJournal journal, string type) =>
        journal.AppendAsync([new NewEvent("global", DateTimeOffset.UnixEpoch, type, "{}")], null, Cancellation);

    private static async Task<List<string>> TypesAsync(SqliteJournal journal)
    {
        var types = new List<string>();
        await foreach (var e in journal.ReadAsync(0, Cancellation))
            types.Add(e.Type);
        return types;
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
