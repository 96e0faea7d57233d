using AlertRollback.Rollbacks;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.Rollbacks;

public sealed class NotActedOnPruningTests : IDisposable
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly MemoryJournal _journal = new();
    private readonly Chronicle _chronicle;

    public NotActedOnPruningTests() => _chronicle = new Chronicle(_journal, _time);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_not_acted_on_is_forgotten_after_a_month_but_for_what_is_shown_and_the_picture_is_the_same()
    {
        await RecordAsync("old", 2000);
        await _chronicle.ChangeAsync(_ => [Entry.Of(new AlertEvent.Unreadable(7, "no JSON")), Entry.Of(new GlobalEvent.BreakerTripped("too much"))], Cancellation);
        _time.Advance(TimeSpan.FromDays(29));
        await RecordAsync("new", 400);
        (await PrunedAsync()).Count.ShouldBe(2402, "it is not a month old");

        _time.Advance(TimeSpan.FromDays(1.5));
        var before = _chronicle.Book;
        var left = await PrunedAsync();

        left.Count(f => f == "old").ShouldBe(99, "they are among the newest 500");
        left.Count(f => f == "new").ShouldBe(400);
        using var again = new Chronicle(_journal, _time);
        await again.LoadAsync(Cancellation);
        again.Book.NotActedOn.ShouldBe(before.NotActedOn);
        again.Book.LatestNews.ShouldBe(before.LatestNews);
        again.Book.Global.ShouldBe(before.Global);
    }

    [Fact]
    public async Task What_could_not_be_read_is_not_forgotten()
    {
        await _chronicle.ChangeAsync(_ => [Entry.Of(new AlertEvent.Unreadable(7, "no JSON"))], Cancellation);
        await RecordAsync("old", Book.RecentAlerts + 1);
        _time.Advance(TimeSpan.FromDays(31));

        (await PrunedAsync()).Count(f => f == "").ShouldBe(1);
    }

    private Task RecordAsync(string fingerprint, int times) => _chronicle.ChangeAsync(
        _ => Enumerable.Range(0, times).Select(_ => Entry.Of(new AlertEvent.NotActedOn(fingerprint, "Disk", "rental", null, null, Reason.NoRowMatched, "because"))), Cancellation);

    /// <summary>Of what is left in the journal, the fingerprints; empty where there is none.</summary>
    private async Task<IReadOnlyList<string>> PrunedAsync()
    {
        await new NotActedOnPruning(_journal, _time).PruneAsync(Cancellation);
        return await _journal.ReadAsync(0, Cancellation)
            .Select(e => EventJson.FromStore<AlertEvent>(e) is AlertEvent.NotActedOn n ? n.Fingerprint : "").ToListAsync(Cancellation);
    }

    public void Dispose() => _chronicle.Dispose();
}
