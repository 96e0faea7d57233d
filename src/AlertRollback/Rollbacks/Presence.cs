using System.Globalization;
using AlertRollback.Storage;

namespace AlertRollback.Rollbacks;

/// <summary>
/// When the process before this one was last there: how long nobody was there is told by that, and not by
/// a run that was silent because a step of it took long.
/// </summary>
public sealed class Presence(IJournal journal, TimeProvider time) : BackgroundService
{
    public const string LastSeen = "process/last-seen";

    // An absence is judged in quarters of an hour.
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    // One that dies again before it has looked at its rollbacks was not there: it must not hide how long nobody was.
    private static readonly TimeSpan Settled = TimeSpan.FromMinutes(5);

    /// <summary>Null: it was of a version that did not say so, or there was none.</summary>
    public DateTimeOffset? Before { get; private set; }

    /// <summary>Reads what the process before this one left; call once, before the workers begin.</summary>
    public async Task LoadAsync(CancellationToken cancellation) =>
        Before = await journal.DocumentAsync(LastSeen, cancellation) is { } text && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out var at) ? at : null;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await WaitAsync(Settled, stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await journal.SaveDocumentAsync(LastSeen, time.GetUtcNow().ToString("O", CultureInfo.InvariantCulture), stoppingToken);
            }
            catch (JournalUnavailableException)
            {
                // Whoever writes more often says so; an absence that seems longer than it was only asks once more.
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }

            await WaitAsync(Every, stoppingToken);
        }
    }

    private async Task WaitAsync(TimeSpan span, CancellationToken stopping) => await Task.Delay(span, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
