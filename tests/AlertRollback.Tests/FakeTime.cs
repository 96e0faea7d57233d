using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests;

/// <summary>Time that leaps while the program under test sets its timers on threads of its own.</summary>
internal static class FakeTime
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Leaps at once, and once more every two seconds until it is cancelled. A program that reads the time before the leap
    /// and sets its timer after it waits for ever otherwise; busy machines do that.
    /// </summary>
    public static async Task LeapAsync(FakeTimeProvider time, TimeSpan span, CancellationToken done)
    {
        do
        {
            time.Advance(span);
            await Task.Delay(Quiet, TimeProvider.System, done).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
        while (!done.IsCancellationRequested);
    }
}
