using AlertRollback.Matrix;
using AlertRollback.Operators;

namespace AlertRollback.Announcements.Slack;

/// <summary>Whether Slack accepts the token, and has the channels for it that are written to.</summary>
/// <param name="services">Those of the matrix in use.</param>
public sealed class SlackReach(OperatorConfiguration operators, Func<IEnumerable<ServiceDefinition>> services, HttpClient http, TimeProvider time, ILogger<SlackReach> log)
    : Reach("slack", operators is { Slack.TokenFile: not null, Shadow: false }, time, log)
{
    private readonly SlackWebApi? _slack = Announcers.Slack(operators, http, time);

    protected override Question Now() => new(Announcers.Secret(operators.Slack!.TokenFile!), Channels());

    protected override async Task<IReadOnlyList<string>?> AskAsync(CancellationToken cancellation)
    {
        if (await _slack!.AuthTestAsync(cancellation) is var token and not RemoteAnswer<SlackIdentity>.Ok)
            return token is RemoteAnswer<SlackIdentity>.Refused { WorthRetrying: false } refused ? [$"nobody can be called or asked: {refused.Explanation}"] : null;
        var names = Channels().Where(c => !SlackSearch.IsId(c)).ToList();
        return names.Count == 0 ? [] : await _slack.ChannelsAsync(names, cancellation) switch
        {
            RemoteAnswer<IReadOnlyDictionary<string, SlackChannel>>.Ok(var found, _) => [.. names.Select(n => Fault(n, found.GetValueOrDefault(n))).OfType<string>()],
            // There are more than are looked through; by their names they are posted to all the same.
            RemoteAnswer<IReadOnlyDictionary<string, SlackChannel>>.Refused { Error: SlackWebApi.TooManyChannels } => [],
            RemoteAnswer<IReadOnlyDictionary<string, SlackChannel>>.Refused { WorthRetrying: false } refused => [$"whether the Slack app is in {string.Join(", ", names)} cannot be told: {refused.Explanation}"],
            _ => null,
        };
    }

    private List<string> Channels() =>
        [.. services().Select(s => SlackRoles.ChannelOf(s.Team, s.Slack, operators)).Append(operators.Slack!.Channel).OfType<string>().Distinct().Order(StringComparer.Ordinal)];

    private static string? Fault(string name, SlackChannel? channel) => channel switch
    {
        null => $"nobody can be called or asked in {name}: the Slack app sees no channel of that name. Mend the name, or invite the app there",
        { IsMember: false } => $"nobody can be called or asked in {name}: the Slack app is no member of it. Invite the app there",
        _ => null,
    };
}
