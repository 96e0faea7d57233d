using System.Net;
using System.Text.Json.Nodes;
using AlertRollback.Rollbacks;

namespace AlertRollback.Tests.Web.Operators;

/// <summary>Starting a playbook by hand, over HTTP.</summary>
public sealed class StartEndpointTests
{
    [Theory]
    [InlineData("alice", "rental-api", null)]
    [InlineData("alice", "rental-staging", null)]
    [InlineData("bob", "rental-staging", null)]
    [InlineData("bob", "rental-api", "bob has none of the roles on-call, trainee for rental-api; nothing was started")]
    [InlineData("carol", "rental-api", "carol has none of the roles on-call, trainee for rental-api; nothing was started")]
    [InlineData("eve", "rental-staging", "eve has none of the roles on-call, trainee for rental-staging; nothing was started")]
    public async Task Who_may_start_it_depends_on_role_and_environment(string person, string service, string? refusal)
    {
        await using var world = await PeopleUnderTest.WithoutClusterAsync();
        var (status, text) = await PostAsync(world.Service.As(person), PeopleUnderTest.Start("undo", service));

        status.ShouldBe(refusal is null ? HttpStatusCode.OK : HttpStatusCode.Forbidden, text);
        world.Book.Rollbacks.Count.ShouldBe(refusal is null ? 1 : 0);
        if (refusal is not null)
            text.ShouldBe(refusal);
    }

    [Fact]
    public async Task Whoever_may_not_start_it_for_one_of_the_services_starts_none()
    {
        await using var world = await PeopleUnderTest.WithoutClusterAsync();
        (await PostAsync(world.Service.As("bob"), PeopleUnderTest.Start("undo", "rental-staging", "rental-api"))).Status.ShouldBe(HttpStatusCode.Forbidden);
        world.Book.Rollbacks.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("playbook", null, "\"playbook\" is missing")]
    [InlineData("services", null, "\"services\" has to list")]
    [InlineData("services", "[]", "\"services\" has to list")]
    [InlineData("services", "[null]", "\"services\" has to list names")]
    [InlineData("services", "\"rental-api\"", "the request cannot be read: $.services is not as expected")]
    [InlineData("services", "[\"rental-api\", \"rental-wbe\"]", "no team declares \"rental-wbe\"; did you mean \"rental-web\"?")]
    [InlineData("services", "[\"../x\\n\"]", "no team declares \"../x�\"; services here: rental-api, rental-staging, rental-web")]
    [InlineData("playbook", "\"udno\"", "team rental has no playbook \"udno\"; did you mean \"undo\"?")]
    [InlineData("playbook", "\"automatic\"", "not for starting by hand")]
    [InlineData("reason", null, "\"reason\" is missing")]
    [InlineData("reason", "\" \"", "the reason is missing")]
    [InlineData("reason", "5", "the request cannot be read: $.reason is not as expected")]
    [InlineData("key", null, "\"key\" is missing")]
    [InlineData("key", "\"\"", "\"key\" is missing")]
    [InlineData("method", "\"apu\"", "no method \"apu\"; did you mean \"api\"?")]
    [InlineData("inputs", "{\"backup\": \"b\"}", "no input \"backup\"; there are no inputs here")]
    [InlineData("inputs", "[]", "the request cannot be read: $.inputs is not as expected")]
    public async Task What_is_missing_or_unknown_is_said_and_nothing_is_started(string member, string? json, string fault)
    {
        await using var world = await PeopleUnderTest.WithoutClusterAsync();
        var start = PeopleUnderTest.Start("undo", "rental-api");
        start[member] = json is null ? null : JsonNode.Parse(json);
        var (status, text) = await PostAsync(world.Service.As("alice"), start);

        status.ShouldBe(HttpStatusCode.BadRequest);
        text.ShouldContain(fault);
        world.Book.Rollbacks.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("")]
    [InlineData("start it!")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{}")]
    public async Task A_body_that_is_none_is_refused_in_words(string body)
    {
        await using var world = await PeopleUnderTest.WithoutClusterAsync();
        foreach (var path in new[] { "rollbacks", "kill-switch", "freezes", "quarantine/unpin" })
        {
            var (status, text) = await world.Service.As("alice").PostAsync(path, body);
            status.ShouldBe(HttpStatusCode.BadRequest, path);
            text.Length.ShouldBeInRange(10, 300, path);
        }

        world.Book.Sequence.ShouldBe(0);
    }

    [Theory]
    [InlineData("{}", "needs the input backup")]
    [InlineData("""{"backup": null}""", "the input backup is empty; nothing was started")]
    [InlineData("""{"backup": ""}""", "the input backup is empty; nothing was started")]
    [InlineData("""{"backup": "a\nb"}""", "the input backup is more than one line of text")]
    [InlineData("""{"bakcup": "b"}""", "no input \"bakcup\"; did you mean \"backup\"?")]
    public async Task Inputs_are_required_known_and_of_one_line(string inputs, string fault)
    {
        await using var world = await PeopleUnderTest.WithoutClusterAsync();
        var start = PeopleUnderTest.Start("restore", "rental-api");
        start["inputs"] = JsonNode.Parse(inputs);
        var (status, text) = await PostAsync(world.Service.As("alice"), start);
        status.ShouldBe(HttpStatusCode.BadRequest);
        text.ShouldContain(fault);
        world.Book.Rollbacks.ShouldBeEmpty();
    }

    [Fact]
    public async Task Who_started_it_why_by_which_method_and_with_what_is_recorded_and_shown()
    {
        await using var world = await PeopleUnderTest.WithoutClusterAsync();
        var start = PeopleUnderTest.Start("restore", "rental-api");
        (start["method"], start["inputs"]) = ("steps", new JsonObject { ["backup"] = "2026-11-23" });
        var (_, text) = await PostAsync(world.Service.As("alice"), start);
        var id = JsonNode.Parse(text)!["ids"]!.AsArray().Single()!.GetValue<string>();

        var shown = await world.Service.JsonAsync($"rollbacks/{id}");
        shown["manual"]!.ToJsonString().ShouldBe("""{"by":"alice","reason":"the new release loses orders","method":"steps","inputs":{"backup":"2026-11-23","note":"routine"},"changesNothing":false}""");
        shown["timeline"]![0]!["text"]!.GetValue<string>().ShouldBe("alice started restore by steps: the new release loses orders");
    }

    [Fact]
    public async Task A_request_that_is_repeated_starts_once_and_the_key_is_the_persons_own()
    {
        await using var world = await PeopleUnderTest.WithoutClusterAsync();
        var start = PeopleUnderTest.Start("undo", "rental-staging");
        var first = await PostAsync(world.Service.As("alice"), start);
        var again = await PostAsync(world.Service, start);
        again.ShouldBe(first);
        world.Book.Rollbacks.Count.ShouldBe(1);

        start["reason"] = "another one";
        (await PostAsync(world.Service, start)).Status.ShouldBe(HttpStatusCode.Conflict);
        world.Book.Rollbacks.Count.ShouldBe(1);
        (await PostAsync(world.Service.As("bob"), start)).Status.ShouldBe(HttpStatusCode.OK);
        world.Book.Rollbacks.Count.ShouldBe(2);
    }

    [Fact]
    public async Task The_same_request_at_the_same_moment_starts_once()
    {
        await using var world = await PeopleUnderTest.WithoutClusterAsync();
        world.Service.As("alice");
        var start = PeopleUnderTest.Start("undo", "rental-api");
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => PostAsync(world.Service, start)));
        answers.Distinct().ShouldHaveSingleItem().Status.ShouldBe(HttpStatusCode.OK);
        world.Book.Rollbacks.Count.ShouldBe(1);
    }

    [Fact]
    public async Task With_the_kill_switch_on_it_waits_and_says_so()
    {
        await using var world = await PeopleUnderTest.StartAsync();
        (await world.Service.PostAsync("kill-switch", """{"on": true, "why": "drill"}""")).Status.ShouldBe(HttpStatusCode.NoContent);
        await PostAsync(world.Service.As("alice"), PeopleUnderTest.Start("undo", "rental-api"));
        (await world.UntilAsync(r => r.Phase == Phase.Parked)).Parking!.Reason.ShouldBe(Reason.KillSwitch);
        world.Cluster.Writes.ShouldBe(0);
    }

    [Fact]
    public async Task Without_a_cluster_it_changes_nothing_and_says_why()
    {
        await using var world = await PeopleUnderTest.WithoutClusterAsync();
        await PostAsync(world.Service.As("alice"), PeopleUnderTest.Start("undo", "rental-api"));
        var parked = await world.UntilAsync(r => r.Phase == Phase.Parked);
        parked.Parking!.Reason.ShouldBe(Reason.CannotTell);
        parked.Parking.Text.ShouldContain("no-kubeconfig");
        var (exit, output, _) = await world.Service.RunAsync("show", parked.Id);
        (exit, output.Contains("no-kubeconfig", StringComparison.Ordinal)).ShouldBe((0, true), output);
    }

    [Theory]
    [InlineData(null, "rollout_undo rental-api:v2 (revision 2) → rental-api:v1 (revision 1)")]
    [InlineData("restart", "rollout_restart")]
    public async Task In_shadow_the_plan_is_made_and_nothing_is_changed(string? method, string plan)
    {
        await using var world = await PeopleUnderTest.StartAsync();
        var start = PeopleUnderTest.Start("undo", "rental-api");
        (start["shadow"], start["method"]) = (true, method);
        await PostAsync(world.Service.As("alice"), start);
        var closed = await world.UntilAsync(r => !r.IsOpen);

        closed.Closed!.Outcome.ShouldBe(Outcome.Shadowed);
        var shown = await world.Service.JsonAsync($"rollbacks/{closed.Id}");
        shown["timeline"]!.AsArray().Select(l => l!["text"]!.GetValue<string>()).ShouldContain(t => t.StartsWith($"plan: {plan}", StringComparison.Ordinal), shown.ToJsonString());
        world.Cluster.Writes.ShouldBe(0);
    }

    [Fact]
    public async Task Only_an_operators_credential_starts_or_answers()
    {
        await using var world = await PeopleUnderTest.WithoutClusterAsync();
        foreach (var (person, refusal) in new[] { ("hook", HttpStatusCode.Forbidden), ("pipeline", HttpStatusCode.Forbidden), ("nobody", HttpStatusCode.Unauthorized) })
        {
            foreach (var path in new[] { "rollbacks", "rollbacks/x/approve", "rollbacks/x/reject" })
                (await world.Service.As(person).PostAsync(path, PeopleUnderTest.Start("undo", "rental-api").ToJsonString())).Status.ShouldBe(refusal, $"{person} {path}");
        }

        world.Book.Rollbacks.ShouldBeEmpty();
    }

    // A refusal is one JSON text, or a problem's detail.
    private static async Task<(HttpStatusCode Status, string Text)> PostAsync(OperatorsUnderTest service, JsonObject start)
    {
        var (status, text) = await service.PostAsync("rollbacks", start.ToJsonString());
        return status == HttpStatusCode.OK ? (status, text) : (status, JsonNode.Parse(text) switch
        {
            JsonObject problem => problem["detail"]!.GetValue<string>(),
            var refusal => refusal!.GetValue<string>(),
        });
    }
}
