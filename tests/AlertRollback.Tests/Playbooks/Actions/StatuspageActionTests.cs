using System.Text.Json.Nodes;
using AlertRollback.Announcements.Statuspage;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Playbooks.StatusPages;
using AlertRollback.Tests.Playbooks.Contract;
using AlertRollback.Tests.Rollbacks;
using AlertRollback.Tests.Support.Stubs;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.Playbooks.Actions;

/// <summary>A status page with one component, and what earlier steps and playbooks left in the journal.</summary>
internal sealed class StatuspageWorld(string parameters) : ActionWorld, INoticeMemory
{
    private readonly FakeTimeProvider _time = new(Acting.Started);
    private readonly HttpClient _http = new();
    private readonly MemoryJournal _memory = new();
    private int _arranged;

    public StatuspageStub Stub { get; } = new();

    public List<KeptNotice> Journalled { get; } = [];

    public override ServiceDefinition Service => new("rental", "rental-api", null, null, null, new StatuspageTarget("Rental", TimeSpan.Zero));

    public override JsonObject Parameters => Acting.Json(parameters);

    public override string Before => States.Before;

    public override string After => States.After;

    public (string Before, string After) States { get; init; }

    public override int Writes => Stub.Calls.Count(c => !c.StartsWith("GET", StringComparison.Ordinal)) - _arranged;

    public override IEnumerable<(ServiceDefinition Service, Reason Reason)> Refused =>
    [
        (Service with { Statuspage = null }, Reason.NotGranted),
        (Service with { Statuspage = new StatuspageTarget("Somebody else's", TimeSpan.Zero) }, Reason.NotGranted),
    ];

    public override IAction Create()
    {
        var api = new StatuspageApi(_http, Stub.Root, () => StatuspageStub.Key, _time);
        var operators = Acting.Granting(new TeamGrants { Components = new Dictionary<string, string> { ["Rental"] = "comp1" } });
        return new StatuspageAction(new StatuspageNotices(api, StatuspageStub.Page, new StatuspageComponents(api, StatuspageStub.Page, _memory), operators), this);
    }

    public override Task<string> LookAsync() => Task.FromResult(Stub.Look(() =>
        string.Join("; ", Stub.Incidents.Select(i => $"{i["name"]}: {i["status"]}")) + $" [{Stub.Components[0]["status"]}]"));

    public KeptNotice? Latest(ServiceDefinition service, string kind, string key) => Journalled.LastOrDefault(n => n.Kind == kind && n.Key == key);

    public static StatuspageWorld New(string parameters, string before = " [operational]", string after = "")
    {
        var world = new StatuspageWorld(parameters) { States = (before, after) };
        world.Stub.AddComponent("comp1", "Rental");
        return world;
    }

    /// <summary>A step of an earlier playbook, with its mark in the journal.</summary>
    public async Task<StepOutcome> EarlierAsync(string parameters, string stepKey)
    {
        var journal = new FakeStepJournal();
        var context = Acting.Context(Service, journal: journal, stepKey: stepKey);
        var outcome = await Create().ApplyAsync(context, await Create().PinAsync(context, Acting.Json(parameters)));
        if (journal.Marks.TryGetValue(KeptNotice.MarkName, out var mark))
            Journalled.Add(KeptNotice.FromJson(mark)!);
        _arranged += Writes;
        return outcome;
    }

    public override ValueTask DisposeAsync()
    {
        _http.Dispose();
        Stub.Dispose();
        return ValueTask.CompletedTask;
    }
}

internal sealed class StatuspageIncidentUse : ActionUse
{
    public override Type Action => typeof(StatuspageAction);

    public override string Way => " (incident)";

    // It is left to people, and the rollback goes on: see the tests of its own.
    public override bool SeesOthers => false;

    public override Task<ActionWorld> ArrangeAsync(bool real) => Task.FromResult<ActionWorld>(StatuspageWorld.New(
        """{"incident": "open", "name": "Degradation", "text": "We are looking into it.", "component": "partial_outage"}""", after: "Degradation: investigating [partial_outage]"));
}

internal sealed class StatuspageMaintenanceUse : ActionUse
{
    public override Type Action => typeof(StatuspageAction);

    public override string Way => " (maintenance)";

    public override bool SeesOthers => false;

    public override async Task<ActionWorld> ArrangeAsync(bool real)
    {
        var world = StatuspageWorld.New("""{"maintenance": "begin"}""", "Upgrade: scheduled [operational]", "Upgrade: in_progress [under_maintenance]");
        await world.EarlierAsync("""{"maintenance": "schedule", "name": "Upgrade", "text": "Short interruptions."}""", "announce/0");
        return world;
    }
}

public sealed class StatuspageActionTests : IAsyncLifetime
{
    private const string Open = """{"incident": "open", "name": "Degradation of ${service}", "text": "Since <b>noon</b>.", "component": "major_outage"}""";
    private const string Schedule = """{"maintenance": "schedule", "name": "Upgrade", "text": "Short interruptions.", "starts_at": "2026-12-01T22:00:00Z", "lasts": "2h"}""";

    private readonly StatuspageWorld _world = StatuspageWorld.New("{}");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"incident": "open", "maintenance": "begin"}""")]
    [InlineData("""{"incident": "open", "name": "a"}""")]
    [InlineData("""{"incident": "update"}""")]
    [InlineData("""{"incident": "resolve", "component": "partial_outage"}""")]
    [InlineData("""{"maintenance": "begin", "lasts": "1h"}""")]
    [InlineData("""{"maintenance": "schedule", "name": "a", "text": "b", "starts_at": "tomorrow"}""")]
    public void Faults_are_found_when_the_matrix_is_loaded(string parameters) => _world.Create().Validate(Acting.Json(parameters)).ShouldHaveSingleItem();

    [Fact]
    public async Task An_incident_goes_its_whole_way_across_playbooks()
    {
        await _world.EarlierAsync(Open, "outage/0");
        await _world.EarlierAsync("""{"incident": "update", "status": "monitoring", "text": "Better."}""", "outage/5");
        (await _world.LookAsync()).ShouldBe("Degradation of rental-api: monitoring [major_outage]");
        await _world.EarlierAsync("""{"incident": "resolve"}""", "outage_over/0");

        (await _world.LookAsync()).ShouldBe("Degradation of rental-api: resolved [operational]");
        _world.Stub.Incidents[0]["incident_updates"]!.AsArray().Select(u => u!["body"]!.ToString()).ShouldBe(["This is resolved.", "Better.", "Since ‹b›noon‹/b›."]);
    }

    [Fact]
    public async Task A_maintenance_goes_its_whole_way_and_ends_completed()
    {
        await _world.EarlierAsync(Schedule, "announce/0");
        var planned = _world.Stub.Incidents.Single();
        (planned["scheduled_for"]!.ToString(), planned["scheduled_until"]!.ToString()).ShouldBe(("2026-12-01T22:00:00Z", "2026-12-02T00:00:00Z"));
        foreach (var (verb, state) in new[] { ("begin", "in_progress [under_maintenance]"), ("verify", "verifying [under_maintenance]"), ("complete", "completed [operational]") })
        {
            await _world.EarlierAsync($$"""{"maintenance": "{{verb}}"}""", verb);
            (await _world.LookAsync()).ShouldBe($"Upgrade: {state}");
        }
    }

    [Fact]
    public async Task What_was_announced_is_not_announced_again_until_it_is_over()
    {
        await _world.EarlierAsync(Schedule, "announce/0");
        (await _world.EarlierAsync(Schedule, "begin/0")).ShouldBeOfType<StepOutcome.Done>().Reason.ShouldBe(Reason.AlreadyAtTarget);
        _world.Stub.Incidents.Count.ShouldBe(1);

        await _world.EarlierAsync("""{"maintenance": "begin"}""", "begin/1");
        await _world.EarlierAsync("""{"maintenance": "complete"}""", "end/0");
        await _world.EarlierAsync(Schedule, "announce/1");
        _world.Stub.Incidents.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData("status", "\"verifying\"", "its status is Verifying and not InProgress")]
    [InlineData("name", "\"Another name\"", "its name was changed")]
    public async Task What_a_person_changed_is_left_to_people_and_the_playbook_goes_on(string field, string value, string change)
    {
        await _world.EarlierAsync(Schedule, "announce/0");
        await _world.EarlierAsync("""{"maintenance": "begin"}""", "begin/0");
        _world.Stub.Incidents[0][field] = JsonNode.Parse(value);
        var before = await _world.LookAsync();

        var outcome = (await _world.EarlierAsync("""{"maintenance": "complete"}""", "end/0")).ShouldBeOfType<StepOutcome.Done>();
        outcome.Reason.ShouldBe(Reason.Superseded);
        outcome.Text.ShouldEndWith(change);
        (await _world.LookAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task A_component_that_a_person_set_stays_as_it_is()
    {
        await _world.EarlierAsync(Schedule, "announce/0");
        _world.Stub.Components[0]["status"] = "major_outage";
        await _world.EarlierAsync("""{"maintenance": "begin"}""", "begin/0");
        (await _world.LookAsync()).ShouldBe("Upgrade: in_progress [major_outage]");
        await _world.EarlierAsync("""{"maintenance": "complete"}""", "end/0");
        (await _world.LookAsync()).ShouldBe("Upgrade: completed [major_outage]");
    }

    [Fact]
    public async Task S20_a_create_whose_answer_was_lost_is_looked_for_and_not_repeated()
    {
        var journal = new FakeStepJournal();
        var context = Acting.Context(_world.Service, journal: journal);
        var pin = await _world.Create().PinAsync(context, Acting.Json(Open));
        // The component and what is open on it are read first.
        _world.Stub.FailAt(3, new StubFault.Status(502, CarriedOut: true));

        (await _world.Create().ApplyAsync(context, pin)).ShouldBeOfType<StepOutcome.CannotTell>().Reason.ShouldBe(Reason.OutcomeUnknown);
        (await _world.Create().ApplyAsync(context with { Attempt = 2 }, pin)).ShouldBeOfType<StepOutcome.Done>();
        _world.Stub.Incidents.Count.ShouldBe(1);
        journal.Marks.Keys.ShouldContain(KeptNotice.MarkName);
    }

    [Fact]
    public async Task An_update_whose_answer_was_lost_is_not_written_twice()
    {
        await _world.EarlierAsync(Open, "outage/0");
        var context = Acting.Context(_world.Service, stepKey: "outage/1");
        var pin = await _world.Create().PinAsync(context, Acting.Json("""{"incident": "update", "status": "identified", "text": "It is the database."}"""));
        // The incident is read twice, then the component and what is open on it.
        _world.Stub.FailAt(5, new StubFault.Status(502, CarriedOut: true));

        (await _world.Create().ApplyAsync(context, pin)).ShouldBeOfType<StepOutcome.CannotTell>();
        (await _world.Create().ApplyAsync(context with { Attempt = 2 }, pin)).ShouldBeOfType<StepOutcome.Done>();
        _world.Stub.Incidents[0]["incident_updates"]!.AsArray().Count.ShouldBe(2);
    }

    [Fact]
    public async Task Where_nothing_was_opened_that_is_said_and_nobody_is_kept_from_working()
    {
        foreach (var step in new[] { """{"maintenance": "begin"}""", """{"maintenance": "complete"}""", """{"incident": "resolve"}""" })
        {
            var done = (await _world.EarlierAsync(step, "begin/0")).ShouldBeOfType<StepOutcome.Done>();
            done.Reason.ShouldBe(Reason.NotFound);
            done.Text.ShouldEndWith("of rental-api is open, and nothing is said on the status page");
        }

        (await _world.LookAsync()).ShouldBe(" [operational]");
    }

    [Theory]
    [InlineData("begin", false)]
    [InlineData("verify", false)]
    [InlineData("complete", true)]
    public async Task What_is_over_is_not_gone_on_with(string verb, bool repeatsItsEnd)
    {
        await _world.EarlierAsync(Schedule, "announce/0");
        await _world.EarlierAsync("""{"maintenance": "begin"}""", "begin/0");
        await _world.EarlierAsync("""{"maintenance": "complete"}""", "end/0");

        var done = (await _world.EarlierAsync($$"""{"maintenance": "{{verb}}"}""", "next/0")).ShouldBeOfType<StepOutcome.Done>();

        done.Reason.ShouldBe(repeatsItsEnd ? Reason.AlreadyAtTarget : Reason.NotFound);
        (await _world.LookAsync()).ShouldBe("Upgrade: completed [operational]");
        _world.Stub.Incidents[0]["incident_updates"]!.AsArray().Count.ShouldBe(3);
    }

    [Fact]
    public async Task No_second_one_is_opened_while_the_one_that_is_open_cannot_be_read()
    {
        await _world.EarlierAsync(Schedule, "announce/0");
        _world.Stub.FailAt(1, new StubFault.Status(502, CarriedOut: false));

        (await _world.EarlierAsync(Schedule, "begin/0")).ShouldBeOfType<StepOutcome.CannotTell>().Reason.ShouldBe(Reason.ApiError);
        _world.Stub.Incidents.Count.ShouldBe(1);
    }
}
