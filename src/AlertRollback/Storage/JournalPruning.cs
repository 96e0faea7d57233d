namespace AlertRollback.Storage;

/// <summary>Keeps the journal from growing for ever: once a day each kind of thing is forgotten that is needed for a while only.</summary>
public sealed partial class JournalPruning(IEnumerable<IPruning> prunings, TimeProvider time, ILogger<JournalPruning> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromDays(1);

    // Side by side, so that one that fails, or takes long, keeps none of the others from its turn.
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(prunings.Select(p => PruneDailyAsync(p, stoppingToken)));

    private async Task PruneDailyAsync(IPruning pruning, CancellationToken stopping)
    {
        await WaitAsync(pruning.FirstAfter, stopping);
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await pruning.PruneAsync(stopping);
            }
            catch (Exception fault) when (fault is not OperationCanceledException || !stopping.IsCancellationRequested)
            {
                LogFault(log, pruning.What, fault);
            }

            await WaitAsync(Every, stopping);
        }
    }

    private async Task WaitAsync(TimeSpan span, CancellationToken stopping) => await Task.Delay(span, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{What} could not be forgotten; tried again tomorrow")]
    private static partial void LogFault(ILogger log, string what, Exception fault);
}
