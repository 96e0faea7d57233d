namespace AlertRollback.Sandbox;

/// <summary>A timer that is due when either the real clock or a leap gets there.</summary>
internal sealed class LeapingTimer : ITimer
{
    private readonly LeapingTimeProvider time;
    private readonly TimerCallback callback;
    private readonly object? state;
    private readonly Lock gate = new();
    private readonly ITimer underneath;
    private TimeSpan period;
    private bool disposed;

    public LeapingTimer(LeapingTimeProvider time, TimeProvider real, TimerCallback callback, object? state)
    {
        (this.time, this.callback, this.state) = (time, callback, state);
        underneath = real.CreateTimer(_ => FireIfDue(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>In the provider's time stamps; <see cref="long.MaxValue"/>: not armed.</summary>
    public long DueAt { get; private set; } = long.MaxValue;

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        lock (gate)
        {
            if (disposed) return false;
            this.period = period;
            Arm(dueTime);
            return true;
        }
    }

    /// <summary>The callback runs on the thread pool, as with any timer.</summary>
    public void FireIfDue()
    {
        lock (gate)
        {
            if (disposed || DueAt == long.MaxValue) return;
            var left = TimeSpan.FromTicks(DueAt - time.GetTimestamp());
            if (left > TimeSpan.Zero)
            {
                Arm(left);
                return;
            }

            Arm(period > TimeSpan.Zero ? period : Timeout.InfiniteTimeSpan);
        }

        ThreadPool.QueueUserWorkItem(static timer => timer.callback(timer.state), this, preferLocal: false);
    }

    public void Dispose()
    {
        lock (gate)
        {
            disposed = true;
            DueAt = long.MaxValue;
            time.Watch(this, false);
        }

        underneath.Dispose();
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    private void Arm(TimeSpan dueTime)
    {
        var armed = dueTime != Timeout.InfiniteTimeSpan;
        DueAt = armed ? time.GetTimestamp() + dueTime.Ticks : long.MaxValue;
        time.Watch(this, armed);

        // Half a millisecond early would only mean one more look.
        underneath.Change(armed ? TimeSpan.FromMilliseconds(Math.Ceiling(dueTime.TotalMilliseconds)) : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }
}
