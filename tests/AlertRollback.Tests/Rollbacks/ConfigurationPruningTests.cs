using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Rollbacks;
using AlertRollback.Storage.Sqlite;
using AlertRollback.Tests.Matrix;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.Rollbacks;

public sealed class ConfigurationPruningTests : IAsyncDisposable
{
    private const string Uid = "uid-1";

    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private SqliteJournal _journal;
    private Chronicle _chronicle;

    public ConfigurationPruningTests()
    {
        _journal = SqliteJournal.Open(Path.Combine(_folder.Path, "journal.db"), _time);
        _chronicle = new Chronicle(_journal, _time);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_newer_record_of_the_revision_replaced_is_forgotten_after_a_week()
    {
        await SeeAsync("a", "first", good: false);
        await SeeAsync("a", "second", good: true);
        await SeeAsync("a", "third, when only taken back to", good: false);

        _time.Advance(TimeSpan.FromDays(6.9));
        (await PrunedAsync()).ShouldBe(["first", "second", "third, when only taken back to"]);
        _time.Advance(TimeSpan.FromDays(0.2));
        (await PrunedAsync()).ShouldBe(["second"]);
    }

    [Fact]
    public async Task What_can_still_be_gone_back_to_is_kept_however_old_it_is()
    {
        await SeeAsync("known good", "kept", good: true);
        for (var i = 1; i <= 14; i++)
            await SeeAsync($"bad {i}", $"bad {i}", good: false);
        _time.Advance(TimeSpan.FromDays(400));

        (await PrunedAsync()).ShouldBe(["kept", .. Enumerable.Range(4, 11).Select(i => $"bad {i}")]);
    }

    [Fact]
    public async Task The_picture_is_the_same_without_what_was_forgotten()
    {
        await _chronicle.ChangeAsync(_ => [Entry.Of(Uid, new WorkloadEvent.BecameCurrent("deployment/production/rental-api", "bad 1", 1, ["rental-api:v1"], null))], Cancellation);
        for (var i = 1; i <= 30; i++)
            await SeeAsync($"bad {i % 17}", $"text {i}", good: i % 5 == 0);
        _time.Advance(TimeSpan.FromDays(30));
        var before = Picture();
        (await PrunedAsync()).Length.ShouldBe(12);
        await ReopenAsync();

        Picture().ShouldBe(before);
        (await PrunedAsync()).Length.ShouldBe(12, "nothing more is forgotten");
        _chronicle.Book.Knowledge(Uid).Current.ShouldNotBeNull("other events are left alone").Digest.ShouldBe("bad 1");
        await SeeAsync("bad 99", "the newest", good: true);
        _chronicle.Book.Sequence.ShouldBe(32, "no place is given twice");
    }

    private string Picture() => string.Join(", ", _chronicle.Book.Knowledge(Uid).Configurations.Select(c => $"{c.Digest} {TextOf(c)} {c.Good}"));

    private static string TextOf(WorkloadEvent.ConfigurationSeen seen) => seen.Configuration.ConfigMaps[0].Data!["text"];

    private Task SeeAsync(string digest, string text, bool good)
    {
        var map = new ConfigMapRecord("app", text, new Dictionary<string, string> { ["text"] = text }, null, null);
        return _chronicle.ChangeAsync(_ => [Entry.Of(Uid, new WorkloadEvent.ConfigurationSeen("deployment/production/rental-api", digest, new ConfigurationSnapshot([map], []), good))], Cancellation);
    }

    /// <summary>The texts that are left in the journal.</summary>
    private async Task<string[]> PrunedAsync()
    {
        await new ConfigurationPruning(_journal, _time).PruneAsync(Cancellation);
        var left = new List<string>();
        await foreach (var stored in _journal.ReadAsync(0, Cancellation))
        {
            if (EventJson.FromStore<WorkloadEvent>(stored) is WorkloadEvent.ConfigurationSeen seen)
                left.Add(TextOf(seen));
        }

        return [.. left];
    }

    private async Task ReopenAsync()
    {
        _chronicle.Dispose();
        await _journal.DisposeAsync();
        _journal = SqliteJournal.Open(Path.Combine(_folder.Path, "journal.db"), _time);
        _chronicle = new Chronicle(_journal, _time);
        await _chronicle.LoadAsync(Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        _chronicle.Dispose();
        await _journal.DisposeAsync();
        _folder.Dispose();
    }
}
