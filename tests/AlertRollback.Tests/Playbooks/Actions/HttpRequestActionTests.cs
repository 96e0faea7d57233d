using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Rollbacks;
using AlertRollback.Tests.Playbooks.Checks;
using AlertRollback.Tests.Playbooks.Contract;
using Microsoft.AspNetCore.Http;

namespace AlertRollback.Tests.Playbooks.Actions;

public sealed class HttpRequestActionTests : IAsyncLifetime
{
    private StubServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await StubServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Sends_the_JSON_filled_in_so_that_no_value_leaves_its_text()
    {
        var service = Acting.Service(url: _server.Url) with { Name = "a\",\"admin\":\"b" };
        var parameters = Acting.Json("""{"post": "/api/emergency-log?of=${service}", "json": {"service": "${service}", "at": "${started}", "by": "${initiator}", "level": 3}}""");

        (await ApplyAsync(parameters, service)).ShouldBeOfType<StepOutcome.Done>();

        var asked = _server.Asked.Single();
        asked.Path.ShouldBe("/api/emergency-log?of=a%22%2C%22admin%22%3A%22b");
        JsonNode.DeepEquals(JsonNode.Parse(asked.Body), new JsonObject
        {
            ["service"] = service.Name,
            ["at"] = "2026-11-23T12:00:00Z",
            ["by"] = "kim",
            ["level"] = 3,
        }).ShouldBeTrue(asked.Body);
    }

    [Theory]
    [InlineData("put", "PUT")]
    [InlineData("patch", "PATCH")]
    [InlineData("delete", "DELETE")]
    [InlineData("get", "GET")]
    public async Task Sends_any_method(string word, string method)
    {
        var seen = "";
        _server.Answer = c =>
        {
            seen = c.Request.Method;
            return Results.Ok();
        };
        (await ApplyAsync(new JsonObject { [word] = "/x" })).ShouldBeOfType<StepOutcome.Done>();
        seen.ShouldBe(method);
    }

    [Theory]
    [InlineData(200, "{}", typeof(StepOutcome.Done))]
    [InlineData(202, """{"status": 202}""", typeof(StepOutcome.Done))]
    [InlineData(200, """{"status": 202}""", typeof(StepOutcome.Failed))]
    [InlineData(404, "{}", typeof(StepOutcome.Failed))]
    [InlineData(302, "{}", typeof(StepOutcome.Failed))]
    [InlineData(500, "{}", typeof(StepOutcome.CannotTell))]
    public async Task S16_another_status_is_a_measured_failure_but_a_server_that_fails_may_have_done_it(int status, string more, Type outcome)
    {
        _server.Answer = _ => Results.StatusCode(status);
        (await ApplyAsync(With(more))).ShouldBeOfType(outcome);
        _server.Asked.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("safe", typeof(StepOutcome.Done))]
    [InlineData("normal", typeof(StepOutcome.Failed))]
    [InlineData(null, typeof(StepOutcome.CannotTell))]
    public async Task S17_an_answer_that_was_not_seen_is_read_back_and_the_request_never_repeated(string? mode, Type outcome)
    {
        _server.Answer = c => c.Request.Method == "POST" ? Results.StatusCode(502) : mode is null ? Results.Text("{}") : Results.Text($$"""{"mode": "{{mode}}"}""");
        (await ApplyAsync(With("""{"read_back": {"get": "/state", "json": {"path": "mode", "equals": "safe"}}}"""))).ShouldBeOfType(outcome);
        _server.Asked.Select(a => a.Path).ShouldBe(["/x", "/state"]);
    }

    [Theory]
    [InlineData("""{"get": "/state", "json": {"path": "running", "equals": "${version}"}}""")]
    [InlineData("""{"get": "/state", "body": {"matches": ".*\"${version}\".*"}}""")]
    public async Task S17_what_reading_back_has_to_find_is_filled_in_when_it_is_planned(string readBack)
    {
        _server.Answer = c => c.Request.Method == "POST" ? Results.StatusCode(502) : Results.Text("""{"running": "v1.4.2"}""");
        (await ApplyAsync(With($$"""{"read_back": {{readBack}}}"""))).ShouldBeOfType<StepOutcome.Done>();
    }

    [Fact]
    public async Task S17_after_a_crash_nothing_is_sent()
    {
        var context = Acting.Context(Acting.Service(url: _server.Url), attempt: 2);
        var outcome = await Action().ApplyAsync(context, await Action().PinAsync(context, With("{}")));

        outcome.ShouldBeOfType<StepOutcome.CannotTell>().Reason.ShouldBe(Reason.OutcomeUnknown);
        _server.Asked.ShouldBeEmpty();
    }

    [Fact]
    public async Task Nobody_who_answers_is_a_measured_failure_because_nothing_was_done()
    {
        var service = Acting.Service(url: _server.Url);
        var action = Action();
        await _server.DisposeAsync();
        var context = Acting.Context(service);
        (await action.ApplyAsync(context, await action.PinAsync(context, With("{}")))).ShouldBeOfType<StepOutcome.Failed>().Text.ShouldEndWith("was not run: connection refused");
    }

    [Fact]
    public async Task S15_hosts_and_secrets_that_are_not_granted_are_refused_in_the_plan()
    {
        (await Action().RefusedAsync(Acting.Context(), Acting.Json("""{"post": "http://elsewhere/x"}"""))).Reason.ShouldBe(Reason.NotGranted);
        (await Action().RefusedAsync(Acting.Context(Acting.Service(url: _server.Url)), With("""{"bearer": "key"}"""))).Reason.ShouldBe(Reason.NotGranted);
        (await Action().RefusedAsync(Acting.Context(Acting.Service(url: _server.Url)), With("""{"read_back": {"get": "http://elsewhere/x"}}"""))).Reason.ShouldBe(Reason.NotGranted);
        _server.Asked.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("..")]
    [InlineData(".")]
    public async Task A_value_does_not_climb_out_of_its_place(string name)
    {
        var context = Acting.Context(Acting.Service(url: _server.Url) with { Name = name });

        (await Action().RefusedAsync(context, Acting.Json("""{"post": "/api/tenants/${service}/disable"}"""))).Text.ShouldContain("lead elsewhere");
        _server.Asked.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("""{"post": "/x", "put": "/x"}""")]
    [InlineData("""{"json": {}}""")]
    [InlineData("""{"get": "/x", "json": {}}""")]
    [InlineData("""{"post": "//elsewhere/x"}""")]
    [InlineData("""{"post": "http://${service}/x"}""")]
    [InlineData("""{"post": "/a/../x"}""")]
    [InlineData("""{"post": "/a/%2e%2e/x"}""")]
    [InlineData("""{"post": "/x", "status": 42}""")]
    [InlineData("""{"post": "/x", "read_back": {"get": "/y", "json": {"path": "a"}}}""")]
    [InlineData("""{"post": "/x", "headers": {"A": {"text": "b"}}}""")]
    public void Faults_are_found_when_the_matrix_is_loaded(string parameters) => Action().Validate(Acting.Json(parameters)).ShouldHaveSingleItem();

    [Fact]
    public void It_may_stand_under_before_only_when_it_says_that_it_changes_nothing()
    {
        Action().ChangesProductionWith(With("{}")).ShouldBeTrue();
        Action().ChangesProductionWith(With("""{"record_only": true}""")).ShouldBeFalse();
        PlannedStep.Of("steps/0", Action(), With("""{"record_only": true}"""), new PinOutcome.Pinned([], "", "POST /log", [], [], [])).ChangesProduction.ShouldBeFalse();
    }

    private HttpRequestAction Action() => HttpRequestUse.Over(_server);

    private static JsonObject With(string more)
    {
        var parameters = Acting.Json(more);
        parameters["post"] = "/x";
        return parameters;
    }

    private async Task<StepOutcome> ApplyAsync(JsonObject parameters, ServiceDefinition? service = null)
    {
        var context = Acting.Context(service ?? Acting.Service(url: _server.Url));
        var pin = await Action().PinAsync(context, parameters);
        return await Action().ApplyAsync(context, pin);
    }
}

internal sealed class HttpRequestUse : ActionUse
{
    public override Type Action => typeof(HttpRequestAction);

    // What a server made of a request is its own.
    public override bool SeesOthers => false;

    public override async Task<ActionWorld> ArrangeAsync(bool real) => new World(await StubServer.StartAsync());

    public static HttpRequestAction Over(StubServer server) => new(
        new GrantedHttp(Asking.Http(), Acting.Granting(new TeamGrants { Hosts = [server.Host] }), TimeProvider.System), new Clusters(new AlertRollback.Kubernetes.NoCluster("none")), TimeProvider.System);

    private sealed class World(StubServer server) : ActionWorld
    {
        public override ServiceDefinition Service => Acting.Service(url: server.Url);

        public override JsonObject Parameters => Acting.Json("""{"post": "/api/log", "json": {"event": "rollback"} }""");

        public override string Before => "nothing was sent";

        public override string After => """/api/log {"event":"rollback"}""";

        public override int Writes => server.Asked.Count;

        public override IEnumerable<(ServiceDefinition Service, Reason Reason)> Refused => [(Acting.Service(), Reason.NotFound), (Acting.Service(url: "http://elsewhere"), Reason.NotGranted)];

        public override IAction Create() => Over(server);

        public override Task<string> LookAsync() => Task.FromResult(server.Asked.IsEmpty ? Before : string.Join(", ", server.Asked.Select(a => $"{a.Path} {a.Body}")));

        public override ValueTask DisposeAsync() => server.DisposeAsync();
    }
}
