using System.Text;
using AlertRollback.Storage;

namespace AlertRollback.Tests.Storage;

/// <summary>What every journal promises, whatever it is made of.</summary>
public abstract class JournalContract : IAsyncLifetime
{
    protected static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    protected IJournal Journal { get; private set; } = null!;

    /// <summary>Opens the one journal of this test, with what it held when it was closed.</summary>
    protected abstract Task<IJournal> OpenAsync();

    public async ValueTask InitializeAsync() => Journal = await OpenAsync();

    public virtual async ValueTask DisposeAsync()
    {
        await Journal.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected async Task ReopenAsync()
    {
        await Journal.DisposeAsync();
        Journal = await OpenAsync();
    }

    [Fact]
    public async Task A_receipt_is_pending_until_it_is_decided_also_after_a_restart()
    {
        (await ReceiveAsync("m1", "first")).ShouldBe(ReceiptOutcome.Accepted);
        (await ReceiveAsync("m2", "second")).ShouldBe(ReceiptOutcome.Accepted);
        await ReopenAsync();

        var pending = await PendingAsync();
        pending.Select(r => Encoding.UTF8.GetString(r.Body.Span)).ShouldBe(["first", "second"]);
        pending[0].At.ShouldBe(Noon);

        await Journal.AppendAsync([], pending[0].Number, Cancellation);
        await ReopenAsync();
        (await PendingAsync()).ShouldHaveSingleItem().Number.ShouldBe(pending[1].Number);
    }

    [Fact]
    public async Task The_body_of_a_decided_receipt_is_forgotten_and_the_receipt_is_not()
    {
        await ReceiveAsync("m1", "first");
        await ReceiveAsync("m2", "second");
        var numbers = (await PendingAsync()).Select(r => r.Number).ToList();
        await Journal.AppendAsync([Event("decided")], numbers[0], Cancellation);

        await Journal.ForgetBodiesAsync(numbers, Cancellation);
        await ReopenAsync();

        (await ReceiveAsync("m1", "first")).ShouldBe(ReceiptOutcome.Duplicate);
        Encoding.UTF8.GetString((await PendingAsync()).ShouldHaveSingleItem().Body.Span).ShouldBe("second", "it is not decided");
    }

    [Fact]
    public async Task A_mark_is_accepted_once_also_after_a_restart()
    {
        await ReceiveAsync("m", "first");
        (await ReceiveAsync("m", "again")).ShouldBe(ReceiptOutcome.Duplicate);
        await ReopenAsync();
        (await ReceiveAsync("m", "again")).ShouldBe(ReceiptOutcome.Duplicate);
        (await PendingAsync()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Of_many_deliveries_at_once_one_is_accepted()
    {
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Run(() => ReceiveAsync("m", "body"), Cancellation)));
        outcomes.Count(o => o == ReceiptOutcome.Accepted).ShouldBe(1);
        (await PendingAsync()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task The_oldest_receipts_come_first_and_no_more_than_asked_for()
    {
        foreach (var i in Enumerable.Range(0, 10))
            await ReceiveAsync($"m{i}", $"{i}");
        var oldest = await Journal.PendingReceiptsAsync(3, Cancellation);
        oldest.Select(r => Encoding.UTF8.GetString(r.Body.Span)).ShouldBe(["0", "1", "2"]);
        (await Journal.PendingReceiptsAsync(2, Cancellation, after: oldest[1].Number)).Select(r => Encoding.UTF8.GetString(r.Body.Span)).ShouldBe(["2", "3"]);
    }

    [Fact]
    public async Task Large_receipts_are_handed_out_few_at_a_time()
    {
        var body = new string('x', 12 * 1024 * 1024);
        foreach (var i in Enumerable.Range(0, 4))
            await ReceiveAsync($"m{i}", body);
        (await PendingAsync()).Count.ShouldBe(3);
    }

    [Fact]
    public async Task Events_are_read_in_their_order_from_any_place()
    {
        var first = await Journal.AppendAsync([Event("a"), Event("b")], null, Cancellation);
        var second = await Journal.AppendAsync([Event("c")], null, Cancellation);
        first.Concat(second).Select(e => e.Sequence).ShouldBeInOrder();
        await ReopenAsync();

        var all = await ReadAsync(0);
        all.ShouldBe([.. first, .. second]);
        (await ReadAsync(first[0].Sequence)).ShouldBe(all[1..]);
        (await ReadAsync(second[0].Sequence)).ShouldBeEmpty();
    }

    [Fact]
    public async Task More_events_than_are_read_at_once_are_all_there()
    {
        for (var i = 0; i < 5; i++)
            await Journal.AppendAsync([.. Enumerable.Range(0, 500).Select(n => Event($"{i}/{n}"))], null, Cancellation);
        var all = await ReadAsync(0);
        all.Select(e => e.Data).Distinct().Count().ShouldBe(2500);
        all.Select(e => e.Sequence).ShouldBeInOrder();
    }

    [Fact]
    public async Task Texts_come_back_as_they_went_in()
    {
        const string Odd = "'; DROP TABLE events; -- \"quoted\" \u202e ⚠ \0 \n {{ braces }}";
        await Journal.AppendAsync([Event(Odd)], null, Cancellation);
        (await ReadAsync(0)).ShouldHaveSingleItem().Data.ShouldBe(Odd);
    }

    [Fact]
    public async Task Events_and_the_receipt_they_settle_are_one_transaction()
    {
        await ReceiveAsync("m", "body");
        var number = (await PendingAsync())[0].Number;
        await Should.ThrowAsync<Exception>(() => Journal.AppendAsync([Event("good"), new NewEvent("s", Noon, "t", null!)], number, Cancellation));
        (await ReadAsync(0)).ShouldBeEmpty();
        (await PendingAsync()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_write_that_fails_by_itself_does_not_spoil_its_neighbours()
    {
        var writes = Enumerable.Range(0, 60)
            .Select(i => Journal.AppendAsync([new NewEvent("s", Noon, "t", i % 3 == 0 ? null! : $"{i}")], null, Cancellation))
            .ToList();
        foreach (var (i, write) in writes.Index())
        {
            if (i % 3 == 0)
                await Should.ThrowAsync<Exception>(() => write);
            else
                (await write).ShouldHaveSingleItem().Data.ShouldBe($"{i}");
        }

        (await ReadAsync(0)).Count.ShouldBe(40);
        Journal.Trouble.ShouldBeNull();
    }

    [Fact]
    public async Task Firing_alerts_are_heard_of_by_duplicates_too_to_the_minute()
    {
        await Journal.ReceiveAsync("m", Bytes("x"), ["f1"], Noon, Cancellation);
        (await Journal.LastHeardAsync("f1", Cancellation)).ShouldBe(Noon);
        (await Journal.LastHeardAsync("f2", Cancellation)).ShouldBeNull();

        await Journal.ReceiveAsync("m", Bytes("x"), ["f1"], Noon.AddSeconds(59), Cancellation);
        await ReopenAsync();
        (await Journal.LastHeardAsync("f1", Cancellation)).ShouldBe(Noon);

        await Journal.ReceiveAsync("m", Bytes("x"), ["f1"], Noon.AddHours(4), Cancellation);
        await ReopenAsync();
        (await Journal.LastHeardAsync("f1", Cancellation)).ShouldBe(Noon.AddHours(4));
    }

    [Fact]
    public async Task What_was_heard_by_a_clock_that_was_ahead_is_told_anew_once_it_was_put_right()
    {
        await Journal.ReceiveAsync("m", Bytes("x"), ["f"], Noon.AddMinutes(5), Cancellation);
        await Journal.ReceiveAsync("m", Bytes("x"), ["f"], Noon, Cancellation);
        await ReopenAsync();
        (await Journal.LastHeardAsync("f", Cancellation)).ShouldBe(Noon);
    }

    [Fact]
    public async Task Cursors_are_replaced_and_kept_by_announcer()
    {
        await Journal.SaveCursorAsync(new AnnouncerCursor("slack", "rollback/1", 3, "{}"), Cancellation);
        await Journal.SaveCursorAsync(new AnnouncerCursor("slack", "rollback/1", 5, "{\"ts\":\"1.2\"}"), Cancellation);
        await Journal.SaveCursorAsync(new AnnouncerCursor("slack", "rollback/2", 4, "{}"), Cancellation);
        await Journal.SaveCursorAsync(new AnnouncerCursor("statuspage", "rollback/1", 1, "{}"), Cancellation);
        await ReopenAsync();
        (await Journal.CursorsAsync("slack", Cancellation)).ShouldBe(
            [new AnnouncerCursor("slack", "rollback/1", 5, "{\"ts\":\"1.2\"}"), new AnnouncerCursor("slack", "rollback/2", 4, "{}")], ignoreOrder: true);
        (await Journal.CursorsAsync("e-mail", Cancellation)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Documents_are_replaced()
    {
        (await Journal.DocumentAsync("matrix", Cancellation)).ShouldBeNull();
        await Journal.SaveDocumentAsync("matrix", "one", Cancellation);
        await Journal.SaveDocumentAsync("matrix", "two", Cancellation);
        await ReopenAsync();
        (await Journal.DocumentAsync("matrix", Cancellation)).ShouldBe("two");
    }

    [Fact]
    public async Task A_new_receipt_is_signalled_once_it_can_be_read_and_a_duplicate_is_not()
    {
        var signals = new List<int>();
        Journal.Received += () => signals.Add(Journal.PendingReceiptsAsync(100, CancellationToken.None).GetAwaiter().GetResult().Count);
        await ReceiveAsync("m1", "x");
        await ReceiveAsync("m1", "x");
        await ReceiveAsync("m2", "x");
        signals.ShouldBe([1, 2]);
    }

    [Fact]
    public async Task A_closed_journal_refuses()
    {
        await Journal.DisposeAsync();
        await Should.ThrowAsync<JournalUnavailableException>(() => ReceiveAsync("m", "x"));
        Journal = await OpenAsync();
    }

    protected Task<ReceiptOutcome> ReceiveAsync(string mark, string body) => Journal.ReceiveAsync(mark, Bytes(body), [], Noon, Cancellation);

    protected Task<IReadOnlyList<Receipt>> PendingAsync() => Journal.PendingReceiptsAsync(100, Cancellation);

    protected async Task<List<StoredEvent>> ReadAsync(long after)
    {
        var events = new List<StoredEvent>();
        await foreach (var e in Journal.ReadAsync(after, Cancellation))
            events.Add(e);
        return events;
    }

    protected static NewEvent Event(string data) => new("rollback/1", Noon, "note", data);

    protected static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
