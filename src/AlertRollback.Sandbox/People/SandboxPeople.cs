using AlertRollback.Sandbox.People.Page;
using AlertRollback.Sandbox.People.Slack;
using AlertRollback.Sandbox.People.Statuspage;

namespace AlertRollback.Sandbox.People;

/// <param name="Channels">Names of Slack's channels.</param>
/// <param name="Components">The status page's components: names by id.</param>
/// <param name="Port">Of the page and both APIs; 0: any free port.</param>
public sealed record SandboxPeopleOptions(IReadOnlyList<string> Channels, IReadOnlyDictionary<string, string> Components, int Port = 0)
{
    public string SlackToken { get; init; } = "xoxb-sandbox";

    public string StatuspageToken { get; init; } = "sandbox-key";

    public string StatuspagePage { get; init; } = "sandboxpage";

    /// <summary>What the shipped rental matrix speaks of.</summary>
    public static SandboxPeopleOptions Rental { get; } =
        new(["#rental-ops"], new Dictionary<string, string> { ["rental"] = "Rental", ["accounts"] = "Customer accounts" });
}

/// <summary>Everything that people look at, on one port: the pretend Slack, the pretend status page, and a page that shows both beside the cluster.</summary>
public sealed class SandboxPeople : IAsyncDisposable
{
    internal const string WebhookPath = "/services/T0SANDBOX/B0SANDBOX/webhook";

    private readonly LoopbackServer server;

    private SandboxPeople(LoopbackServer server, PretendSlack slack, PretendStatuspage statuspage) =>
        (this.server, Slack, Statuspage) = (server, slack, statuspage);

    /// <summary>The page for people.</summary>
    public Uri PageAddress => server.Address;

    public Uri SlackRoot => new(server.Address, "api/");

    public Uri SlackWebhook => new(server.Address, WebhookPath);

    public Uri StatuspageRoot => new(server.Address, "v1/");

    public PretendSlack Slack { get; }

    public PretendStatuspage Statuspage { get; }

    /// <param name="cluster">Asked anew whenever the page is shown.</param>
    public static async Task<SandboxPeople> StartAsync(SandboxPeopleOptions options, TimeProvider time, Func<ClusterView>? cluster = null)
    {
        var slack = new PretendSlack(time, options.Channels);
        var statuspage = new PretendStatuspage(time, options.Components);
        var server = await LoopbackServer.StartAsync(options.Port, app =>
        {
            app.MapSlack(slack, options.SlackToken);
            app.MapStatuspage(statuspage, options.StatuspagePage, options.StatuspageToken);
            app.MapPage(slack, statuspage, cluster ?? (() => ClusterView.Empty));
        });
        return new SandboxPeople(server, slack, statuspage);
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();
}
