using System.Text.Json.Nodes;
using AlertRollback.Announcements.Statuspage;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Rollbacks;
using AlertRollback.Tests.Support.Stubs;
using Microsoft.Extensions.Logging;
using static AlertRollback.Tests.Announcements.Happenings;

namespace AlertRollback.Tests.Announcements.Statuspage;

public sealed partial class StatuspageAnnouncerTests : IDisposable
{
    private readonly StatuspageStub statuspage = new();
    private readonly Wire wire = new();
    private readonly HttpClient http;
    private readonly List<string> logged = [];

    public StatuspageAnnouncerTests()
    {
        http = new HttpClient(wire);
        statuspage.AddComponent("comp1", "Rental");
    }

    private JsonObject Incident => statuspage.Incidents.ShouldHaveSingleItem();

    private string? Component
    {
        get => (string?)statuspage.Components[0]["status"];
        set => statuspage.Components[0]["status"] = value;
    }

    private string Status => (string)Incident["status"]!;

    private int Writes => statuspage.Calls.Count(c => !c.StartsWith("GET", StringComparison.Ordinal));

    public void Dispose()
    {
        http.Dispose();
        statuspage.Dispose();
    }

    private StatuspageAnnouncer Announcer(AnnouncementWorld world, OperatorConfiguration? operators = null) => new(
        Api(world), StatuspageStub.Page, Components(world), operators ?? AnnouncementWorld.Operators, world.Chronicle, world.Time, new ListLogger(logged));

    private StatuspageNotices Notices(AnnouncementWorld world) => new(Api(world), StatuspageStub.Page, Components(world), AnnouncementWorld.Operators);

    // Of a process that just began: whatever is remembered comes from the journal.
    private StatuspageComponents Components(AnnouncementWorld world) => new(Api(world), StatuspageStub.Page, world.Journal);

    private StatuspageApi Api(AnnouncementWorld world) => new(http, statuspage.Root, () => StatuspageStub.Key, world.Time);

    private static IEnumerable<RollbackEvent> After(IEnumerable<RollbackEvent> earlier, IEnumerable<RollbackEvent> all) => all.Skip(earlier.Count());

    [Theory]
    [InlineData("in a method")]
    [InlineData("under on_failure")]
    [InlineData("in the playbook that takes over")]
    public async Task A_playbook_that_speaks_for_itself_gets_no_incident_besides(string where)
    {
        var own = new StepDefinition("statuspage", new JsonObject { ["maintenance"] = "begin" });
        var proposed = Proposed();
        var playbook = where switch
        {
            "in a method" => proposed.Playbook with { Methods = [proposed.Playbook.Methods[0] with { Steps = [own] }] },
            "under on_failure" => proposed.Playbook with { OnFailure = [own] },
            _ => proposed.Playbook with { Then = proposed.Playbook with { Before = [own] } },
        };
        await using var world = await AnnouncementWorld.StartAsync([proposed with { Playbook = playbook }, .. UntilActing().Skip(1)]);

        Announcer(world).Topics(world.Chronicle.Book).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_incident_goes_from_identified_over_monitoring_to_resolved_and_the_component_with_it()
    {
        await using var world = await AnnouncementWorld.StartAsync(UntilActing());
        await world.ToldAsync(Announcer(world));
        world.Time.GetUtcNow().ShouldBe(Noon + TimeSpan.FromMinutes(2), "it waits for publish_after");
        (Status, Component).ShouldBe(("identified", "major_outage"));
        ((string?)Incident["name"]).ShouldBe("Problems with Rental");

        await world.HappensAsync(After(UntilActing(), UntilVerifying()));
        await world.ToldAsync(Announcer(world));
        (Status, Component).ShouldBe(("identified", "major_outage"));

        await world.HappensAsync(After(UntilVerifying(), UntilStabilising()));
        await world.ToldAsync(Announcer(world));
        (Status, Component).ShouldBe(("monitoring", "major_outage"), "nothing is resolved before it was watched");

        await world.HappensAsync(After(UntilStabilising(), UntilRolledBack()));
        await world.ToldAsync(Announcer(world));
        (Status, Component).ShouldBe(("resolved", "operational"));
        Bodies().ShouldBe(
        [
            "Rental works again and has been stable since.",
            "We have undone a recent change to Rental and are watching whether it works well again.",
            "You may see errors or slow answers in Rental. A recent change is the likely cause, and we are undoing it now.",
        ]);
    }

    [Fact]
    public async Task Nothing_is_published_before_the_hold_is_over()
    {
        await using var world = await AnnouncementWorld.StartAsync(UntilActing());
        world.Time.Advance(TimeSpan.FromSeconds(119));
        (await world.TellAsync(Announcer(world))).Again.ShouldBe(Noon + TimeSpan.FromMinutes(2));
        statuspage.Calls.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("planned")]
    [InlineData("refused")]
    [InlineData("withdrawn")]
    [InlineData("verified before the hold was over")]
    [InlineData("rolled back before the hold was over")]
    [InlineData("failed, but nothing fires any more")]
    [InlineData("shadow")]
    [InlineData("component not granted")]
    public async Task Customers_hear_nothing_when(string what)
    {
        await using var world = await AnnouncementWorld.StartAsync(what switch
        {
            "planned" => UntilPlanned(),
            "refused" => [.. UntilPlanned(), .. BadEnd(Outcome.Refused, Reason.DeployedAfterAlert, "")],
            "withdrawn" => [.. UntilPlanned(), Resolved(), Closed(Outcome.Withdrawn, Reason.Resolved, "")],
            "verified before the hold was over" => UntilStabilising(),
            "rolled back before the hold was over" => UntilRolledBack(),
            "failed, but nothing fires any more" => [.. UntilActing(), Resolved(), .. BadEnd(Outcome.Failed, Reason.RolloutFailed, "")],
            "shadow" => [Proposed(shadow: true), .. UntilActing().Skip(1)],
            _ => UntilActing(),
        });
        var operators = what == "component not granted" ? AnnouncementWorld.Operators with { Teams = new Dictionary<string, TeamGrants> { ["rental"] = new() } } : null;
        world.Time.Advance(TimeSpan.FromHours(1));
        var announcer = Announcer(world, operators);
        foreach (var (stream, _) in announcer.Topics(world.Chronicle.Book).ToList())
            await world.ToldAsync(announcer, stream);
        statuspage.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_run_that_only_looks_is_no_outage()
    {
        var looks = PlanMade().Plan with { Steps = [PlanMade().Plan.Steps[0] with { Action = "check", HasSuspect = false, ChangesProduction = false }] };
        await using var world = await AnnouncementWorld.StartAsync([Proposed(), GuardsPass(), new RollbackEvent.PlanMade(looks), .. After(UntilPlanned(), UntilActing())]);
        world.Time.Advance(TimeSpan.FromHours(1));
        await world.ToldAsync(Announcer(world));
        statuspage.Calls.ShouldBeEmpty();

        await world.HappensAsync(new RollbackEvent.FallbackStarted(Reason.CheckFailed, ""), FallbackPlanned(0, "scale", "3 replicas", "6 replicas", changes: true));
        await world.ToldAsync(Announcer(world));
        Status.ShouldBe("investigating", "a step of on_failure changes something");
    }

    [Theory]
    [InlineData(Outcome.Failed, Reason.CheckFailed)]
    [InlineData(Outcome.Inconclusive, Reason.Inconclusive)]
    [InlineData(Outcome.Ineffective, Reason.Ineffective)]
    [InlineData(Outcome.Superseded, Reason.Superseded)]
    [InlineData(Outcome.Stopped, Reason.StoppedByPerson)]
    public async Task A_bad_end_leaves_the_incident_open_for_people(Outcome outcome, Reason reason)
    {
        await using var world = await AnnouncementWorld.StartAsync(UntilActing());
        await world.ToldAsync(Announcer(world));
        await world.HappensAsync(BadEnd(outcome, reason, "internal words"));
        await world.ToldAsync(Announcer(world));

        (Status, Component).ShouldBe(("investigating", "major_outage"));
        Bodies()[0].ShouldBe("The problem with Rental is not solved yet. Our team is working on it.");
    }

    [Theory]
    [InlineData(Reason.Superseded, true, "resolved", "operational", "We have seen no more problems with Rental since we took action.")]
    [InlineData(Reason.Superseded, false, "investigating", "major_outage", "The problem with Rental is not solved yet. Our team is working on it.")]
    [InlineData(Reason.DeployedAgain, true, "investigating", "major_outage", "The problem with Rental is not solved yet. Our team is working on it.")]
    public async Task What_is_deployed_during_the_watch_ends_the_incident_unless_it_is_what_was_undone(Reason reason, bool resolved, string status, string component, string body)
    {
        await using var world = await AnnouncementWorld.StartAsync(UntilActing());
        await world.ToldAsync(Announcer(world));
        await world.HappensAsync([.. After(UntilActing(), UntilStabilising()), .. resolved ? [Resolved()] : Array.Empty<RollbackEvent>(), .. BadEnd(Outcome.Superseded, reason, "internal words")]);
        await world.ToldAsync(Announcer(world));

        (Status, Component, Bodies()[0]).ShouldBe((status, component, body));
    }

    [Fact]
    public async Task Closed_as_good_while_the_alert_fires_stays_monitoring_until_it_is_known()
    {
        await using var world = await AnnouncementWorld.StartAsync(UntilActing());
        await world.ToldAsync(Announcer(world));
        await world.HappensAsync([.. After(UntilActing(), UntilStabilising()), Closed(Outcome.RolledBack, Reason.Applied, "")]);
        await world.ToldAsync(Announcer(world));
        Status.ShouldBe("monitoring");

        await world.HappensAsync(new RollbackEvent.FoundIneffective("still fires"));
        await world.ToldAsync(Announcer(world));
        (Status, Component).ShouldBe(("investigating", "major_outage"));
    }

    [Theory]
    [InlineData("status")]
    [InlineData("name")]
    [InlineData("update")]
    [InlineData("deleted")]
    public async Task What_a_person_changed_is_never_overwritten(string what)
    {
        await using var world = await AnnouncementWorld.StartAsync(UntilActing());
        await world.ToldAsync(Announcer(world));
        switch (what)
        {
            case "status": Incident["status"] = "investigating"; break;
            case "name": Incident["name"] = "Database trouble"; break;
            case "update": ((JsonArray)Incident["incident_updates"]!).Insert(0, new JsonObject { ["id"] = "hers", ["status"] = "identified", ["body"] = "By hand." }); break;
            case "deleted": statuspage.Incidents.Clear(); break;
        }

        var before = (statuspage.Incidents.FirstOrDefault()?.ToJsonString(), Component, Writes);
        await world.HappensAsync(After(UntilActing(), UntilStabilising()));
        await world.ToldAsync(Announcer(world));
        await world.HappensAsync(After(UntilStabilising(), UntilRolledBack()));
        await world.ToldAsync(Announcer(world));
        (statuspage.Incidents.FirstOrDefault()?.ToJsonString(), Component, Writes).ShouldBe(before);
        logged.ShouldHaveSingleItem().ShouldContain("left to people");
    }

    [Fact]
    public async Task A_create_whose_answer_was_lost_is_found_and_not_repeated()
    {
        await using var world = await AnnouncementWorld.StartAsync(UntilActing());
        world.Time.Advance(TimeSpan.FromMinutes(3));
        wire.Lose = 3;
        (await world.TellAsync(Announcer(world))).Trouble.ShouldNotBeNull();
        statuspage.Incidents.Count.ShouldBe(1, "the third call created it");
        await world.HappensAsync(After(UntilActing(), UntilStabilising()));
        await world.ToldAsync(Announcer(world));
        Status.ShouldBe("monitoring");
        Bodies().Length.ShouldBe(2);
    }

    [Theory]
    [InlineData(true, 2)]
    [InlineData(false, 2)]
    public async Task An_update_of_unknown_outcome_is_looked_for_before_it_is_repeated(bool carriedOut, int updates)
    {
        await using var world = await AnnouncementWorld.StartAsync(UntilActing());
        await world.ToldAsync(Announcer(world));
        await world.HappensAsync(After(UntilActing(), UntilStabilising()));
        if (carriedOut) wire.Lose = 4;
        else statuspage.FailAt(4, new StubFault.Status(502, CarriedOut: false));
        (await world.TellAsync(Announcer(world))).Trouble.ShouldNotBeNull();
        await world.ToldAsync(Announcer(world));
        Status.ShouldBe("monitoring");
        Bodies().Length.ShouldBe(updates);
    }

    [Fact]
    public async Task Nothing_of_an_alert_or_of_our_insides_reaches_customers()
    {
        await using var world = await AnnouncementWorld.StartAsync([Proposed(summary: "db-7.internal <b>", alert: "SecretProject"), .. UntilActing().Skip(1)]);
        await world.ToldAsync(Announcer(world));
        await world.HappensAsync(BadEnd(Outcome.Failed, Reason.RolloutFailed, "pod db-7.internal crashed"));
        await world.ToldAsync(Announcer(world));
        var page = Incident.ToJsonString();
        foreach (var word in new[] { "db-7", "SecretProject", "rental:2.0", "deployment", "critical band" })
            page.ShouldNotContain(word);
    }

    private string[] Bodies() => [.. Incident["incident_updates"]!.AsArray().Select(u => (string)u!["body"]!)];

    private sealed class ListLogger(List<string> lines) : ILogger<StatuspageAnnouncer>
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Add(formatter(state, exception));
    }
}
