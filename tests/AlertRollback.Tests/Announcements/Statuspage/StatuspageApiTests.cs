using AlertRollback.Announcements;
using AlertRollback.Announcements.Statuspage;
using AlertRollback.Playbooks.StatusPages;
using AlertRollback.Tests.Support.Stubs;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.Announcements.Statuspage;

public sealed class StatuspageApiTests : IDisposable
{
    private const string Page = StatuspageStub.Page;

    private readonly StatuspageStub statuspage = new();
    private readonly FakeTimeProvider time = new();
    private readonly LostAnswers network = new();
    private readonly HttpClient http;
    private string key = StatuspageStub.Key;

    public StatuspageApiTests()
    {
        http = new HttpClient(network);
        statuspage.AddComponent("comp1", "Checkout");
        statuspage.AddComponent("comp2", "Search");
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private StatuspageApi Api => field ??= new StatuspageApi(http, statuspage.Root, () => key, time);

    public void Dispose()
    {
        http.Dispose();
        statuspage.Dispose();
    }

    [Fact]
    public async Task An_incident_goes_from_identified_to_resolved_with_its_component()
    {
        var created = Value(await CreateAsync());
        created.RollbackId.ShouldBe("rb-1");
        created.Status.ShouldBe(IncidentStatus.Identified);
        created.Components.ShouldHaveSingleItem().Status.ShouldBe(ComponentStatus.MajorOutage);

        var operational = new Dictionary<string, ComponentStatus> { ["comp1"] = ComponentStatus.Operational };
        Value(await Api.UpdateIncidentAsync(Page, created.Id, new(IncidentStatus.Resolved, "Fixed.", operational), Ct));

        var read = Value(await Api.IncidentAsync(Page, created.Id, Ct));
        read.Status.ShouldBe(IncidentStatus.Resolved);
        read.Updates.Select(u => (u.Status, u.Body)).ShouldBe([(IncidentStatus.Resolved, "Fixed."), (IncidentStatus.Identified, "We are on it.")]);
        Value(await Api.ComponentAsync(Page, "comp1", Ct)).Status.ShouldBe(ComponentStatus.Operational);
        statuspage.Notified.ShouldBe([true, true]);
    }

    [Fact]
    public async Task A_status_that_we_do_not_know_is_unknown_and_not_an_error()
    {
        statuspage.Incidents.Add(new() { ["id"] = "inc9", ["name"] = "Planned", ["status"] = "postmortem", ["metadata"] = null });
        Value(await Api.UnresolvedIncidentsAsync(Page, Ct)).ShouldHaveSingleItem()
            .ShouldSatisfyAllConditions(i => i.Status.ShouldBeNull(), i => i.RollbackId.ShouldBeNull());
    }

    [Fact]
    public async Task Unresolved_incidents_are_read_to_their_end()
    {
        for (var i = 0; i < 250; i++) statuspage.Incidents.Add(new() { ["id"] = $"inc{i}", ["status"] = "investigating" });
        Value(await Api.UnresolvedIncidentsAsync(Page, Ct)).Select(i => i.Id).Distinct().Count().ShouldBe(250);
        statuspage.Calls.Count.ShouldBe(3);
    }

    [Fact]
    public async Task Names_and_bodies_are_cut_to_what_Statuspage_takes()
    {
        var incident = Value(await CreateAsync(name: new string('n', 300), body: new string('b', 30_000)));
        incident.Name.Length.ShouldBe(255);
        incident.Updates[0].Body.ShouldEndWith("…");
    }

    [Fact]
    public async Task A_create_whose_answer_was_lost_is_found_again_even_when_a_person_resolved_it()
    {
        network.Drop = 1;
        (await CreateAsync()).ShouldBeOfType<RemoteAnswer<StatuspageIncident>.OutcomeUnknown>();
        Value(await Api.FindAsync(Page, "rb-1", Ct)).ShouldNotBeNull().Id.ShouldBe("inc1");

        statuspage.Incidents[0]["status"] = "resolved";
        Value(await Api.FindAsync(Page, "rb-1", Ct)).ShouldNotBeNull().Status.ShouldBe(IncidentStatus.Resolved);
        Value(await Api.FindAsync(Page, "rb-2", Ct)).ShouldBeNull();
    }

    [Fact]
    public async Task A_search_that_fails_is_not_a_search_that_found_nothing()
    {
        statuspage.Fail(new StubFault.Status(500, false));
        (await Api.FindAsync(Page, "rb-1", Ct)).ShouldBeOfType<RemoteAnswer<StatuspageIncident?>.Refused>().WorthRetrying.ShouldBeTrue();
    }

    [Theory]
    [InlineData(500, true)]
    [InlineData(503, false)]
    public async Task After_a_failure_only_what_adds_nothing_may_be_repeated(int status, bool carriedOut)
    {
        var id = Value(await CreateAsync()).Id;
        var nothing = new Dictionary<string, ComponentStatus>();
        statuspage.Fail(new StubFault.Status(status, carriedOut));
        (await CreateAsync()).ShouldBeOfType<RemoteAnswer<StatuspageIncident>.OutcomeUnknown>();
        statuspage.Fail(new StubFault.Status(status, carriedOut));
        (await Api.UpdateIncidentAsync(Page, id, new(null, "more", nothing), Ct)).ShouldBeOfType<RemoteAnswer<StatuspageIncident>.OutcomeUnknown>();
        statuspage.Fail(new StubFault.Status(status, carriedOut));
        (await Api.UpdateIncidentAsync(Page, id, new(IncidentStatus.Monitoring, null, nothing), Ct))
            .ShouldBeOfType<RemoteAnswer<StatuspageIncident>.Refused>().WorthRetrying.ShouldBeTrue();
    }

    [Theory]
    [InlineData(420, null, 60)]
    [InlineData(429, null, 60)]
    [InlineData(429, 7, 7)]
    public async Task Statuspage_is_left_alone_as_long_as_it_asked(int status, int? retryAfter, int seconds)
    {
        statuspage.Fail(new StubFault.RateLimit(retryAfter, status));
        (await CreateAsync()).ShouldBe(new RemoteAnswer<StatuspageIncident>.RateLimited(TimeSpan.FromSeconds(seconds)));
        (await Api.ComponentAsync(Page, "comp1", Ct)).ShouldBeOfType<RemoteAnswer<StatuspageComponent>.RateLimited>("the limit is the token's");
        statuspage.Calls.Count.ShouldBe(1);

        time.Advance(TimeSpan.FromSeconds(seconds));
        Value(await CreateAsync());
    }

    [Theory]
    [InlineData("wrong", "http_401")]
    [InlineData("", "not_authed")]
    [InlineData("two words", "not_authed")]
    public async Task A_bad_key_is_refused_and_not_repeated_in_the_answer(string bad, string code)
    {
        key = bad;
        var refused = (await CreateAsync()).ShouldBeOfType<RemoteAnswer<StatuspageIncident>.Refused>();
        refused.ShouldSatisfyAllConditions(r => r.Error.ShouldBe(code), r => r.WorthRetrying.ShouldBeFalse());
        if (bad.Length > 0) refused.ToString().ShouldNotContain(bad);
    }

    [Fact]
    public async Task What_Statuspage_refuses_is_told_in_its_words()
    {
        var refused = (await Api.CreateIncidentAsync(Page, Incident() with { Components = new Dictionary<string, ComponentStatus> { ["gone"] = ComponentStatus.Operational } }, Ct))
            .ShouldBeOfType<RemoteAnswer<StatuspageIncident>.Refused>();
        refused.Error.ShouldBe("http_422");
        refused.Explanation.ShouldContain("Component is invalid");
        refused.WorthRetrying.ShouldBeFalse();
    }

    [Theory]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("")]
    [InlineData("x?y")]
    public async Task An_id_cannot_change_the_path(string id)
    {
        (await Api.ComponentAsync(Page, id, Ct)).ShouldBeOfType<RemoteAnswer<StatuspageComponent>.Refused>().Error.ShouldBe("invalid_id");
        statuspage.Calls.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("<script>alert(1)</script>", "‹script›alert(1)‹/script›")]
    [InlineData("[click](https://evil.example) **now**", "(click)(https://evil.example) ∗∗now∗∗")]
    public void Untrusted_text_is_plain_on_the_page(string untrusted, string plain) => StatuspageText.Plain(untrusted).ShouldBe(plain);

    private static NewIncident Incident(string name = "Checkout fails", string body = "We are on it.") => new(
        "rb-1",
        name,
        IncidentStatus.Identified,
        body,
        new Dictionary<string, ComponentStatus> { ["comp1"] = ComponentStatus.MajorOutage });

    private static T Value<T>(RemoteAnswer<T> answer) => answer.ShouldBeOfType<RemoteAnswer<T>.Ok>().Value;

    private Task<RemoteAnswer<StatuspageIncident>> CreateAsync(string name = "Checkout fails", string body = "We are on it.") =>
        Api.CreateIncidentAsync(Page, Incident(name, body), Ct);
}
