using AlertRollback.Storage;
using AlertRollback.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.Storage.Sqlite;

public sealed class SqliteJournalTests : JournalContract
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("alertrollback-journal-");
    private readonly FakeTimeProvider _time = new(Noon);

    private string Path => System.IO.Path.Combine(_folder.FullName, "sub", "journal.db");

    private SqliteJournal Sqlite => (SqliteJournal)Journal;

    protected override Task<IJournal> OpenAsync() => Task.FromResult<IJournal>(SqliteJournal.Open(Path, _time));

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Every_commit_is_flushed_to_the_disk_in_a_write_ahead_log()
    {
        (await PragmaAsync("journal_mode")).ShouldBe("wal");
        (await PragmaAsync("synchronous")).ShouldBe("2");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task After_a_clean_stop_the_one_file_is_the_whole_journal(bool othersStillLookAtIt)
    {
        await Journal.AppendAsync([new NewEvent("global", Noon, "frozen", "{}")], null, Cancellation);
        await foreach (var _ in Journal.ReadAsync(0, Cancellation))
        {
        }

        await using var other = new SqliteConnection($"Data Source={Path};Pooling=False");
        if (othersStillLookAtIt)
        {
            await other.OpenAsync(Cancellation);
            await using var look = other.CreateCommand();
            look.CommandText = "SELECT count(*) FROM events";
            await look.ExecuteScalarAsync(Cancellation);
        }

        await Journal.DisposeAsync();
        (File.Exists(Path + "-wal") ? new FileInfo(Path + "-wal").Length : 0).ShouldBe(0);
        var moved = System.IO.Path.Combine(_folder.FullName, "moved.db");
        File.Copy(Path, moved);
        await using var copy = SqliteJournal.Open(moved, _time);
        var events = new List<string>();
        await foreach (var e in copy.ReadAsync(0, Cancellation))
            events.Add(e.Type);
        events.ShouldBe(["frozen"]);
    }

    [Fact]
    public void A_second_one_is_refused_and_told_who_has_it()
    {
        var refused = Should.Throw<JournalUnavailableException>(() => SqliteJournal.Open(Path, _time));
        refused.Message.ShouldBe($"the journal {Path} is in use by process {Environment.ProcessId} on {Environment.MachineName} since 2026-03-01 12:00:00Z; one process per journal");
    }

    [Fact]
    public async Task A_lock_whose_process_is_gone_does_not_matter()
    {
        await Journal.DisposeAsync();
        File.Exists(Path + ".lock").ShouldBeTrue();
        Should.NotThrow(OpenAgain);
    }

    [Fact]
    public async Task A_journal_of_a_newer_version_is_left_alone()
    {
        await Journal.DisposeAsync();
        ExecuteBeside("PRAGMA user_version = 99");

        Should.Throw<JournalUnavailableException>(OpenAgain).Message.ShouldContain("written by a newer version");

        ExecuteBeside($"PRAGMA user_version = {Migrations.Newest}");
        OpenAgain();
    }

    [Fact]
    public async Task A_journal_of_the_first_version_keeps_what_it_knows()
    {
        await Journal.DisposeAsync();
        File.Delete(Path);
        ExecuteBeside(
            Migrations.Step(1)
            + """
            INSERT INTO receipts (at, body) VALUES (1, x'6f6c64');
            INSERT INTO marks VALUES ('known', 1);
            INSERT INTO heard VALUES ('f', 1000);
            PRAGMA user_version = 1;
            """);
        await ReopenAsync();

        (await ReceiveAsync("known", "again")).ShouldBe(ReceiptOutcome.Duplicate);
        (await ReceiveAsync("new", "new")).ShouldBe(ReceiptOutcome.Accepted);
        (await PendingAsync()).Select(r => System.Text.Encoding.UTF8.GetString(r.Body.Span)).ShouldBe(["old", "new"]);
        (await Journal.LastHeardAsync("f", Cancellation)).ShouldBe(DateTimeOffset.UnixEpoch.AddSeconds(1));
    }

    [Theory]
    [InlineData("0, 0", "2 3")]
    [InlineData("1, 0", "3")]
    [InlineData("0, 1", "2")]
    [InlineData("1, 1", "")]
    public async Task A_journal_of_the_second_version_keeps_its_work_and_its_numbers(string decided, string pending)
    {
        await Journal.DisposeAsync();
        File.Delete(Path);
        var (second, third) = (decided.Split(", ")[0], decided.Split(", ")[1]);
        ExecuteBeside(
            Migrations.Step(1) + Migrations.Step(2)
            + $"""
            INSERT INTO receipts (number, at, body, decided, mark, fingerprints) VALUES
                (2, 1, x'6f6c64', {second}, 'second', '["f"]'), (3, 1, x'6f6c64', {third}, 'third', NULL);
            PRAGMA user_version = 2;
            """);
        await ReopenAsync();

        string.Join(' ', (await PendingAsync()).Select(r => r.Number)).ShouldBe(pending);
        (await ReceiveAsync("second", "again")).ShouldBe(ReceiptOutcome.Duplicate);
        (await ReceiveAsync("new", "new")).ShouldBe(ReceiptOutcome.Accepted);
        (await PendingAsync())[^1].Number.ShouldBe(4);
    }

    [Fact]
    public async Task A_receipt_never_gets_the_number_of_a_forgotten_one()
    {
        await ReceiveAsync("first", "x");
        var first = (await PendingAsync()).Single().Number;
        await Journal.AppendAsync([Event("decided")], first, Cancellation);
        await Sqlite.PruneAsync(Noon.AddDays(1), Cancellation);
        (await CountAsync("receipts")).ShouldBe(0);
        await ReopenAsync();

        await ReceiveAsync("second", "x");
        (await PendingAsync()).Single().Number.ShouldBeGreaterThan(first);
    }

    [Fact]
    public async Task A_receipt_decided_out_of_its_turn_hides_none_before_it()
    {
        foreach (var mark in new[] { "a", "b", "c" })
            await ReceiveAsync(mark, mark);
        var numbers = (await PendingAsync()).Select(r => r.Number).ToList();
        foreach (var (decided, left) in new[] { (1, new[] { 0, 2 }), (2, [0]), (0, Array.Empty<int>()) })
        {
            await Journal.AppendAsync([Event("e")], numbers[decided], Cancellation);
            (await PendingAsync()).Select(r => r.Number).ShouldBe(left.Select(i => numbers[i]));
        }

        await ReceiveAsync("d", "d");
        (await PendingAsync()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task The_log_is_moved_into_the_database_while_more_is_written()
    {
        var body = new string('x', 256 * 1024);
        for (var i = 0; i < 400; i++)
            await ReceiveAsync($"m{i}", body);

        var (log, database) = (new FileInfo(Path + "-wal").Length, new FileInfo(Path).Length);
        log.ShouldBeLessThanOrEqualTo(64 * 1024 * 1024, "100 MiB were written, and more than this is given back");
        database.ShouldBeGreaterThan(64 * 1024 * 1024);
        await ReopenAsync();
        (await CountAsync("receipts")).ShouldBe(400);
    }

    [Fact]
    public async Task A_journal_of_the_third_version_keeps_what_its_indexes_and_its_receipts_know()
    {
        await Journal.DisposeAsync();
        File.Delete(Path);
        ExecuteBeside(
            Migrations.Step(1) + Migrations.Step(2) + Migrations.Step(3)
            + """
            INSERT INTO receipts (number, at, decided, mark, fingerprints, body) VALUES (7, 3000, 0, 'waiting', '["g"]', x'6f6c64');
            INSERT INTO marks VALUES ('indexed', 1000), ('zoë', 2000);
            INSERT INTO heard VALUES ('f', 1000), ('odd "', 2000);
            UPDATE indexed SET number = 6;
            UPDATE decided SET number = 6;
            PRAGMA user_version = 3;
            """);
        await ReopenAsync();

        foreach (var mark in new[] { "indexed", "zoë", "waiting" })
            (await ReceiveAsync(mark, "again")).ShouldBe(ReceiptOutcome.Duplicate);
        foreach (var (fingerprint, seconds) in new[] { ("f", 1), ("odd \"", 2), ("g", 3) })
            (await Journal.LastHeardAsync(fingerprint, Cancellation)).ShouldBe(DateTimeOffset.UnixEpoch.AddSeconds(seconds));
        (await ReceiveAsync("new", "new")).ShouldBe(ReceiptOutcome.Accepted);
        (await PendingAsync()).Select(r => r.Number).ShouldBe([7, 8]);

        await Sqlite.PruneAsync(DateTimeOffset.UnixEpoch.AddSeconds(2), Cancellation);
        (await ReceiveAsync("indexed", "again")).ShouldBe(ReceiptOutcome.Duplicate, "the newest beside it is not old yet");
        await Sqlite.PruneAsync(DateTimeOffset.UnixEpoch.AddSeconds(2.5), Cancellation);
        (await ReceiveAsync("indexed", "again")).ShouldBe(ReceiptOutcome.Accepted);
    }

    [Fact]
    public async Task An_alert_is_written_down_as_heard_of_once_a_minute_and_at_once_after_it_resolved_or_a_start()
    {
        foreach (var second in (int[])[0, 30, 59, 60])
            await Journal.ReceiveAsync("m", Bytes("x"), ["f"], Noon.AddSeconds(second), Cancellation);
        (await HeardAsync()).ShouldBe(60);
        await Journal.ReceiveAsync("m", Bytes("x"), ["f"], Noon.AddSeconds(70), Cancellation);
        (await HeardAsync()).ShouldBe(60);
        Journal.Resolved(["f", "g"]);
        await Journal.ReceiveAsync("m", Bytes("x"), ["f"], Noon.AddSeconds(80), Cancellation);
        (await HeardAsync()).ShouldBe(80);
        await ReopenAsync();
        (await HeardAsync()).ShouldBe(80);
        await Journal.ReceiveAsync("m", Bytes("x"), ["f"], Noon.AddSeconds(90), Cancellation);
        (await HeardAsync()).ShouldBe(90);

        async Task<double?> HeardAsync() => (await Journal.LastHeardAsync("f", Cancellation) - Noon)?.TotalSeconds;
    }

    [Fact]
    public async Task What_a_killed_process_left_is_known_to_the_next()
    {
        await Journal.ReceiveAsync("m", Bytes("x"), ["f"], Noon, Cancellation);
        await Journal.ReceiveAsync("m", Bytes("x"), ["f", "odd \0 \n \""], Noon.AddHours(4), Cancellation);
        await ReopenAsync();

        (await ReceiveAsync("m", "again")).ShouldBe(ReceiptOutcome.Duplicate);
        (await Journal.LastHeardAsync("f", Cancellation)).ShouldBe(Noon.AddHours(4));
        (await Journal.LastHeardAsync("odd \0 \n \"", Cancellation)).ShouldBe(Noon.AddHours(4));
        (await PendingAsync()).Count.ShouldBe(1, "a repeat is no work");
    }

    [Fact]
    public async Task A_mark_whose_write_was_taken_back_is_not_known()
    {
        await PragmaAsync("max_page_count = 1");
        await Should.ThrowAsync<JournalUnavailableException>(() => ReceiveAsync("m", new string('x', 100_000)));
        await MakeRoomAsync();
        await TroubleIsOverAsync();
        (await ReceiveAsync("m", new string('x', 100_000))).ShouldBe(ReceiptOutcome.Accepted);
    }

    [Fact]
    public async Task A_mark_is_known_after_a_neighbour_failed_by_itself()
    {
        var hold = new ManualResetEventSlim();
        var holding = Sqlite.Writer.WriteAsync(_ => { hold.Wait(Cancellation); return 0; });
        var received = ReceiveAsync("m", "first");
        var failing = Journal.AppendAsync([new NewEvent("s", Noon, "t", null!)], null, Cancellation);
        var repeated = ReceiveAsync("m", "again");
        hold.Set();
        await holding;
        await Should.ThrowAsync<JournalUnavailableException>(() => failing);
        (await received).ShouldBe(ReceiptOutcome.Accepted);
        (await repeated).ShouldBe(ReceiptOutcome.Duplicate);
        (await ReceiveAsync("m", "again")).ShouldBe(ReceiptOutcome.Duplicate);
    }

    [Fact]
    public async Task Many_marks_and_hearsay_lie_in_one_row_and_are_known_after_a_restart()
    {
        const int Many = 40_000;
        Task<ReceiptOutcome[]> AllAsync(DateTimeOffset at) =>
            Task.WhenAll(Enumerable.Range(0, Many).Select(i => Journal.ReceiveAsync($"m{i}", Bytes("x"), [$"f{i}"], at, Cancellation)));
        (await AllAsync(Noon)).ShouldAllBe(o => o == ReceiptOutcome.Accepted);
        (await CountAsync("bundles")).ShouldBe(1);
        (await CountAsync("receipts WHERE number > (SELECT number FROM bundled)")).ShouldBeInRange(1, Many - 1);
        await ReopenAsync();

        foreach (var i in new[] { 0, 1, 20_000, 32_767, 32_768, Many - 1 })
            (await Journal.LastHeardAsync($"f{i}", Cancellation)).ShouldBe(Noon, $"f{i}");
        (await AllAsync(Noon.AddSeconds(1))).ShouldAllBe(o => o == ReceiptOutcome.Duplicate);
        (await Journal.LastHeardAsync("f", Cancellation)).ShouldBeNull();
    }

    [Fact]
    public async Task The_last_bundle_says_when_an_alert_was_heard_of()
    {
        const int Many = 70_000;
        var all = Enumerable.Range(0, Many).Select(i => $"f{i}").ToArray();
        for (var hour = 0; hour < 3; hour++)
            await Journal.ReceiveAsync($"m{hour}", Bytes("x"), all, Noon.AddHours(hour), Cancellation);
        await Journal.ReceiveAsync("last", Bytes("x"), [], Noon.AddHours(3), Cancellation);
        (await CountAsync("bundles")).ShouldBe(3, "each large message fills one, which the next writes");
        await ReopenAsync();
        (await Journal.LastHeardAsync("f1", Cancellation)).ShouldBe(Noon.AddHours(2));

        await Sqlite.PruneAsync(Noon.AddHours(1), Cancellation);
        (await CountAsync("bundles")).ShouldBe(3, "one is gone and one is new");
        (await ReceiveAsync("m0", "x")).ShouldBe(ReceiptOutcome.Accepted);
        (await ReceiveAsync("m1", "x")).ShouldBe(ReceiptOutcome.Duplicate);
        (await ReceiveAsync("m2", "x")).ShouldBe(ReceiptOutcome.Duplicate);
    }

    [Fact]
    public async Task Something_that_is_no_journal_is_refused()
    {
        await Journal.DisposeAsync();
        File.WriteAllText(Path, new string('x', 5000));
        Should.Throw<JournalUnavailableException>(OpenAgain).Message.ShouldContain("cannot be opened");
    }

    [Fact]
    public async Task A_full_disk_is_a_trouble_until_there_is_room_again()
    {
        await ReceiveAsync("before", new string('x', 50_000)); // takes the pages that the migration left
        await PragmaAsync("max_page_count = 1");

        (await Should.ThrowAsync<JournalUnavailableException>(() => ReceiveAsync("big", new string('x', 100_000)))).Message.ShouldContain("full");
        Journal.Trouble.ShouldNotBeNull();
        Journal.FailedAt.ShouldBe(Noon);
        await ReprobedAsync();
        Journal.Trouble.ShouldNotBeNull("it is still full");

        await MakeRoomAsync();
        await TroubleIsOverAsync();
        (await ReceiveAsync("big", new string('x', 100_000))).ShouldBe(ReceiptOutcome.Accepted);
        (await PendingAsync()).Count.ShouldBe(2);
        (await Journal.DocumentAsync("probe", Cancellation)).ShouldBeNull();
    }

    [Fact]
    public async Task A_repeat_of_which_nothing_is_written_does_not_say_that_the_disk_is_well_again()
    {
        await ReceiveAsync("before", new string('x', 50_000)); // takes the pages that the migration left
        await PragmaAsync("max_page_count = 1");
        await Should.ThrowAsync<JournalUnavailableException>(() => ReceiveAsync("big", new string('x', 100_000)));

        (await ReceiveAsync("before", new string('x', 50_000))).ShouldBe(ReceiptOutcome.Duplicate);
        Journal.Trouble.ShouldNotBeNull("it is still full");
    }

    [Fact]
    public async Task Another_program_that_holds_the_file_is_a_trouble_until_it_lets_go()
    {
        using (var other = new SqliteConnection($"Data Source={Path};Pooling=False"))
        {
            other.Open();
            using var held = other.BeginTransaction();
            await Should.ThrowAsync<JournalUnavailableException>(() => ReceiveAsync("m", "x"));
        }

        await TroubleIsOverAsync();
        (await ReceiveAsync("m", "x")).ShouldBe(ReceiptOutcome.Accepted);
    }

    [Fact]
    public async Task Old_receipts_and_marks_are_forgotten_and_pending_ones_and_events_are_not()
    {
        await ReceiveAsync("decided", "x");
        await ReceiveAsync("pending", "x");
        await Journal.ReceiveAsync("heard", Bytes("x"), ["f"], Noon, Cancellation);
        await Journal.AppendAsync([Event("kept")], (await PendingAsync())[0].Number, Cancellation);

        await Sqlite.PruneAsync(Noon.AddDays(1), Cancellation);

        (await PendingAsync()).Count.ShouldBe(2);
        (await ReadAsync(0)).Count.ShouldBe(1);
        (await CountAsync("receipts")).ShouldBe(2);
        (await Journal.LastHeardAsync("f", Cancellation)).ShouldBeNull();
        (await ReceiveAsync("decided", "x")).ShouldBe(ReceiptOutcome.Accepted);
    }

    [Fact]
    public async Task Forgetting_happens_at_the_start_and_daily()
    {
        await ReceivedAndDecidedAsync("old", _time.GetUtcNow().AddDays(-8));
        await ReceivedAndDecidedAsync("new", _time.GetUtcNow());
        using var pruning = new JournalPruning([new ReceiptPruning(Journal, _time)], _time, NullLogger<JournalPruning>.Instance);
        await pruning.StartAsync(Cancellation);
        while (await CountAsync("receipts") == 2)
            await Sqlite.Writer.WriteAsync(_ => 0);

        // The next day's alarm may be set only after a day was skipped, so the number of days says nothing.
        for (var day = 0; day < 5000 && await CountAsync("receipts") > 0; day++)
            _time.Advance(TimeSpan.FromDays(1));

        (await CountAsync("receipts")).ShouldBe(0);
        await pruning.StopAsync(Cancellation);
    }

    [Fact]
    public async Task Messages_that_come_again_and_again_and_are_decided_take_the_place_of_one()
    {
        var body = new string('x', 1024 * 1024);
        for (var i = 0; i < 40; i++)
        {
            await ReceiveAsync($"m{i}", body);
            var number = (await PendingAsync()).Single().Number;
            await Journal.AppendAsync([Event("decided")], number, Cancellation);
            await Journal.ForgetBodiesAsync([number], Cancellation);
        }

        (await CountAsync("receipts WHERE length(body) > 0")).ShouldBe(0);
        long.Parse(await PragmaAsync("page_count"), System.Globalization.CultureInfo.InvariantCulture).ShouldBeLessThan(3 * body.Length / 4096);
    }

    [Fact]
    public async Task What_is_left_of_a_decided_receipt_moves_into_a_bundle_when_old_ones_are_forgotten()
    {
        await Journal.ReceiveAsync("decided", Bytes("x"), ["f"], Noon, Cancellation);
        await Journal.ReceiveAsync("decided", Bytes("x"), ["f"], Noon.AddHours(1), Cancellation);
        await ReceiveAsync("empty but pending", "");
        await ReceiveAsync("cannot be read", "x");
        var numbers = (await PendingAsync()).Select(r => r.Number).ToList();
        await Journal.AppendAsync([Event("decided")], numbers[0], Cancellation);
        await Journal.AppendAsync([Event("unreadable")], numbers[2], Cancellation);
        await Journal.ForgetBodiesAsync([numbers[0]], Cancellation);

        await Sqlite.PruneAsync(Noon.AddDays(-7), Cancellation);
        (await CountAsync("receipts")).ShouldBe(2);
        (await CountAsync("receipts WHERE decided = 1 AND length(body) > 0")).ShouldBe(1);
        await ReopenAsync();

        foreach (var mark in new[] { "decided", "cannot be read", "empty but pending" })
            (await ReceiveAsync(mark, "again")).ShouldBe(ReceiptOutcome.Duplicate);
        (await Journal.LastHeardAsync("f", Cancellation)).ShouldBe(Noon.AddHours(1));
        (await PendingAsync()).ShouldHaveSingleItem().Number.ShouldBe(numbers[1]);
    }

    private async Task ReceivedAndDecidedAsync(string mark, DateTimeOffset at)
    {
        await Journal.ReceiveAsync(mark, Bytes("x"), [], at, Cancellation);
        await Journal.AppendAsync([Event("decided")], (await PendingAsync()).Single().Number, Cancellation);
    }

    [Fact]
    public async Task Writers_that_wait_share_a_commit()
    {
        var hold = new ManualResetEventSlim();
        var holding = Sqlite.Writer.WriteAsync(_ => { hold.Wait(Cancellation); return 0; });
        var waiting = Enumerable.Range(0, 200).Select(i => ReceiveAsync($"m{i}", "x")).ToList();
        var before = Sqlite.Writer.Commits;
        hold.Set();
        await holding;
        await Task.WhenAll(waiting);
        (Sqlite.Writer.Commits - before).ShouldBeInRange(1, 2, "the one that was held, and one for all that waited");
    }

    private void OpenAgain() => SqliteJournal.Open(Path, _time).DisposeAsync().AsTask().GetAwaiter().GetResult();

    private async Task TroubleIsOverAsync()
    {
        while (Journal.Trouble is not null)
            await ReprobedAsync();
    }

    // Behind the probe in the queue, so it has been tried when this ends.
    private Task ReprobedAsync() => Sqlite.Writer.WriteAsync(_ => 0).ContinueWith(_ => { }, TaskScheduler.Default);

    // A probe that shares the transaction takes this write down with it.
    private async Task MakeRoomAsync()
    {
        while (await PragmaAsync("max_page_count = 1000000").ContinueWith(t => t.IsFaulted, TaskScheduler.Default))
            await ReprobedAsync();
    }

    private Task<string> PragmaAsync(string pragma) => Sqlite.Writer.WriteAsync(s => s.Text($"PRAGMA {pragma}"));

    private Task<long> CountAsync(string table) => Sqlite.Writer.WriteAsync(s => long.Parse(s.Text($"SELECT count(*) FROM {table}"), System.Globalization.CultureInfo.InvariantCulture));

    private void ExecuteBeside(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Path};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
