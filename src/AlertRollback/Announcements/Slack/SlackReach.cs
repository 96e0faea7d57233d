using System.Security.Cryptography;
using System.Text;
using AlertRollback.Matrix;
using AlertRollback.Operators;

namespace AlertRollback.Announcements.Slack;

/// <summary>
/// Whether Slack would take what has to be told: asked before there is anything, at the start and when the token or the channels
/// are others, so that the first rollback is not what finds it out. Only reads, and holds up nobody.
/// </summary>
/// <param name="services">Those of the matrix in use.</param>
public sealed partial class SlackReach(
    OperatorConfiguration operators, Func<IEnumerable<ServiceDefinition>> services, HttpClient http, TimeProvider time, ILogger<SlackReach> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    // What stands in the way is mended at Slack, too, where nothing here changes.
    private static readonly TimeSpan Again = TimeSpan.FromMinutes(5);

    private readonly SlackWebApi? _slack = Announcers.Slack(operators, http, time);
    private volatile IReadOnlyList<string> _faults = [];
    private string? _asked;
    private DateTimeOffset _askedAt;

    /// <summary>A sentence for each thing that stands in the way, as it was when Slack was last asked.</summary>
    public IReadOnlyList<string> Faults => _faults;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_slack is null)
            return;
        using var timer = new PeriodicTimer(Every, time);
        do
        {
            try
            {
                await LookAsync(_slack, stoppingToken);
            }
            catch (Exception fault) when (fault is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
            {
                LogNotAsked(fault);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task LookAsync(SlackWebApi slack, CancellationToken cancellation)
    {
        var channels = services().Select(s => SlackRoles.ChannelOf(s.Team, s.Slack, operators)).Append(operators.Slack!.Channel)
            .OfType<string>().Distinct().Order(StringComparer.Ordinal).ToList();
        var now = $"{Digest(Announcers.Secret(operators.Slack.TokenFile!))} {string.Join(' ', channels)}";
        if (now == _asked && (_faults.Count == 0 || time.GetUtcNow() - _askedAt < Again))
            return;
        if (await AskAsync(slack, channels, cancellation) is not { } faults)
            return;
        foreach (var fault in faults.Except(_faults))
            LogFault(fault);
        (_faults, _asked, _askedAt) = (faults, now, time.GetUtcNow());
    }

    /// <summary>Null: Slack wants to be asked later.</summary>
    private static async Task<List<string>?> AskAsync(SlackWebApi slack, List<string> channels, CancellationToken cancellation)
    {
        var token = await slack.AuthTestAsync(cancellation);
        if (token is not RemoteAnswer<SlackIdentity>.Ok)
            return token is RemoteAnswer<SlackIdentity>.RateLimited ? null : [$"nobody can be called or asked: {Why(token)}"];
        var faults = new List<string>();
        foreach (var channel in channels.Where(c => !SlackSearch.IsId(c)))
        {
            switch (await slack.ChannelIdAsync(channel, cancellation))
            {
                case RemoteAnswer<string?>.RateLimited:
                    return null;
                case RemoteAnswer<string?>.Ok(null, _):
                    faults.Add($"nobody can be called or asked in {channel}: the Slack app sees no channel of that name. Mend the name, or invite the app there");
                    break;
                case RemoteAnswer<string?>.Ok:
                    break;
                case var answer:
                    return [.. faults, $"whether the Slack app sees {channel} cannot be told: {Why(answer)}"];
            }
        }

        return faults;
    }

    private static string Why<T>(RemoteAnswer<T> answer) => answer is RemoteAnswer<T>.Refused refused ? refused.Explanation : "Slack does not answer";

    private static string Digest(string secret) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Sentence}")]
    private partial void LogFault(string sentence);

    [LoggerMessage(Level = LogLevel.Error, Message = "whether Slack takes what has to be told could not be asked")]
    private partial void LogNotAsked(Exception fault);
}
