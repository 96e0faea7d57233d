using System.Security.Cryptography;
using System.Text;

namespace AlertRollback.Announcements;

/// <summary>
/// Whether a remote would take what has to be told: asked before there is anything, at the start and when the credential or what is
/// asked for is another, so that the first rollback is not what finds it out. Only reads, and holds up nobody.
/// </summary>
/// <param name="name">The announcer's.</param>
/// <param name="isUsed">Nothing is asked otherwise: it is not configured, or nothing is told.</param>
public abstract partial class Reach(string name, bool isUsed, TimeProvider time, ILogger log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    // What stands in the way is mended at the remote, too, where nothing here changes.
    private static readonly TimeSpan Again = TimeSpan.FromMinutes(5);

    private volatile IReadOnlyList<string> _faults = [];
    private string? _asked;
    private DateTimeOffset? _askAgainAt;

    /// <summary>The announcer's.</summary>
    public string Name => name;

    /// <summary>A sentence for each thing that stands in the way, as it was when the remote was last asked.</summary>
    public IReadOnlyList<string> Faults => _faults;

    /// <param name="Credential">As it is now; only its digest is kept.</param>
    /// <param name="About">What is asked for.</param>
    protected readonly record struct Question(string Credential, IEnumerable<string> About);

    protected abstract Question Now();

    /// <summary>Null: it cannot be told at present, as the remote is away or wants to be asked later; what was known stays.</summary>
    protected abstract Task<IReadOnlyList<string>?> AskAsync(CancellationToken cancellation);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (isUsed)
        {
            try
            {
                await LookAsync(stoppingToken);
            }
            catch (Exception fault) when (fault is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
            {
                LogNotAsked(name, fault);
            }

            await Task.Delay(Every, time, stoppingToken);
        }
    }

    private async Task LookAsync(CancellationToken cancellation)
    {
        var question = Now();
        var now = $"{Digest(question.Credential)} {string.Join(' ', question.About)}";
        if (now == _asked && !(time.GetUtcNow() >= _askAgainAt))
            return;
        var faults = await AskAsync(cancellation);
        (_asked, _askAgainAt) = (now, faults is { Count: 0 } ? null : time.GetUtcNow() + Again);
        if (faults is null)
            return;
        foreach (var fault in faults.Except(_faults))
            LogFault(fault);
        _faults = faults;
    }

    private static string Digest(string secret) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Sentence}")]
    private partial void LogFault(string sentence);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Announcer}: whether it takes what has to be told could not be asked")]
    private partial void LogNotAsked(string announcer, Exception fault);
}
