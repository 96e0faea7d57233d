namespace AlertRollback.Tests.Support;

/// <summary>A clock on which nobody waits: whoever sets a timer is woken at once, and by then it is as late as the timer says.</summary>
internal sealed class PassingTime(DateTimeOffset start) : TimeProvider
{
    private readonly Lock _gate = new();
    private DateTimeOffset _now = start;

    /// <summary>Called whenever time passed.</summary>
    public Action Passed { get; set; } = () => { };

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
            return _now;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime == Timeout.InfiniteTimeSpan)
            return System.CreateTimer(callback, state, dueTime, period);
        lock (_gate)
            _now += dueTime;
        Passed();
        return System.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}
