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
    private DateTimeOffset? _askAgainAt;

    /// <summary>A sentence for each thing that stands in the way, as it was when Slack was last asked.</summary>
    public IReadOnlyList<string> Faults => _faults;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_slack is null || operators.Shadow)
            return;
        while (true)
        {
            try
            {
                await LookAsync(_slack, stoppingToken);
            }
            catch (Exception fault) when (fault is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
            {
                LogNotAsked(fault);
            }

            await Task.Delay(Every, time, stoppingToken);
        }
    }

    private async Task LookAsync(SlackWebApi slack, CancellationToken cancellation)
    {
        var channels = services().Select(s => SlackRoles.ChannelOf(s.Team, s.Slack, operators)).Append(operators.Slack!.Channel)
            .OfType<string>().Distinct().Order(StringComparer.Ordinal).ToList();
        var now = $"{Digest(Announcers.Secret(operators.Slack.TokenFile!))} {string.Join(' ', channels)}";
        if (now == _asked && !(time.GetUtcNow() >= _askAgainAt))
            return;
        var faults = await AskAsync(slack, channels, cancellation);
        (_asked, _askAgainAt) = (now, faults is [] ? null : time.GetUtcNow() + Again);
        if (faults is null)
            return;
        foreach (var fault in faults.Except(_faults))
            LogFault(fault);
        _faults = faults;
    }

    /// <summary>Null: it cannot be told at present, as Slack is away or wants to be asked later; what was known stays.</summary>
    private static async Task<List<string>?> AskAsync(SlackWebApi slack, List<string> channels, CancellationToken cancellation)
    {
        if (await slack.AuthTestAsync(cancellation) is var token and not RemoteAnswer<SlackIdentity>.Ok)
            return token is RemoteAnswer<SlackIdentity>.Refused { WorthRetrying: false } refused ? [$"nobody can be called or asked: {refused.Explanation}"] : null;
        var names = channels.Where(c => !SlackSearch.IsId(c)).ToList();
        return names.Count == 0 ? [] : await slack.ChannelsAsync(names, cancellation) switch
        {
            RemoteAnswer<IReadOnlyDictionary<string, SlackChannel>>.Ok(var found, _) => [.. names.Select(n => Fault(n, found.GetValueOrDefault(n))).OfType<string>()],
            // There are more than are looked through; by their names they are posted to all the same.
            RemoteAnswer<IReadOnlyDictionary<string, SlackChannel>>.Refused { Error: SlackWebApi.TooManyChannels } => [],
            RemoteAnswer<IReadOnlyDictionary<string, SlackChannel>>.Refused { WorthRetrying: false } refused => [$"whether the Slack app is in {string.Join(", ", names)} cannot be told: {refused.Explanation}"],
            _ => null,
        };
    }

    private static string? Fault(string name, SlackChannel? channel) => channel switch
    {
        null => $"nobody can be called or asked in {name}: the Slack app sees no channel of that name. Mend the name, or invite the app there",
        { IsMember: false } => $"nobody can be called or asked in {name}: the Slack app is no member of it. Invite the app there",
        _ => null,
    };

    private static string Digest(string secret) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Sentence}")]
    private partial void LogFault(string sentence);

    [LoggerMessage(Level = LogLevel.Error, Message = "whether Slack takes what has to be told could not be asked")]
    private partial void LogNotAsked(Exception fault);
}
