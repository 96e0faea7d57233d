using System.Globalization;
using AlertRollback.Storage;

namespace AlertRollback.Rollbacks;

/// <summary>How long somebody has been there without a break.</summary>
/// <param name="Since">When this process began, or its machine last went on after it had stood still.</param>
/// <param name="Before">When somebody was last there before that; null: not known.</param>
/// <param name="StoodStill">The process is the same as before: it was suspended, or its machine was.</param>
public sealed record Attendance(DateTimeOffset Since, DateTimeOffset? Before, bool StoodStill = false);

/// <summary>
/// When somebody was last there before now: how long nobody was is told by that, and not by a run that was silent because a step of
/// it took long. Nobody is there between two processes, nor while this one is suspended.
/// </summary>
public sealed class Presence(IJournal journal, TimeProvider time) : BackgroundService
{
    public const string LastSeen = "process/last-seen";

    /// <summary>A process that could not even tell the time for so long was suspended; as long as what was said meanwhile may take to come.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    // An absence is judged in quarters of an hour.
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    // One that dies again before it has looked at its rollbacks was not there: it must not hide how long nobody was.
    private static readonly TimeSpan Settled = TimeSpan.FromMinutes(5);

    private readonly Lock _lock = new();
    private DateTimeOffset _seen = time.GetUtcNow();
    private Attendance _attendance = new(time.GetUtcNow(), null);

    /// <summary>Whoever asks finds out that the machine stood still, however soon after that.</summary>
    public Attendance Now
    {
        get
        {
            lock (_lock)
            {
                var now = time.GetUtcNow();
                if (now - _seen > LongestPause)
                    _attendance = new Attendance(now, _seen, StoodStill: true);
                _seen = now;
                return _attendance;
            }
        }
    }

    /// <summary>Reads what the process before this one left; call once, before the workers begin.</summary>
    public async Task LoadAsync(CancellationToken cancellation)
    {
        var before = await journal.DocumentAsync(LastSeen, cancellation) is { } text && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out var at) ? at : (DateTimeOffset?)null;

        // A long journal takes its time to be read, in which nobody stood still.
        lock (_lock)
            _attendance = new Attendance(_seen = time.GetUtcNow(), before);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(Every, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stoppingToken.IsCancellationRequested || time.GetUtcNow() - Now.Since < Settled)
                continue;
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
        }
    }
}
