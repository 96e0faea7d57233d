using AlertRollback.Announcements;
using AlertRollback.Announcements.Slack;
using AlertRollback.Announcements.Statuspage;
using AlertRollback.Playbooks.StatusPages;
using AlertRollback.Sandbox;
using AlertRollback.Sandbox.People;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.Sandbox.People;

public sealed class SandboxPageTests : IAsyncLifetime
{
    private const string Hostile = "<script>alert(\"x\")</script>";

    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 1, 5, 10, 0, 0, TimeSpan.Zero));
    private readonly HttpClient http = new();
    private SandboxPeople people = null!;
    private ClusterView cluster = ClusterView.Empty;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => people = await SandboxPeople.StartAsync(SandboxPeopleOptions.Rental, time, () => cluster);

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await people.DisposeAsync();
    }

    [Fact]
    public async Task Before_anything_happened_the_page_says_so()
    {
        var page = await PageAsync("");
        page.ShouldContain("Nobody has written here");
        page.ShouldContain("Nothing is deployed.");
        page.ShouldContain("All systems operational");
        page.ShouldContain("No incidents reported");
        page.ShouldContain("No requests.");
    }

    [Fact]
    public async Task The_page_shows_messages_with_their_replies_and_that_they_were_edited()
    {
        var api = new SlackWebApi(http, () => SandboxPeopleOptions.Rental.SlackToken, time, people.SlackRoot);
        var place = Value(await api.PostAsync("#rental-ops", Message("rolling back"), new("rb-1", "summary"), null, Ct));
        (await PageAsync("view")).ShouldNotContain("(edited)");
        Value(await api.PostAsync("#rental-ops", Message("step done"), new("rb-1", "1"), place.Ts, Ct));
        Value(await api.UpdateAsync(place, Message("rolled back"), Ct));

        var page = await PageAsync("view");
        page.ShouldContain("<h3>rolled back</h3>");
        page.ShouldNotContain("rolling back");
        page.ShouldContain("(edited)");
        page.ShouldContain("1 reply");
        page.IndexOf("step done", StringComparison.Ordinal).ShouldBeGreaterThan(page.IndexOf("1 reply", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_page_shows_incident_component_pods_and_requests()
    {
        var api = new StatuspageApi(http, people.StatuspageRoot, () => SandboxPeopleOptions.Rental.StatuspageToken, time);
        await api.CreateIncidentAsync("sandboxpage", Incident("Rental: errors"), Ct);
        cluster = Cluster("rental-api:v2-errors", 12);

        var page = await PageAsync("view");
        page.ShouldContain("Rental: errors");
        page.ShouldContain("Major outage");
        page.ShouldContain("<b class=\"bad\">v2-errors</b>");
        page.ShouldContain("1 of 3");
        page.ShouldContain("<b>1</b> change, <b>1</b> dry run");
        page.ShouldContain("<b>12</b> reads");
    }

    [Fact]
    public async Task Whatever_is_shown_is_escaped()
    {
        var slack = new SlackWebApi(http, () => SandboxPeopleOptions.Rental.SlackToken, time, people.SlackRoot);
        Value(await slack.PostAsync("#rental-ops", Message(Hostile), new("rb-1", "summary"), null, Ct));
        var statuspage = new StatuspageApi(http, people.StatuspageRoot, () => SandboxPeopleOptions.Rental.StatuspageToken, time);
        await statuspage.CreateIncidentAsync("sandboxpage", Incident(Hostile), Ct);
        cluster = Cluster(Hostile, 1) with { Requests = [new RequestView(time.GetUtcNow(), Hostile, Hostile, 200)] };

        var page = await PageAsync("view");
        page.ShouldNotContain("<script");
        page.Split("&lt;script&gt;alert").Length.ShouldBeGreaterThan(6);
    }

    [Fact]
    public async Task The_page_runs_nothing_but_its_own_script()
    {
        using var response = await http.GetAsync(people.PageAddress, Ct);
        response.Headers.GetValues("Content-Security-Policy").ShouldHaveSingleItem().ShouldStartWith("default-src 'none'");
        var page = await response.Content.ReadAsStringAsync(Ct);
        page.ShouldContain("<script src=\"page.js\" defer></script>");
        foreach (var asset in new[] { "page.css", "page.js" }) (await PageAsync(asset)).ShouldNotBeEmpty();
    }

    private static SlackMessage Message(string text) => new(Mrkdwn.Escape(text), [new HeaderBlock(text), new ContextBlock([Mrkdwn.Code("rb-1")])]);

    private static NewIncident Incident(string name) => new(
        "rb-1", name, IncidentStatus.Identified, name, new Dictionary<string, ComponentStatus> { ["rental"] = ComponentStatus.MajorOutage });

    private static ClusterView Cluster(string image, int reads) => new(
        [new DeploymentView("production", "rental-api", image, "2", 3, [new RunningPod("rental-api-1", image, true), new RunningPod("rental-api-2", image, false)])],
        [
            .. Enumerable.Range(0, reads).Select(_ => new RequestView(DateTimeOffset.UnixEpoch, "GET", "/api", 200)),
            new RequestView(DateTimeOffset.UnixEpoch, "PATCH", "/apis/apps/v1/namespaces/production/deployments/rental-api?dryRun=All", 200),
            new RequestView(DateTimeOffset.UnixEpoch, "PATCH", "/apis/apps/v1/namespaces/production/deployments/rental-api", 200),
        ]);

    private Task<string> PageAsync(string path) => http.GetStringAsync(new Uri(people.PageAddress, path), Ct);

    private static T Value<T>(RemoteAnswer<T> answer) =>
        answer.ShouldBeOfType<RemoteAnswer<T>.Ok>().Value;
}
