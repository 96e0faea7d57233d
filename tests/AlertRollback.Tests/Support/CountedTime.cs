using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.Support;

/// <summary>A clock of a test that knows who waits by it: no time passes while somebody whom it woke is still at work.</summary>
internal sealed class CountedTime(DateTimeOffset start) : FakeTimeProvider(start)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);
    private int _set;
    private int _fired;
    private int _waiting;

    /// <summary>Until somebody waits, or all is over.</summary>
    /// <param name="clock">By which it is given up; the machine's when it is left out.</param>
    public Task RestsAsync(Task? over = null, TimeProvider? clock = null) =>
        Until.TrueAsync(() => Volatile.Read(ref _waiting) > 0 || over is { IsCompleted: true }, "a timer that is set", Pause, clock);

    /// <summary>Lets time pass, until whoever it woke waits again, or all is over.</summary>
    public async Task PassAsync(TimeSpan span, Task? over = null)
    {
        var (set, fired) = (Volatile.Read(ref _set), Volatile.Read(ref _fired));
        Advance(span);
        await Until.TrueAsync(
            () => Volatile.Read(ref _set) - set >= Volatile.Read(ref _fired) - fired || over is { IsCompleted: true }, "a new timer of everybody who was woken", Pause);
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        // A limit, which is set by who begins a piece of work, is no wait; neither is what comes again by itself, or never.
        if (state is not Task || period != Timeout.InfiniteTimeSpan || dueTime == Timeout.InfiniteTimeSpan)
            return base.CreateTimer(callback, state, dueTime, period);
        var waiting = new Waiting(this);
        waiting.Timer = base.CreateTimer(
            s =>
            {
                if (waiting.Ends())
                    Interlocked.Increment(ref _fired);
                callback(s);
            },
            state, dueTime, period);
        Interlocked.Increment(ref _waiting);
        Interlocked.Increment(ref _set);
        return waiting;
    }

    private sealed class Waiting(CountedTime time) : ITimer
    {
        private int _ended;

        public ITimer? Timer { get; set; }

        public bool Ends()
        {
            var first = Interlocked.Exchange(ref _ended, 1) == 0;
            if (first)
                Interlocked.Decrement(ref time._waiting);
            return first;
        }

        public bool Change(TimeSpan dueTime, TimeSpan period) => Timer!.Change(dueTime, period);

        public void Dispose()
        {
            Ends();
            Timer!.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Ends();
            return Timer!.DisposeAsync();
        }
    }
}
