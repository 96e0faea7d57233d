using System.Net;
using AlertRollback.Announcements.Wording;
using AlertRollback.Rollbacks;
using AlertRollback.Tests.Announcements;

namespace AlertRollback.Tests.Web.Operators;

public sealed class OperatorEndpointsTests
{
    [Fact]
    public async Task The_status_says_what_is_switched_and_what_is_in_trouble()
    {
        await using var service = await OperatorsUnderTest.StartAsync();
        var before = await service.JsonAsync("status");
        before["killSwitch"]!.GetValue<bool>().ShouldBeFalse();
        before["cluster"].ShouldNotBeNull("no cluster is configured, and that is said");
        service.Unwatched.Fails("rollout/production/rental-api", "NotFound", "the server has no rollouts");

        (await service.PostAsync("kill-switch", """{"on": true, "now": true, "why": "drill"}""")).Status.ShouldBe(HttpStatusCode.NoContent);
        var after = await service.JsonAsync("status");
        (after["killSwitch"]!.GetValue<bool>(), after["killSwitchNow"]!.GetValue<bool>()).ShouldBe((true, true));
        after["unwatched"]!["rollout/production/rental-api"]!.GetValue<string>().ShouldBe("the server has no rollouts");
        (after["killSwitchBy"]!.GetValue<string>(), after["killSwitchWhy"]!.GetValue<string>()).ShouldBe(("ada", "drill"));

        (await service.PostAsync("kill-switch", """{"on": false, "now": true, "why": "over"}""")).Status.ShouldBe(HttpStatusCode.NoContent);
        var off = await service.JsonAsync("status");
        (off["killSwitch"]!.GetValue<bool>(), off["killSwitchNow"]!.GetValue<bool>()).ShouldBe((false, false), "off is off, whatever else is said");
    }

    [Fact]
    public async Task A_granted_program_that_is_not_there_is_said_at_the_start_and_shown_before_it_is_needed()
    {
        const string said = $"rental: the command health-check needs the program {OperatorsUnderTest.AbsentProgram}, which is not there";
        await using var service = await OperatorsUnderTest.StartAsync();

        service.Log.ShouldContain(line => line.StartsWith($"Warning: {said}", StringComparison.Ordinal));
        (await service.JsonAsync("status"))["programsAbsent"]!.AsArray().ShouldHaveSingleItem()!.GetValue<string>().ShouldBe(said);
    }

    [Fact]
    public async Task Where_nobody_can_be_called_it_is_said_at_the_start_and_in_the_status_and_no_call_is_claimed()
    {
        await using var service = await OperatorsUnderTest.StartAsync();
        service.Log.ShouldContain(line => line.StartsWith("Warning: nobody can be called or asked: no Slack is configured.", StringComparison.Ordinal));
        (await service.RunAsync("status")).Output.ShouldContain("notCallable: nobody can be called or asked: no Slack is configured.");

        // Over at once, or the service's own worker would take it up and call as well.
        RollbackEvent[] events =
        [
            Happenings.Proposed(), new RollbackEvent.Paged(["devops-lead"], Reason.CheckFailed, "look"), new RollbackEvent.Paged([], Reason.CheckFailed, ""),
            Happenings.Closed(Outcome.Failed, Reason.CheckFailed, "look"),
        ];
        await service.Chronicle.ChangeAsync(_ => events.Select(e => new Entry(Happenings.Journalled, e)), TestContext.Current.CancellationToken);

        (await service.JsonAsync($"rollbacks/{Happenings.Id}"))["timeline"]!.AsArray().Where(l => l!["event"]!.GetValue<string>() == "paged").Select(l => l!["text"]!.GetValue<string>()).ShouldBe(
        [
            "would call devops-lead, but no Slack is configured: nobody hears of it, look here yourself: look",
            "would call the channel, but no Slack is configured: nobody hears of it, look here yourself",
        ]);
    }

    [Theory]
    [InlineData("kill-switch", """{"on": true}""", "\"why\" is missing")]
    [InlineData("kill-switch", """{"on": true, "why": "  "}""", "\"why\" is empty")]
    [InlineData("kill-switch", """{"now": true, "why": "stop everything"}""", "\"on\" is missing")]
    [InlineData("kill-switch", """{"on": null, "why": "stop"}""", "\"on\" is missing")]
    [InlineData("kill-switch", """{"enabled": true, "why": "stop"}""", "$.enabled is unknown")]
    [InlineData("kill-switch", """{"on": true, "nwo": true, "why": "stop"}""", "$.nwo is unknown")]
    [InlineData("breaker/reset", "{}", "\"why\" is missing")]
    [InlineData("breaker/reset", """{"reason": "w"}""", "$.reason is unknown")]
    [InlineData("freezes", """{"service": "rental-api", "duration": "4h", "why": "sale"}""", "$.duration is unknown")]
    [InlineData("quarantine/unpin", """{"image": "shop/api:v2", "services": "rental-api", "why": "w"}""", "$.services is unknown")]
    [InlineData("rollbacks", """{"playbook": "undo", "services": ["rental-api"], "reason": "w", "key": "k", "shadwo": true}""", "$.shadwo is unknown")]
    [InlineData("freezes", """{"service": "rental-api", "for": "1h"}""", "\"why\" is missing")]
    [InlineData("freezes", """{"service": "nobody", "for": "1h", "why": "sale"}""", "names no service")]
    [InlineData("freezes", """{"for": "1h", "why": "sale"}""", "names no service")]
    [InlineData("freezes", """{"service": "rental-api", "for": "soon", "why": "sale"}""", "is a duration")]
    [InlineData("freezes", """{"service": "rental-api", "for": "0", "why": "sale"}""", "is a duration")]
    [InlineData("freezes", """{"service": "rental-api", "for": "-1h", "why": "sale"}""", "is a duration")]
    public async Task A_request_that_says_too_little_changes_nothing(string path, string body, string fault)
    {
        await using var service = await OperatorsUnderTest.StartAsync();
        var (status, text) = await service.PostAsync(path, body);
        status.ShouldBe(HttpStatusCode.BadRequest);
        System.Text.RegularExpressions.Regex.Unescape(text).ShouldContain(fault);
        var global = service.Chronicle.Book.Global;
        (global.KillSwitch, global.BreakerResetAt, global.Freezes.Count).ShouldBe((null, null, 0));
    }

    [Fact]
    public async Task A_reason_that_never_ends_is_refused()
    {
        await using var service = await OperatorsUnderTest.StartAsync();
        (await service.PostAsync("breaker/reset", $$"""{"why": "{{new string('x', 501)}}"}""")).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await service.PostAsync("breaker/reset", $$"""{"why": "{{new string('x', 500)}}"}""")).Status.ShouldBe(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task A_tripped_breaker_is_shown_and_reset()
    {
        await using var service = await OperatorsUnderTest.StartAsync();
        await service.Chronicle.ChangeAsync(_ => [Entry.Of(new GlobalEvent.BreakerTripped("too much"))], Cancellation);
        (await service.JsonAsync("status"))["breaker"]!.GetValue<string>().ShouldBe("too much");
        (await service.PostAsync("breaker/reset", """{"why": "seen"}""")).Status.ShouldBe(HttpStatusCode.NoContent);
        (await service.JsonAsync("status"))["breaker"].ShouldBeNull();
    }

    [Theory]
    [InlineData("\"\"")]
    [InlineData("null")]
    public async Task A_freeze_is_shown_until_it_is_lifted(string lift)
    {
        await using var service = await OperatorsUnderTest.StartAsync();
        (await service.PostAsync("freezes", """{"service": "rental-api", "for": "2h", "why": "sale"}""")).Status.ShouldBe(HttpStatusCode.NoContent);
        var freeze = (await service.JsonAsync("status"))["freezes"]!.AsArray().ShouldHaveSingleItem()!;
        (freeze["service"]!.GetValue<string>(), freeze["by"]!.GetValue<string>(), freeze["why"]!.GetValue<string>()).ShouldBe(("rental-api", "ada", "sale"));

        (await service.PostAsync("freezes", $$"""{"service": "rental-api", "for": {{lift}}, "why": "over"}""")).Status.ShouldBe(HttpStatusCode.NoContent);
        (await service.JsonAsync("status"))["freezes"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_freeze_names_the_rollback_that_is_under_way_and_goes_on()
    {
        await using var service = await OperatorsUnderTest.StartAsync();
        await service.PostAsync("kill-switch", """{"on": true, "why": "drill"}""");
        await service.FireAsync("critical");
        var waiting = (await service.UntilAsync(b => b.Rollbacks.Values.Any(r => r.Phase == Phase.Parked))).Rollbacks.Values.Single();
        (await NewsOfFreezeAsync(service)).Text.ShouldNotContain(waiting.Id, Case.Sensitive, "what only waits is held back by it");

        await service.Chronicle.ChangeAsync(_ => [Entry.Of(waiting, new RollbackEvent.Started([], []))], Cancellation);
        var news = await NewsOfFreezeAsync(service);
        news.Text.ShouldContain($"{waiting.Id} is under way and goes on to its end");
        news.Advice.ShouldContain("kill switch");
    }

    [Fact]
    public async Task A_freeze_names_the_rollback_of_another_service_that_changes_this_one_too()
    {
        await using var service = await OperatorsUnderTest.StartAsync();
        await service.PostAsync("kill-switch", """{"on": true, "why": "drill"}""");
        var id = await OtherAsync(service, new RollbackEvent.Started(["default/deployment/production/rental-api"], []));
        (await NewsOfFreezeAsync(service)).Text.ShouldContain($"{id} is under way and goes on to its end");
    }

    // A run of a service that the matrix does not have, which nobody takes up while the kill switch is on.
    private static async Task<string> OtherAsync(OperatorsUnderTest service, RollbackEvent e)
    {
        var first = Happenings.Proposed();
        await service.Chronicle.ChangeAsync(_ => [new Entry(Happenings.Journalled, first with { Service = first.Service with { Name = "elsewhere", Workload = first.Service.Workload! with { Name = "elsewhere" } } }), new Entry(Happenings.Journalled, e)], Cancellation);
        return Happenings.Id;
    }

    [Fact]
    public async Task Whoever_lifts_a_freeze_lets_what_waited_for_it_go_on_and_is_told_so()
    {
        await using var service = await OperatorsUnderTest.StartAsync();
        (await NewsOfFreezeAsync(service)).Advice.ShouldBe("Decide yourself on its alerts until then, or lift the freeze, and what waits for it goes on by itself: alertrollback freeze rental-api off --why …");
        await service.FireAsync("critical");
        var waiting = (await service.UntilAsync(b => b.Rollbacks.Values.Any(r => r.Parking?.Reason == Reason.Freeze))).Rollbacks.Values.Single();
        waiting.Parking!.Service.ShouldBe("rental-api");

        await service.PostAsync("freezes", """{"service": "rental-api", "why": "over"}""");
        var news = NewsText.For(service.Chronicle.Book.LatestNews[^1]).ShouldNotBeNull();
        (news.Text, news.Advice).ShouldBe(($"Lifted by ada: over. {waiting.Id} waited for it and goes on by itself.", "Nothing, if that is still right. Else throw the kill switch with \"now\"."));
    }

    private static async Task<NewsText> NewsOfFreezeAsync(OperatorsUnderTest service)
    {
        await service.PostAsync("freezes", """{"service": "rental-api", "for": "2h", "why": "hands off"}""");
        return NewsText.For(new News(1, DateTimeOffset.UnixEpoch, service.Chronicle.Book.Global.Freezes["rental-api"])).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_freeze_that_is_over_is_not_shown_any_more()
    {
        await using var service = await OperatorsUnderTest.StartAsync();
        await service.Chronicle.ChangeAsync(_ => [Entry.Of(new GlobalEvent.Frozen("rental-api", DateTimeOffset.UnixEpoch, "ada", "sale"))], Cancellation);
        (await service.JsonAsync("status"))["freezes"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task While_it_is_watched_after_a_rollback_everybody_sees_that_deployments_are_frozen_and_until_when()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var cluster = await Playbooks.Contract.TestCluster.SandboxAsync("production");
        await cluster.TwoReleasesAsync();
        await using var service = await OperatorsUnderTest.StartAsync(
            cluster.Sandbox!.KubeconfigPath, PeopleUnderTest.Matrix.Replace("stabilise: 0s", "stabilise: 30m", StringComparison.Ordinal),
            new Dictionary<string, AlertRollback.Operators.GrantedPeople> { ["on-call"] = new(["ada"], []), ["trainee"] = new(["bob"], []), ["tech-lead"] = new(["carol"], []) }, time);
        await service.PostAsync("rollbacks", PeopleUnderTest.Start("undo", "rental-api").ToJsonString());
        var watched = (await service.UntilAsync(b => b.Rollbacks.Values.Any(r => r.Phase == Phase.Stabilising))).Rollbacks.Values.Single();

        var frozen = (await service.JsonAsync("status"))["deploymentsFrozen"]!.AsArray().ShouldHaveSingleItem()!;
        (frozen["service"]!.GetValue<string>(), frozen["until"]!.GetValue<DateTimeOffset>(), frozen["rollbackId"]!.GetValue<string>()).ShouldBe(("rental-api", watched.StabiliseUntil!.Value, watched.Id));
        (await service.RunAsync("status")).Output.ShouldContain("deploymentsFrozen: service rental-api, until ");
        (await service.RunAsync("quarantine", "ask", "rental-api:v3", "--service", "rental-api")).Exit.ShouldBe(3);

        await FakeTime.PassAsync(time, TimeSpan.FromMinutes(31), service.Chronicle, b => !b.Rollbacks[watched.Id].IsOpen);
        (await service.JsonAsync("status"))["deploymentsFrozen"]!.AsArray().ShouldBeEmpty();
        (await service.RunAsync("quarantine", "ask", "rental-api:v3", "--service", "rental-api")).Exit.ShouldBe(0);
    }

    [Fact]
    public async Task A_rollback_is_listed_and_shown_with_its_timeline()
    {
        await using var service = await OperatorsUnderTest.StartAsync();
        (await service.PostAsync("kill-switch", """{"on": true, "why": "drill"}""")).Status.ShouldBe(HttpStatusCode.NoContent);
        await service.FireAsync("critical");
        await service.UntilAsync(b => b.Rollbacks.Values.Any(r => r.Phase == Phase.Parked));

        var listed = (await service.JsonAsync("rollbacks")).AsArray().ShouldHaveSingleItem()!;
        (listed["phase"]!.GetValue<string>(), listed["reason"]!.GetValue<string>()).ShouldBe(("parked", "kill_switch"));
        (await service.JsonAsync("rollbacks?open=false")).AsArray().ShouldBeEmpty();
        var shown = await service.JsonAsync($"rollbacks/{listed["id"]}");
        shown["timeline"]!.AsArray().Select(l => l!["event"]!.GetValue<string>()).ShouldBe(["proposed", "guards_judged", "paged", "parked"]);
        shown["causes"]!.AsArray().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_task_is_listed_until_somebody_says_that_it_is_done()
    {
        await using var service = await OperatorsUnderTest.StartAsync();
        await service.FireAsync("low");
        await service.UntilAsync(b => !b.Tasks.IsEmpty);
        var task = (await service.JsonAsync("tasks?open=true")).AsArray().ShouldHaveSingleItem()!;
        (await service.PostAsync($"tasks/{task["id"]}/done", "{}")).Status.ShouldBe(HttpStatusCode.NoContent);
        (await service.JsonAsync("tasks?open=true")).AsArray().ShouldBeEmpty();
        (await service.JsonAsync("tasks")).AsArray().Single()!["doneBy"]!.GetValue<string>().ShouldBe("ada");
        var sequence = service.Chronicle.Book.Tasks.Values.Single().LastSequence;
        (await service.PostAsync($"tasks/{task["id"]}/done", "{}")).Status.ShouldBe(HttpStatusCode.NoContent);
        service.Chronicle.Book.Tasks.Values.Single().LastSequence.ShouldBe(sequence, "done once");
    }

    [Fact]
    public async Task Alerts_that_led_to_nothing_are_listed_with_the_reason()
    {
        await using var service = await OperatorsUnderTest.StartAsync();
        await service.FireAsync("unheard-of");
        await service.UntilAsync(b => !b.NotActedOn.IsEmpty);
        (await service.JsonAsync("alerts/not-acted-on")).AsArray().Single()!["event"]!.GetValue<string>().ShouldBe("no_row_matched");
    }

    [Theory]
    [InlineData("rollbacks/none")]
    [InlineData("rollbacks/none/evidence")]
    [InlineData("rollbacks/none/report")]
    [InlineData("nothing")]
    public async Task What_does_not_exist_is_404(string path)
    {
        await using var service = await OperatorsUnderTest.StartAsync();
        (await service.GetAsync(path)).Status.ShouldBe(HttpStatusCode.NotFound);
        (await service.PostAsync("tasks/none/done", "{}")).Status.ShouldBe(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData(null, HttpStatusCode.Unauthorized)]
    [InlineData("wrong", HttpStatusCode.Unauthorized)]
    [InlineData("hook-token", HttpStatusCode.Forbidden)]
    public async Task Only_an_operators_credential_opens_any_of_it(string? token, HttpStatusCode refusal)
    {
        await using var service = await OperatorsUnderTest.StartAsync();
        service.Client.DefaultRequestHeaders.Authorization = token is null ? null : new("Bearer", token);
        foreach (var path in new[] { "status", "rollbacks", "rollbacks/x", "rollbacks/x/report", "tasks", "alerts/not-acted-on" })
            (await service.GetAsync(path)).Status.ShouldBe(refusal, path);
        foreach (var path in new[] { "kill-switch", "breaker/reset", "freezes", "tasks/x/done" })
            (await service.PostAsync(path, """{"on": true, "why": "drill", "service": "rental-api", "for": "1h"}""")).Status.ShouldBe(refusal, path);
        service.Chronicle.Book.Global.KillSwitch.ShouldBeNull();
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;
}
