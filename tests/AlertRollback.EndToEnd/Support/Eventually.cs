using System.Diagnostics;

namespace AlertRollback.EndToEnd.Support;

/// <summary>Asks again until the answer is there or the time is over. Real processes have no other clock to wait on.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    public static async Task<T> GetAsync<T>(string what, TimeSpan within, Func<Task<T?>> ask)
        where T : class
    {
        var watch = Stopwatch.StartNew();
        string? last = null;
        while (watch.Elapsed < within)
        {
            try
            {
                if (await ask() is { } answer)
                    return answer;
                last = "not yet";
            }
            catch (Exception fault) when (fault is HttpRequestException or ShouldAssertException or TaskCanceledException && !TestContext.Current.CancellationToken.IsCancellationRequested)
            {
                last = fault.Message;
            }

            await Task.Delay(Pause, TimeProvider.System, TestContext.Current.CancellationToken);
        }

        throw new TimeoutException($"{what}: not within {within.TotalSeconds:0} s ({last})");
    }

    public static Task BeAsync(string what, TimeSpan within, Func<Task<bool>> ask) => GetAsync<object>(what, within, async () => await ask() ? what : null);

    public static Task BeAsync(string what, TimeSpan within, Func<bool> ask) => BeAsync(what, within, () => Task.FromResult(ask()));
}
