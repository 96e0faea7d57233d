using AlertRollback.Rollbacks;
using AlertRollback.Tests.Rollbacks;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests;

/// <summary>What every test that lets time pass for the runner stands on.</summary>
public sealed class FakeTimeTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task A_timer_that_is_set_after_the_leap_still_fires()
    {
        var time = new FakeTimeProvider();
        using var chronicle = new Chronicle(new MemoryJournal(), time);
        var start = time.GetUtcNow();
        var freezing = Task.Run(
            async () =>
            {
                while (time.GetUtcNow() == start)
                    await Task.Yield();
                await Task.Delay(Minute, time, Cancellation);
                await chronicle.ChangeAsync(_ => [Entry.Of(new GlobalEvent.Frozen("rental-api", null, "anna", "over"))], Cancellation);
            },
            Cancellation);

        await FakeTime.PassAsync(time, Minute, chronicle, _ => freezing.IsCompleted);
        await freezing;
        (time.GetUtcNow() - start).ShouldBeGreaterThanOrEqualTo(2 * Minute);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;
}
