using AlertRollback.Rollbacks;
using AlertRollback.Tests.Rollbacks;
using AlertRollback.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests;

/// <summary>Time that passes while the program under test sets its timers on threads of its own.</summary>
internal static class FakeTime
{
    private static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(10);

    // In real time, as the machine may be busy with other tests.
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Leaps at once, and then lets the time pass in steps while nothing happens, until the book is as wanted. A program that reads
    /// the time before the leap and sets its timer after it would wait for ever otherwise; and a deadline may begin when another ends.
    /// </summary>
    public static async Task<Book> PassAsync(FakeTimeProvider time, TimeSpan leap, Chronicle chronicle, Func<Book, bool> wanted, TimeSpan? step = null)
    {
        var (began, first) = (TimeProvider.System.GetTimestamp(), time.GetUtcNow());
        time.Advance(leap);
        while (true)
        {
            var book = chronicle.Book;
            if (wanted(book))
                return book;
            if (TimeProvider.System.GetElapsedTime(began) > Longest)
                throw new TimeoutException($"not reached in {Longest}, though {time.GetUtcNow() - first} passed by the test's clock; at the end: {RollbackWorld.Describe(book)}");
            if (!await ChangesAsync(chronicle, book))
                time.Advance(step ?? Step);
        }
    }

    /// <summary>
    /// Lets time pass in steps while nothing is to happen. Whoever a step wakes waits again before the next one, and before the book is
    /// looked at: what takes long is not leapt over.
    /// </summary>
    public static async Task<Book> IdleAsync(CountedTime time, Chronicle chronicle, TimeSpan span)
    {
        var end = time.GetUtcNow() + span;
        await time.RestsAsync();
        while (time.GetUtcNow() < end)
            await time.PassAsync(Step);
        return chronicle.Book;
    }

    private static async Task<bool> ChangesAsync(Chronicle chronicle, Book book)
    {
        try
        {
            await chronicle.ChangedSince(book).WaitAsync(Silence, TestContext.Current.CancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
