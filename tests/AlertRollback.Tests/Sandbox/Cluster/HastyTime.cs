namespace AlertRollback.Tests.Sandbox.Cluster;

/// <summary>A clock that goes faster, so that what a test does in milliseconds gets time stamps of different seconds.</summary>
internal sealed class HastyTime(int factor) : TimeProvider
{
    private readonly DateTimeOffset start = System.GetUtcNow();

    public override DateTimeOffset GetUtcNow() => start + ((System.GetUtcNow() - start) * factor);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        System.CreateTimer(callback, state, Shorter(dueTime), Shorter(period));

    private TimeSpan Shorter(TimeSpan time) => time == Timeout.InfiniteTimeSpan ? time : time / factor;
}
