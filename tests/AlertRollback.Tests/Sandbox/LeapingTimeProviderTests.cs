using AlertRollback.Sandbox;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.Sandbox;

public sealed class LeapingTimeProviderTests
{
    private static readonly TimeSpan HalfAnHour = TimeSpan.FromMinutes(30);

    private readonly FakeTimeProvider real = new(new DateTimeOffset(2026, 1, 5, 10, 0, 0, TimeSpan.Zero));
    private readonly LeapingTimeProvider time;

    public LeapingTimeProviderTests() => time = new LeapingTimeProvider(real, async _ => await Settled());

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_leap_moves_the_clock_and_the_time_stamps_and_real_time_goes_on_from_there()
    {
        var before = time.GetTimestamp();
        await time.LeapAsync(HalfAnHour, Ct);
        real.Advance(TimeSpan.FromSeconds(1));

        time.GetUtcNow().ShouldBe(new DateTimeOffset(2026, 1, 5, 10, 30, 1, TimeSpan.Zero));
        time.GetElapsedTime(before).ShouldBe(HalfAnHour + TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Everything_that_waits_is_woken_by_a_leap_and_nothing_early()
    {
        var start = time.GetUtcNow();
        var waiters = new[] { 1200, 7, 300 }.Select(WaitAsync).ToArray();

        await time.LeapAsync(HalfAnHour, Ct);

        foreach (var (due, woken) in await Task.WhenAll(waiters))
            woken.ShouldBeGreaterThanOrEqualTo(due);

        async Task<(TimeSpan Due, TimeSpan Woken)> WaitAsync(int seconds)
        {
            await Task.Delay(TimeSpan.FromSeconds(seconds), time, Ct);
            return (TimeSpan.FromSeconds(seconds), time.GetUtcNow() - start);
        }
    }

    [Fact]
    public async Task A_timer_that_repeats_fires_once_per_period()
    {
        var fired = 0;
        await using var timer = time.CreateTimer(_ => Interlocked.Increment(ref fired), null, TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(60));

        await time.LeapAsync(TimeSpan.FromSeconds(600), Ct);

        // The thread that has the last of them may wait for a processor.
        for (var i = 0; i < 1000 && Volatile.Read(ref fired) < 10; i++)
            await Settled();
        fired.ShouldBe(10);
    }

    [Fact]
    public async Task Without_a_leap_a_timer_fires_when_real_time_gets_there()
    {
        var waiting = Task.Delay(TimeSpan.FromSeconds(10), time, Ct);
        real.Advance(TimeSpan.FromSeconds(9));
        await Settled();
        waiting.IsCompleted.ShouldBeFalse();

        real.Advance(TimeSpan.FromSeconds(1));
        await waiting;
    }

    [Fact]
    public async Task A_timer_disposed_of_or_switched_off_stays_silent()
    {
        var fired = 0;
        var timer = time.CreateTimer(_ => Interlocked.Increment(ref fired), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        var off = time.CreateTimer(_ => Interlocked.Increment(ref fired), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        await timer.DisposeAsync();
        off.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan).ShouldBeTrue();

        await time.LeapAsync(TimeSpan.FromSeconds(20), Ct);

        fired.ShouldBe(0);
        timer.Change(TimeSpan.Zero, TimeSpan.Zero).ShouldBeFalse();
        await off.DisposeAsync();
    }

    // The timers' callbacks are on the thread pool's queue: after a few items queued behind them they have run.
    private static async Task Settled()
    {
        for (var i = 0; i < 50; i++)
        {
            var behind = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            ThreadPool.QueueUserWorkItem(_ => behind.SetResult());
            await behind.Task;
        }
    }
}
