using AlertRollback.Announcements;
using AlertRollback.Announcements.Statuspage;
using AlertRollback.Playbooks.StatusPages;
using AlertRollback.Sandbox.People;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.Sandbox.People;

public sealed class PretendStatuspageTests : IAsyncLifetime
{
    private const string Page = "sandboxpage";
    private static readonly Dictionary<string, ComponentStatus> Nothing = [];

    private readonly FakeTimeProvider time = new();
    private readonly HttpClient http = new();
    private SandboxPeople people = null!;
    private string key = SandboxPeopleOptions.Rental.StatuspageToken;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private StatuspageApi Api => new(http, people.StatuspageRoot, () => key, time);

    public async ValueTask InitializeAsync() => people = await SandboxPeople.StartAsync(SandboxPeopleOptions.Rental, time);

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await people.DisposeAsync();
    }

    [Fact]
    public async Task Our_client_opens_updates_finds_and_resolves_an_incident_and_sets_its_component()
    {
        var incident = Value(await Api.CreateIncidentAsync(Page, Incident("rb-1"), Ct));
        incident.Components.ShouldHaveSingleItem().Status.ShouldBe(ComponentStatus.PartialOutage);
        people.Statuspage.Components.Select(c => c.Status).ShouldBe(["partial_outage", "operational"]);
        Value(await Api.FindAsync(Page, "rb-1", Ct))!.Id.ShouldBe(incident.Id);

        var resolved = Value(await Api.UpdateIncidentAsync(Page, incident.Id, new IncidentChange(
            IncidentStatus.Resolved, "It works again.", new Dictionary<string, ComponentStatus> { ["rental"] = ComponentStatus.Operational }), Ct));

        resolved.Updates.Select(u => (u.Status, u.Body)).ShouldBe([(IncidentStatus.Resolved, "It works again."), (IncidentStatus.Identified, "Errors.")]);
        Value(await Api.UnresolvedIncidentsAsync(Page, Ct)).ShouldBeEmpty();
        Value(await Api.FindAsync(Page, "rb-1", Ct))!.Status.ShouldBe(IncidentStatus.Resolved, "found among the latest, though it is resolved");
        people.Statuspage.Components.Select(c => c.Status).ShouldBe(["operational", "operational"]);
    }

    [Fact]
    public async Task A_change_without_a_text_adds_nothing_to_the_history()
    {
        var incident = Value(await Api.CreateIncidentAsync(Page, Incident("rb-1"), Ct));
        var changed = Value(await Api.UpdateIncidentAsync(Page, incident.Id, new IncidentChange(IncidentStatus.Monitoring, null, Nothing), Ct));
        changed.Status.ShouldBe(IncidentStatus.Monitoring);
        Value(await Api.IncidentAsync(Page, incident.Id, Ct)).Updates.Count.ShouldBe(1);
    }

    [Fact]
    public async Task What_Statuspage_refuses_is_refused()
    {
        Error(await Api.CreateIncidentAsync(Page, Incident("rb-1", component: "unknown"), Ct)).ShouldBe("http_422");
        Error(await Api.UpdateIncidentAsync(Page, "inc999", new IncidentChange(null, "x", Nothing), Ct)).ShouldBe("http_404");
        Error(await Api.ComponentAsync("anotherpage", "rental", Ct)).ShouldBe("http_404");
        key = "another";
        Error(await Api.CreateIncidentAsync(Page, Incident("rb-1"), Ct)).ShouldBe("http_401");
        people.Statuspage.Incidents.ShouldBeEmpty();
        people.Statuspage.Components.ShouldAllBe(c => c.Status == "operational");
    }

    [Fact]
    public async Task A_maintenance_is_planned_and_never_becomes_an_incident()
    {
        var planned = new NewIncident("rb-1/steps/0", "Upgrade", IncidentStatus.Scheduled, "Short interruptions.", Nothing)
        {
            Planned = new PlannedMaintenance(time.GetUtcNow(), time.GetUtcNow() + TimeSpan.FromHours(1), "rental"),
        };
        var maintenance = Value(await Api.CreateIncidentAsync(Page, planned, Ct));
        maintenance.Status.ShouldBe(IncidentStatus.Scheduled);
        maintenance.Components.ShouldHaveSingleItem().Status.ShouldBe(ComponentStatus.Operational);

        Value(await Api.UpdateIncidentAsync(Page, maintenance.Id, new IncidentChange(IncidentStatus.Completed, "Done.", Nothing), Ct)).Status.ShouldBe(IncidentStatus.Completed);
        Error(await Api.UpdateIncidentAsync(Page, maintenance.Id, new IncidentChange(IncidentStatus.Resolved, "Done.", Nothing), Ct)).ShouldBe("http_422");
        Error(await Api.CreateIncidentAsync(Page, planned with { Planned = null }, Ct)).ShouldBe("http_422");
    }

    [Fact]
    public async Task An_outage_is_one()
    {
        people.Statuspage.IsDown = true;
        (await Api.CreateIncidentAsync(Page, Incident("rb-1"), Ct)).ShouldBeOfType<RemoteAnswer<StatuspageIncident>.OutcomeUnknown>();
        people.Statuspage.Incidents.ShouldBeEmpty();
    }

    private static NewIncident Incident(string rollback, string component = "rental") => new(
        rollback, "Rental: elevated errors", IncidentStatus.Identified, "Errors.",
        new Dictionary<string, ComponentStatus> { [component] = ComponentStatus.PartialOutage });

    private static T Value<T>(RemoteAnswer<T> answer) => answer.ShouldBeOfType<RemoteAnswer<T>.Ok>().Value;

    private static string Error<T>(RemoteAnswer<T> answer) => answer.ShouldBeOfType<RemoteAnswer<T>.Refused>().Error;
}
