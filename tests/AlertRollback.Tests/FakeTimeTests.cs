using AlertRollback.Rollbacks;
using AlertRollback.Tests.Rollbacks;
using AlertRollback.Tests.Support;
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

    [Fact]
    public async Task Who_works_for_longer_than_it_is_silent_is_not_leapt_over()
    {
        var time = new CountedTime(DateTimeOffset.UnixEpoch);
        using var chronicle = new Chronicle(new MemoryJournal(), time);
        var working = Task.Run(
            async () =>
            {
                await Task.Delay(Minute, time, Cancellation);
                await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System, Cancellation);
                await chronicle.ChangeAsync(_ => [Entry.Of(new GlobalEvent.Frozen("rental-api", time.GetUtcNow() + Minute, "anna", "audit"))], Cancellation);
                await Task.Delay(Minute, time, Cancellation);
            },
            Cancellation);

        (await FakeTime.IdleAsync(time, chronicle, Minute)).Global.Freezes.ShouldHaveSingleItem();
        working.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task Nobody_who_waits_is_nobody_who_could_have_done_something()
    {
        var time = new CountedTime(DateTimeOffset.UnixEpoch);

        (await Should.ThrowAsync<TimeoutException>(() => time.RestsAsync(clock: new PassingTime(DateTimeOffset.UnixEpoch)))).Message.ShouldBe("waited 60 s in vain for: a timer that is set");
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;
}
