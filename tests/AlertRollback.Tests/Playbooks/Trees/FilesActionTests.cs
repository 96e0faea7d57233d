using System.Formats.Tar;
using System.Text;
using System.Text.Json.Nodes;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Trees;
using AlertRollback.Tests.Playbooks.Actions;
using AlertRollback.Tests.Playbooks.Contract;

namespace AlertRollback.Tests.Playbooks.Trees;

public sealed class FilesActionTests : IDisposable
{
    private readonly TreePlace _place = new();
    private readonly FakeStepJournal _journal = new();

    [Fact]
    public async Task The_directory_holds_what_the_archive_does_and_what_was_there_is_kept_twice()
    {
        _place.Write("left over", "new_in_the_bad_release.py");

        var done = await ApplyAsync(await PinAsync());

        done.ShouldBeOfType<StepOutcome.Done>(done.Text);
        Directory.EnumerateFiles(_place.Module, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(_place.Module, f)).Order(StringComparer.Ordinal).ShouldBe(["api/routes.py", "views.py"]);
        _place.Content.ShouldBe("good");
        var kept = Context().NameFor(".rentals-replaced", 120);
        _place.Beside.ShouldBe([kept, $"{kept}.tar.gz"]);
        var archived = await new TreeArchive(Path.Combine(_place.Module, "..", $"{kept}.tar.gz"), "rentals").CheckAsync(TestContext.Current.CancellationToken);
        archived.Entries.Select(e => e.Path).ShouldContain("new_in_the_bad_release.py");
        done.Text.ShouldContain($"kept as {kept}");
    }

    /// <summary>Every state that a crash can leave behind, from the first to the last.</summary>
    [Theory]
    [InlineData("nothing")]
    [InlineData("half an archive of what is there")]
    [InlineData("archived")]
    [InlineData("half unpacked")]
    [InlineData("unpacked")]
    [InlineData("swapped")]
    [InlineData("between two renames")]
    [InlineData("after the second of three renames")]
    [InlineData("swapped and named")]
    [InlineData("ready")]
    [InlineData("ready and swapped")]
    [InlineData("ready and between two renames")]
    public async Task A_crash_at_any_boundary_ends_as_without_it(string state)
    {
        var pin = await PinAsync();
        var (next, kept) = (Beside(pin, "next"), Beside(pin, "kept"));
        await LeaveAsync(state, next, kept);

        var outcome = await ApplyAsync(pin, attempt: 2);

        outcome.ShouldBeOfType<StepOutcome.Done>(outcome.Text);
        _place.Content.ShouldBe("good");
        File.ReadAllText(Path.Combine(kept, "views.py")).ShouldBe("bad");
        _place.Beside.Where(n => !n.EndsWith(".tar.gz", StringComparison.Ordinal)).ShouldBe([Path.GetFileName(kept)]);
    }

    private async Task LeaveAsync(string state, string next, string kept)
    {
        var cancel = TestContext.Current.CancellationToken;
        if (state == "half an archive of what is there")
            await File.WriteAllTextAsync($"{kept}.tar.gz.partial", "half", cancel);
        if (state is "archived" or "unpacked" or "half unpacked")
            await TreeArchive.PackAsync(_place.Module, $"{kept}.tar.gz", cancel);
        if (state == "half unpacked")
        {
            Directory.CreateDirectory(next);
            await File.WriteAllTextAsync(Path.Combine(next, "views.py"), "go", cancel);
        }

        if (state is "unpacked" or "swapped" or "swapped and named" or "between two renames" or "after the second of three renames")
            await new TreeArchive(_place.Archive, "rentals").UnpackAsync(next, cancel);
        if (state is "swapped" or "swapped and named")
            SwapByRename.Run(_place.Module, next);
        if (state == "swapped and named")
            Directory.Move(next, kept);
        if (state is "between two renames" or "after the second of three renames")
            Directory.Move(_place.Module, $"{next}.between");
        if (state == "after the second of three renames")
            Directory.Move(next, _place.Module);
        if (state.StartsWith("ready", StringComparison.Ordinal))
            await new TreeArchive(_place.Archive, "rentals").UnpackAsync($"{next}.ready", cancel);
        if (state == "ready and swapped")
            SwapByRename.Run(_place.Module, $"{next}.ready");
        if (state == "ready and between two renames")
            Directory.Move(_place.Module, $"{next}.ready.between");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task S1_what_somebody_deploys_while_it_packs_unpacks_or_swaps_stays(int writes)
    {
        var pin = await PinAsync();

        (await _place.Create().ApplyAsync(Acting.Context(journal: Deploying(before: writes)), pin)).ShouldBeOfType<StepOutcome.Superseded>();

        _place.Content.ShouldBe("the fix");
    }

    [Fact]
    public async Task S7_what_somebody_deploys_while_it_is_put_back_stays()
    {
        var pin = await PinAsync();
        await ApplyAsync(pin);

        (await _place.Create().RestoreAsync(Acting.Context(journal: Deploying(before: 1)), pin, TestContext.Current.CancellationToken)).ShouldBeOfType<StepOutcome.Superseded>();

        _place.Content.ShouldBe("the fix");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task S1_a_deploy_that_was_taken_out_right_before_a_crash_comes_back(bool restored)
    {
        var pin = await PinAsync();
        var next = Beside(pin, "next");
        await LeaveAsync("ready", next, Beside(pin, "kept"));
        _place.Write("the fix");
        SwapByRename.Run(_place.Module, $"{next}.ready");

        (restored ? await RestoreAsync(pin) : await ApplyAsync(pin, attempt: 2)).ShouldBeOfType<StepOutcome.Superseded>();

        _place.Content.ShouldBe("the fix");
    }

    [Fact]
    public async Task It_is_put_back_as_it_was_and_nothing_is_left_but_the_archive()
    {
        var pin = await PinAsync();
        await ApplyAsync(pin);

        var back = await RestoreAsync(pin);

        back.ShouldBeOfType<StepOutcome.Done>(back.Text);
        _place.Content.ShouldBe("bad");
        _place.Beside.ShouldHaveSingleItem().ShouldEndWith(".tar.gz");
    }

    [Theory]
    [InlineData("app/modules/transactions/rentals/")]
    [InlineData("./rentals/")]
    [InlineData("rentals/")]
    [InlineData("./")]
    [InlineData("")]
    public async Task An_archive_may_hold_the_tree_under_the_directorys_own_path(string prefix)
    {
        _place.Pack(($"{prefix}views.py", "good"), ($"{prefix}rentals/models.py", "models"));

        await ApplyAsync(await PinAsync());

        _place.Content.ShouldBe("good");
        File.Exists(Path.Combine(_place.Module, "rentals", "models.py")).ShouldBeTrue();
    }

    public static TheoryData<string> Bad() => ["../evil.py", "rentals/../../evil.py", "/etc/cron.d/evil", "a\\..\\evil", "device", "fifo", "link out", "link up", "file below a link", "hard link out", "twice", "empty", "cut off", "no archive"];

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task An_archive_that_reaches_outside_or_is_damaged_is_refused_before_anything_is_touched(string what)
    {
        await PackBadAsync(what);

        (await RefusedAsync()).Reason.ShouldBe(Reason.NoCandidate);

        _place.Content.ShouldBe("bad");
        _place.Beside.ShouldBeEmpty();
    }

    private async Task PackBadAsync(string what)
    {
        var cancel = TestContext.Current.CancellationToken;
        var good = new PaxTarEntry(TarEntryType.RegularFile, "views.py") { DataStream = new MemoryStream("good"u8.ToArray()) };
        switch (what)
        {
            case "empty":
                _place.PackEntries([]);
                break;
            case "cut off":
                var whole = await File.ReadAllBytesAsync(_place.Archive, cancel);
                await File.WriteAllBytesAsync(_place.Archive, whole[..(whole.Length - 20)], cancel);
                break;
            case "no archive":
                await File.WriteAllTextAsync(_place.Archive, string.Concat(Enumerable.Repeat("not a tar file\n", 100)), cancel);
                break;
            default:
                _place.PackEntries([good, .. Entries(what)]);
                break;
        }
    }

    private static IEnumerable<PaxTarEntry> Entries(string what) => what switch
    {
        "device" => [new PaxTarEntry(TarEntryType.BlockDevice, "disk")],
        "fifo" => [new PaxTarEntry(TarEntryType.Fifo, "pipe")],
        "link out" => [new PaxTarEntry(TarEntryType.SymbolicLink, "link") { LinkName = "/etc" }],
        "link up" => [new PaxTarEntry(TarEntryType.SymbolicLink, "api/link") { LinkName = "../../secrets" }],
        "file below a link" =>
        [
            new PaxTarEntry(TarEntryType.SymbolicLink, "link") { LinkName = "api" },
            new PaxTarEntry(TarEntryType.RegularFile, "link/evil.py") { DataStream = new MemoryStream("evil"u8.ToArray()) },
        ],
        "hard link out" => [new PaxTarEntry(TarEntryType.HardLink, "shadow") { LinkName = "/etc/shadow" }],
        "twice" => [new PaxTarEntry(TarEntryType.RegularFile, "views.py") { DataStream = new MemoryStream("evil"u8.ToArray()) }],
        _ => [new PaxTarEntry(TarEntryType.RegularFile, what) { DataStream = new MemoryStream("evil"u8.ToArray()) }],
    };

    [Fact]
    public async Task Links_that_stay_inside_and_programs_come_out_as_they_went_in_and_nobody_becomes_root_by_them()
    {
        _place.PackEntries(
        [
            new PaxTarEntry(TarEntryType.RegularFile, "views.py") { DataStream = new MemoryStream("good"u8.ToArray()) },
            new PaxTarEntry(TarEntryType.RegularFile, "bin/run") { DataStream = new MemoryStream(Encoding.UTF8.GetBytes("#!/bin/sh")), Mode = (UnixFileMode)0b100_111_101_101 },
            new PaxTarEntry(TarEntryType.SymbolicLink, "bin/views") { LinkName = "../views.py" },
            new PaxTarEntry(TarEntryType.HardLink, "copy.py") { LinkName = "views.py" },
        ]);

        var done = await ApplyAsync(await PinAsync());

        done.ShouldBeOfType<StepOutcome.Done>(done.Text);
        File.GetUnixFileMode(Path.Combine(_place.Module, "bin", "run")).ShouldBe((UnixFileMode)0b111_101_101);
        new FileInfo(Path.Combine(_place.Module, "bin", "views")).LinkTarget.ShouldBe("../views.py");
        File.ReadAllText(Path.Combine(_place.Module, "copy.py")).ShouldBe("good");
    }

    [Fact]
    public async Task A_directory_that_was_changed_since_it_was_planned_is_left_as_it_is()
    {
        var pin = await PinAsync();
        _place.Write("the fix");

        (await ApplyAsync(pin)).ShouldBeOfType<StepOutcome.Superseded>();

        _place.Content.ShouldBe("the fix");
        _place.Beside.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_archive_that_was_changed_since_it_was_planned_is_not_unpacked()
    {
        var pin = await PinAsync();
        _place.Pack(("rentals/views.py", "something else"));

        (await ApplyAsync(pin)).ShouldBeOfType<StepOutcome.Failed>();

        _place.Content.ShouldBe("bad");
    }

    [Fact]
    public async Task What_is_in_place_already_is_not_replaced()
    {
        _place.Write("good");
        _place.Write("routes", "api/routes.py");
        _place.Write("compiled", "__pycache__/views.pyc");

        (await RefusedAsync()).Reason.ShouldBe(Reason.TargetEqualsCurrent);
    }

    [Fact]
    public async Task An_archive_that_is_not_there_is_told_by_its_name_alone()
    {
        File.Delete(_place.Archive);

        var refused = await RefusedAsync();

        refused.Reason.ShouldBe(Reason.TargetPruned);
        refused.Text.ShouldBe("archive pre-refactor is not there");
    }

    [Fact]
    public async Task A_directory_that_is_not_there_lets_the_next_method_try()
    {
        Directory.Delete(_place.Module, recursive: true);

        (await RefusedAsync()).Reason.ShouldBe(Reason.NotFound);
    }

    public void Dispose() => _place.Dispose();

    [Fact]
    public async Task S8_stopped_once_it_is_prepared_it_says_that_nothing_was_swapped()
    {
        (_journal.Stop, _journal.StopsAfter) = (new StepOutcome.CannotTell(Reason.StoppedByPerson, "stopped by kim"), "archived");

        var outcome = await ApplyAsync(await PinAsync());

        var archive = $"{Context().NameFor(".rentals-replaced", 120)}.tar.gz";
        outcome.ShouldBe(new StepOutcome.CannotTell(Reason.StoppedByPerson, $"stopped by kim; rentals-module is as it was, and archived as {archive}"));
        _journal.Prepared.ShouldBe(["archived"]);
        _place.Content.ShouldBe("bad");
    }

    [Fact]
    public async Task Without_time_left_the_two_are_not_swapped()
    {
        var outcome = await _place.Create().ApplyAsync(Context() with { Deadline = TimeProvider.System.GetUtcNow() }, await PinAsync());

        outcome.ShouldBeOfType<StepOutcome.Failed>(outcome.Text).Reason.ShouldBe(Reason.TimedOut);
        outcome.Text.ShouldStartWith("rentals-module is as it was");
        _place.Content.ShouldBe("bad");
    }

    private Task<JsonObject> PinAsync() => _place.Create().PinAsync(Context(), TreePlace.Parameters);

    private Task<PinOutcome.Refused> RefusedAsync() => _place.Create().RefusedAsync(Context(), TreePlace.Parameters);

    private Task<StepOutcome> ApplyAsync(JsonObject pin, int attempt = 1) => _place.Create().ApplyAsync(Context(attempt), pin);

    private Task<StepOutcome> RestoreAsync(JsonObject pin) => _place.Create().RestoreAsync(Context(), pin, TestContext.Current.CancellationToken);

    private StepContext Context(int attempt = 1) => Acting.Context(attempt: attempt, journal: _journal);

    /// <summary>Somebody deploys right before the step's write of this number.</summary>
    private Deployment Deploying(int before) => new(_journal, before, () => _place.Write("the fix"));

    private sealed class Deployment(FakeStepJournal journal, int before, Action deploy) : IStepJournal
    {
        private int _writes;

        public IReadOnlyDictionary<string, JsonObject> Marks => journal.Marks;

        public StepOutcome? MayWrite()
        {
            if (++_writes == before)
                deploy();
            return journal.MayWrite();
        }

        public Task MarkAsync(string name, JsonObject data, string text, CancellationToken cancellation) => journal.MarkAsync(name, data, text, cancellation);

        public Task PrepareAsync(string name, JsonObject data, string text, CancellationToken cancellation) => journal.PrepareAsync(name, data, text, cancellation);

        public Task<string?> PageAsync(string role, string text, CancellationToken cancellation) => journal.PageAsync(role, text, cancellation);

        public Task ProgressAsync(int percent, string text, CancellationToken cancellation) => journal.ProgressAsync(percent, text, cancellation);
    }

    private string Beside(JsonObject pin, string what) => Path.Combine(Path.GetDirectoryName(_place.Module)!, pin[what]!.GetValue<string>());
}
