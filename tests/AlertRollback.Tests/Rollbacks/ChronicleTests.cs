using AlertRollback.Rollbacks;
using AlertRollback.Storage;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.Rollbacks;

public sealed class ChronicleTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_on_the_disk_and_could_not_be_shown_is_shown_before_anything_else_is_decided(bool byTheNextChange)
    {
        var journal = new ShortJournal { IsShort = true };
        var time = new FakeTimeProvider();
        using var chronicle = new Chronicle(journal, time);
        var cancellation = TestContext.Current.CancellationToken;
        await Should.ThrowAsync<OutOfMemoryException>(() => chronicle.ChangeAsync(_ => [Entry.Of(new GlobalEvent.KillSwitchSet(true, true, "anna", "stop all"))], cancellation));
        chronicle.Book.Global.KillSwitchIsOn.ShouldBeFalse();
        journal.IsShort = false;

        var (seen, changed) = (false, chronicle.ChangedSince(chronicle.Book));
        if (byTheNextChange)
            await chronicle.ChangeAsync(book => Seen(book, out seen), cancellation);
        else
            await chronicle.CatchUpAsync(cancellation);
        (chronicle.Book.Global.KillSwitchIsOn, seen, changed.IsCompleted).ShouldBe((true, byTheNextChange, true));
        var read = journal.Reads;
        await chronicle.CatchUpAsync(cancellation);
        journal.Reads.ShouldBe(read, "there is nothing to catch up with any more");
    }

    private static IEnumerable<Entry> Seen(Book book, out bool on)
    {
        on = book.Global.KillSwitchIsOn;
        return [];
    }

    // Keeps what it is given, and what it answers with cannot be gone through.
    private sealed class ShortJournal : MemoryJournal
    {
        public bool IsShort { get; set; }

        public int Reads { get; private set; }

        public override async Task<IReadOnlyList<StoredEvent>> AppendAsync(IReadOnlyList<NewEvent> events, long? decidedReceipt, CancellationToken cancellation)
        {
            var stored = await base.AppendAsync(events, decidedReceipt, cancellation);
            return IsShort ? new Short(stored) : stored;
        }

        public override IAsyncEnumerable<StoredEvent> ReadAsync(long after, CancellationToken cancellation)
        {
            Reads++;
            return base.ReadAsync(after, cancellation);
        }

        private sealed class Short(IReadOnlyList<StoredEvent> inner) : IReadOnlyList<StoredEvent>
        {
            public StoredEvent this[int index] => inner[index];

            public int Count => inner.Count;

#pragma warning disable CA2201 // it stands for the runtime
            public IEnumerator<StoredEvent> GetEnumerator() => throw new OutOfMemoryException();
#pragma warning restore CA2201

            System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
        }
    }
}
