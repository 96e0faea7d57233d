using System.Runtime.CompilerServices;

namespace AlertRollback.Tests.Support;

/// <summary>
/// Waits in real time for what threads, sockets and clusters do by themselves, never longer than it takes. A test that waits in vain
/// fails, and says for what.
/// </summary>
internal static class Until
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    /// <param name="what">What is waited for; as it stands in the test when it is left out.</param>
    /// <param name="pause">Between two looks; 5 ms when it is left out.</param>
    /// <param name="clock">Another than the machine's.</param>
    public static async Task TrueAsync(
        Func<Task<bool>> happened, [CallerArgumentExpression(nameof(happened))] string what = "", TimeSpan? pause = null, TimeProvider? clock = null)
    {
        var (time, cancellation) = (clock ?? TimeProvider.System, TestContext.Current.CancellationToken);
        var end = time.GetUtcNow() + Longest;
        try
        {
            while (!await happened().WaitAsync(Left(), time, cancellation))
                await Task.Delay(Left() < (pause ?? Pause) ? Left() : pause ?? Pause, time, cancellation);
        }
        catch (TimeoutException) when (time.GetUtcNow() >= end)
        {
            throw new TimeoutException($"waited {Longest.TotalSeconds} s in vain for: {what}");
        }

        TimeSpan Left() => end - time.GetUtcNow() is var left && left > TimeSpan.Zero ? left : throw new TimeoutException();
    }

    /// <inheritdoc cref="TrueAsync(Func{Task{bool}}, string, TimeSpan?, TimeProvider?)"/>
    public static Task TrueAsync(
        Func<bool> happened, [CallerArgumentExpression(nameof(happened))] string what = "", TimeSpan? pause = null, TimeProvider? clock = null) =>
        TrueAsync(() => Task.FromResult(happened()), what, pause, clock);
}
