using AlertRollback.Storage.Sqlite;

namespace AlertRollback.Storage;

/// <summary>Forgets once a day what is only needed to recognise repeats. Of events, only what a later one replaced is ever forgotten, see <see cref="Rollbacks.ConfigurationPruning"/>.</summary>
public sealed partial class JournalPruning(IJournal journal, TimeProvider time, ILogger<JournalPruning> log) : BackgroundService
{
    private static readonly TimeSpan Keep = TimeSpan.FromDays(7);
    private static readonly TimeSpan Every = TimeSpan.FromDays(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested && journal is SqliteJournal sqlite)
        {
            try
            {
                await sqlite.PruneAsync(time.GetUtcNow() - Keep, stoppingToken);
            }
            catch (JournalUnavailableException fault)
            {
                LogFault(log, fault);
            }

            await Task.Delay(Every, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "old receipts could not be forgotten; tried again tomorrow")]
    private static partial void LogFault(ILogger log, Exception fault);
}
