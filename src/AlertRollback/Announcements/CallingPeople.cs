using AlertRollback.Announcements.Slack;
using AlertRollback.Matrix;
using AlertRollback.Operators;

namespace AlertRollback.Announcements;

/// <summary>
/// Whether anybody hears a call. Slack is the only way to people, by a bot's token or an incoming webhook: the status page
/// tells customers, and calls nobody.
/// </summary>
public sealed partial class CallingPeople(OperatorConfiguration operators, MatrixSource matrix, SlackReach reach, ILogger<CallingPeople> log) : IHostedService
{
    private const string NoSlack = "no Slack is configured";

    // What concerns no service alone is told in the operator's channel only.
    private const string NewsUnheard =
        "nobody hears that the kill switch is on, that too much was rolled back at once, that a matrix is faulty or that alerts are refused: give \"slack\" of the operator's configuration a \"channel\"";

    /// <summary>A sentence for each lack, as it is now; what Slack itself was asked for among them.</summary>
    public IReadOnlyList<string> Lacks => [.. LacksOf(operators, matrix.Current?.Services ?? []), .. reach.Faults];

    /// <summary>Logs each as a warning; to be started after the matrix was loaded.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var sentence in Lacks)
            LogLack(sentence);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Why nobody can be called to this service; null: somebody can.</summary>
    public static string? ObstacleFor(ServiceDefinition service, OperatorConfiguration operators) => operators.Slack switch
    {
        null => NoSlack,
        // The webhook's address has its channel in it.
        { WebhookFile: null } when SlackRoles.ChannelOf(service.Team, service.Slack, operators) is null => $"no Slack channel is configured for {service.Name}",
        _ => null,
    };

    /// <summary>The same for a configuration and services, with the remedy. None where everything is only planned: nobody is called to that.</summary>
    public static IReadOnlyList<string> LacksOf(OperatorConfiguration operators, IEnumerable<ServiceDefinition> services)
    {
        if (operators.Shadow)
            return [];
        if (operators.Slack is null)
            return [$"nobody can be called or asked: {NoSlack}. Add \"slack\" to the operator's configuration, or look at \"alertrollback rollbacks --open\" and \"alertrollback task list\" yourself"];
        var mute = services.Where(s => ObstacleFor(s, operators) is not null).Select(s => s.Name).Order(StringComparer.Ordinal).ToList();
        IEnumerable<string> lacks = mute.Count == 0
            ? []
            : [$"nobody can be called or asked about {string.Join(", ", mute)}: no Slack channel is configured for that. Give \"slack\" of the operator's configuration a \"channel\", or the service a \"slack\""];
        return operators.Slack is { WebhookFile: null, Channel: null } ? [.. lacks, NewsUnheard] : [.. lacks];
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Sentence}")]
    private partial void LogLack(string sentence);
}
