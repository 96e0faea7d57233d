namespace AlertRollback.Sandbox;

/// <summary>
/// Real time that can be moved ahead: the demo leaps over soak, hold and stabilisation instead of waiting for them.
/// Timers fire on their way, in order, so that what waits behaves as if the time had passed.
/// </summary>
/// <param name="real">The clock that runs underneath.</param>
/// <param name="settle">
/// Awaited after every step of a leap, so that what the timers woke gets its turn; 20 ms unless given.
/// A call under way with a time-out of 10 s has to be over within two such pauses.
/// </param>
public sealed class LeapingTimeProvider(TimeProvider? real = null, Func<CancellationToken, Task>? settle = null) : TimeProvider
{
    private readonly TimeProvider real = real ?? System;
    private readonly Lock gate = new();
    private readonly HashSet<LeapingTimer> timers = [];
    private TimeSpan ahead;

    /// <summary>The longest step of a leap; steps are shorter where a timer is due.</summary>
    public static TimeSpan LongestStep { get; } = TimeSpan.FromSeconds(5);

    public override TimeZoneInfo LocalTimeZone => real.LocalTimeZone;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    private TimeSpan Ahead
    {
        get
        {
            lock (gate) return ahead;
        }
    }

    public override DateTimeOffset GetUtcNow() => real.GetUtcNow() + Ahead;

    public override long GetTimestamp() => (real.GetElapsedTime(0) + Ahead).Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new LeapingTimer(this, real, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves the clock ahead by so much, timer by timer.</summary>
    public async Task LeapAsync(TimeSpan by, CancellationToken cancellation = default)
    {
        for (var left = by; left > TimeSpan.Zero;)
        {
            var step = Step(left);
            left -= step;
            foreach (var timer in Move(step)) timer.FireIfDue();
            await (settle?.Invoke(cancellation) ?? Task.Delay(TimeSpan.FromMilliseconds(20), real, cancellation));
        }
    }

    internal void Watch(LeapingTimer timer, bool armed)
    {
        lock (gate)
        {
            if (armed) timers.Add(timer);
            else timers.Remove(timer);
        }
    }

    private TimeSpan Step(TimeSpan left)
    {
        var now = GetTimestamp();
        lock (gate)
        {
            var step = left < LongestStep ? left : LongestStep;
            foreach (var timer in timers)
            {
                var until = TimeSpan.FromTicks(timer.DueAt - now);
                if (until > TimeSpan.Zero && until < step) step = until;
            }

            return step;
        }
    }

    private LeapingTimer[] Move(TimeSpan step)
    {
        lock (gate)
        {
            ahead += step;
            return [.. timers.OrderBy(t => t.DueAt)];
        }
    }
}
