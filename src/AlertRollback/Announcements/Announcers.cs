using System.Net;
using System.Net.Sockets;
using AlertRollback.Announcements.Slack;
using AlertRollback.Announcements.Statuspage;
using AlertRollback.Operators;
using AlertRollback.Playbooks.StatusPages;
using AlertRollback.Rollbacks;
using AlertRollback.Storage;

namespace AlertRollback.Announcements;

/// <summary>The announcers that the operator's configuration asks for.</summary>
public static class Announcers
{
    /// <summary>Of one call; so long may a remote that hangs keep an announcer's other streams waiting.</summary>
    public static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(10);

    /// <summary>A client without loggers: addresses and headers of these calls hold credentials.</summary>
    /// <param name="connectTimeout">Part of the call's; half of it unless given.</param>
    public static HttpClient NewHttpClient(TimeSpan? connectTimeout = null) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        ConnectCallback = (context, cancellation) => ConnectAsync(context.DnsEndPoint, connectTimeout ?? CallTimeout / 2, cancellation),
    })
    { Timeout = CallTimeout };

    public static IReadOnlyList<IAnnouncer> From(OperatorConfiguration operators, HttpClient http, StatuspageComponents? components, Chronicle chronicle, TimeProvider time, ILoggerFactory logs)
    {
        List<IAnnouncer> announcers = [];
        if (Slack(operators, http, time) is { } slack)
            announcers.Add(new SlackAnnouncer(slack, operators, time));
        if (operators.Slack is { WebhookFile: { } webhook })
            announcers.Add(new SlackTextAnnouncer(new SlackIncomingWebhook(http, () => Secret(webhook), time), operators, time));
        if (operators.Statuspage is { } page && components is not null)
        {
            announcers.Add(new StatuspageAnnouncer(Statuspage(page, http, time), page.Page, components, operators, chronicle, time, logs.CreateLogger<StatuspageAnnouncer>()));
        }

        return announcers;
    }

    /// <summary>Slack by a bot's token; null: not configured.</summary>
    internal static SlackWebApi? Slack(OperatorConfiguration operators, HttpClient http, TimeProvider time) =>
        operators.Slack is { TokenFile: { } token } slack ? new SlackWebApi(http, () => Secret(token), time, Root(slack.Url)) : null;

    /// <summary>The status page as playbooks write to it.</summary>
    public static IStatusPage StatusPage(OperatorConfiguration operators, HttpClient http, StatuspageComponents? components, TimeProvider time) =>
        operators.Statuspage is { } page && components is not null ? new StatuspageNotices(Statuspage(page, http, time), page.Page, components, operators) : new NoStatusPage();

    /// <summary>What all that write to the status page have in common; one for the whole process.</summary>
    public static StatuspageComponents Components(StatuspageSettings page, HttpClient http, IJournal journal, TimeProvider time) => new(Statuspage(page, http, time), page.Page, journal);

    internal static StatuspageApi Statuspage(StatuspageSettings page, HttpClient http, TimeProvider time) =>
        new(http, Root(page.Url), () => Secret(page.TokenFile), time);

    // A connection that does not come about ends before the call does: then it is known that nothing was sent.
    private static async ValueTask<Stream> ConnectAsync(DnsEndPoint remote, TimeSpan within, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(remote, cancellation).AsTask().WaitAsync(within, TimeProvider.System, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // Read at every call, so that a rotated file is used at once. Unreadable is as good as empty: the call then says so.
    internal static string Secret(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static Uri Root(string url) => new(url.EndsWith('/') ? url : url + "/");
}
