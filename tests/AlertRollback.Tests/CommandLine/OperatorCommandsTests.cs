using System.Net;
using AlertRollback.Rollbacks;
using AlertRollback.Tests.Web.Operators;

namespace AlertRollback.Tests.CommandLine;

public sealed class OperatorCommandsTests
{
    [Theory]
    [InlineData("on", true, false)]
    [InlineData("now", true, true)]
    [InlineData("off", false, false)]
    public async Task The_kill_switch_is_switched(string state, bool on, bool now)
    {
        await using var service = await OperatorsUnderTest.StartAsync();
        (await service.RunAsync("kill-switch", state, "--why", "drill")).ShouldBe((0, "done\n", ""));
        service.Chronicle.Book.Global.KillSwitch.ShouldBe(new GlobalEvent.KillSwitchSet(on, now, "ada", "drill"));
    }

    [Fact]
    public async Task Status_rollbacks_and_show_print_what_people_read()
    {
        await using var service = await OperatorsUnderTest.StartAsync();
        (await service.RunAsync("rollbacks")).ShouldBe((0, "no rollbacks\n", ""));
        await service.RunAsync("kill-switch", "on", "--why", "drill");
        await service.FireAsync("critical");
        var id = (await service.UntilAsync(b => b.Rollbacks.Values.Any(r => r.Phase == Phase.Parked))).Rollbacks.Keys.Single();

        (await service.RunAsync("status")).Output.ShouldContain("killSwitch: true\n");
        (await service.RunAsync("status")).Output.ShouldContain($"programsAbsent: rental: the command health-check needs the program {OperatorsUnderTest.AbsentProgram}, which is not there\n");
        var (exit, output, _) = await service.RunAsync("rollbacks");
        exit.ShouldBe(0);
        output.ShouldContain($" UTC  {id}");
        var shown = await service.RunAsync("show", id);
        shown.Exit.ShouldBe(0);
        shown.Output.ShouldContain("What you must do now: ");
        shown.Output.ShouldContain("kill switch");
        (await service.RunAsync("show", id, "--json")).Output.ShouldStartWith("{\"rollback\":{\"id\":\"");
    }

    [Fact]
    public async Task A_report_is_printed_as_the_document_that_it_is()
    {
        await using var service = await OperatorsUnderTest.StartAsync();
        await service.RunAsync("kill-switch", "on", "--why", "drill");
        await service.FireAsync("critical");
        var id = (await service.UntilAsync(b => b.Rollbacks.Values.Any(r => r.Phase == Phase.Parked))).Rollbacks.Keys.Single();

        var (exit, output, error) = await service.RunAsync("report", id, "--incident", "INC-2026-014 & more");
        (exit, error).ShouldBe((0, ""));
        output.ShouldStartWith("# Incident INC-2026-014 \\& more: rental-api, ");
        output.ShouldContain($"- **Rollback:** `{id}`\n");
        output.ShouldEndWith(" UTC.\n");
        (await service.RunAsync("report", id)).Output.ShouldStartWith("# Incident report: rental-api, ");
        using var answer = await service.Client.GetAsync(new Uri($"/api/v1/rollbacks/{id}/report", UriKind.Relative), TestContext.Current.CancellationToken);
        answer.Content.Headers.ContentType!.ToString().ShouldBe("text/markdown; charset=utf-8");

        var tooLong = await service.RunAsync("report", id, "--incident", new string('x', 101));
        tooLong.ShouldBe((1, "", $"{service.Client.BaseAddress!.ToString().TrimEnd('/')} answered 400: \"incident\" is longer than 100 characters\n"));
        (await service.RunAsync("report", "nobody")).Exit.ShouldBe(1);
    }

    [Fact]
    public async Task Alerts_that_were_not_acted_on_are_listed_with_the_reason()
    {
        await using var service = await OperatorsUnderTest.StartAsync();
        (await service.RunAsync("alerts")).ShouldBe((0, "no such alerts\n", ""));
        (await service.RunAsync("status")).Output.ShouldNotContain("notActedOn");
        await service.FireAsync("hi");
        var at = (await service.UntilAsync(b => !b.NotActedOn.IsEmpty)).NotActedOn.Single().At;

        (await service.RunAsync("alerts")).ShouldBe((0, $"{at:yyyy-MM-dd HH:mm} UTC  no_row_matched  HighErrors: no row of team rental matches; severity \"hi\" fits none\n", ""));
        (await service.RunAsync("status")).Output.ShouldContain("notActedOn: 1 in the last 24 h, the newest no_row_matched: HighErrors: no row of team rental matches; severity \"hi\" fits none\n");
    }

    [Fact]
    public async Task A_service_is_frozen_and_thawed()
    {
        await using var service = await OperatorsUnderTest.StartAsync();
        (await service.RunAsync("freeze", "rental-api", "2h", "--why", "sale")).ShouldBe((0, "done; what waits for a freeze goes on by itself when it is over or lifted\n", ""));
        var until = service.Chronicle.Book.Global.Freezes["rental-api"].Until!.Value;
        (await service.RunAsync("status")).Output.ShouldContain($"freezes: service rental-api, until {until:yyyy-MM-dd HH:mm} UTC, by ada, why sale\n");
        (await service.RunAsync("freeze", "rental-api", "off", "--why", "over")).Exit.ShouldBe(0);
        service.Chronicle.Book.Global.Freezes.ShouldBeEmpty();

        (await service.RunAsync("freeze", "rental-api", "0s", "--why", "over")).Error.ShouldEndWith("""
             answered 400: "for" is a duration such as 30m or 2h; to lift a freeze: "off" in its place (alertrollback freeze SERVICE off), without "for" in a request

            """);
        var (exit, output, error) = await service.RunAsync("freeze", "nobody", "2h", "--why", "sale");
        (exit, output).ShouldBe((1, ""));
        error.ShouldBe($"{service.Url} answered 400: \"service\" names no service of the matrix; services here: rental-api\n");
    }

    [Fact]
    public async Task A_task_is_listed_and_done()
    {
        await using var service = await OperatorsUnderTest.StartAsync();
        (await service.RunAsync("task", "list")).Output.ShouldBe("no tasks\n");
        await service.FireAsync("low");
        var id = (await service.UntilAsync(b => !b.Tasks.IsEmpty)).Tasks.Keys.Single();
        (await service.RunAsync("task", "list")).Output.ShouldBe(
            $"open  {id}  rental-api: look at the dashboard\n      HighErrors since 2026-11-23 12:00:00 UTC, firing\n");
        (await service.JsonAsync("tasks")).AsArray().Single()!["alerts"]!.AsArray().Single()!.GetValue<string>().ShouldBe("HighErrors since 2026-11-23 12:00:00 UTC, firing");
        (await service.RunAsync("task", "done", id, "--note", "looked")).Exit.ShouldBe(0);
        service.Chronicle.Book.Tasks[id].Done.ShouldBe(new TaskEvent.Done("ada", "looked"));
        (await service.JsonAsync("tasks")).AsArray().Single()!["note"]!.GetValue<string>().ShouldBe("looked");
        (await service.RunAsync("task", "done", "none")).Error.ShouldBe($"{service.Url} answered 404: there is no task \"none\"; there are no tasks here\n");
    }

    [Fact]
    public async Task An_open_task_says_until_when_it_is_due_and_an_alerts_by_when_to_begin()
    {
        await using var service = await OperatorsUnderTest.StartAsync();
        await service.FireAsync("low");
        var given = (await service.UntilAsync(b => !b.Tasks.IsEmpty)).Tasks.Values.Single().Given;
        await service.Chronicle.ChangeAsync(
            _ => [Entry.Of("r1-1", given with { Id = "r1-1", Text = "Root-cause analysis", Cause = null, Of = "r1", Within = TimeSpan.FromHours(4) })], TestContext.Current.CancellationToken);
        await service.Chronicle.ChangeAsync(_ => [Entry.Of("t2", given with { Id = "t2", Within = TimeSpan.FromMinutes(15) })], TestContext.Current.CancellationToken);
        var due = service.Chronicle.Book.Tasks["r1-1"].At + TimeSpan.FromHours(4);

        (await service.RunAsync("task", "list")).Output.ShouldContain($"open  r1-1  rental-api: Root-cause analysis (until {due:yyyy-MM-dd HH:mm} UTC)\n");
        (await service.RunAsync("task", "list")).Output.ShouldContain($"open  t2  rental-api: look at the dashboard (begin by {service.Chronicle.Book.Tasks["t2"].At + TimeSpan.FromMinutes(15):yyyy-MM-dd HH:mm} UTC)\n");
        (await service.JsonAsync("tasks")).AsArray().Single(t => t!["id"]!.GetValue<string>() == "r1-1")!["rollback"]!.GetValue<string>().ShouldBe("r1");
    }

    [Fact]
    public async Task The_breaker_is_reset()
    {
        await using var service = await OperatorsUnderTest.StartAsync();
        await service.Chronicle.ChangeAsync(_ => [Entry.Of(new GlobalEvent.BreakerTripped("too much"))], TestContext.Current.CancellationToken);
        (await service.RunAsync("breaker", "reset", "--why", "the network is back")).Exit.ShouldBe(0);
        service.Chronicle.Book.Global.Breaker.ShouldBeNull();
    }

    [Fact]
    public async Task A_reason_is_asked_for_before_anything_is_sent()
    {
        await using var service = await OperatorsUnderTest.StartAsync();
        var (exit, _, error) = await service.RunAsync("kill-switch", "on");
        exit.ShouldNotBe(0);
        error.ShouldContain("--why");
        service.Chronicle.Book.Global.KillSwitch.ShouldBeNull();
    }

    [Fact]
    public async Task An_unreachable_server_is_said_and_ends_with_1()
    {
        using var taken = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var url = $"http://{taken.LocalEndpoint}";
        taken.Stop();
        var (exit, output, error) = await OperatorsUnderTest.RunAsync(url, null, "status");
        (exit, output).ShouldBe((1, ""));
        error.ShouldStartWith($"{url} cannot be asked: Connection refused");
        error.ShouldContain("Does the service run there?");
    }

    [Theory]
    [InlineData("not a url")]
    [InlineData("ftp://example.com")]
    [InlineData("127.0.0.1:8080")]
    [InlineData("localhost:8080")]
    public async Task An_address_that_is_none_is_said_and_ends_with_1(string server)
    {
        var (exit, _, error) = await OperatorsUnderTest.RunAsync(server, null, "status");
        exit.ShouldBe(1);
        error.ShouldBe($"\"{server}\" is no address of a service: write it like http://127.0.0.1:8080 (--server, or ALERTROLLBACK_SERVER)\n");
    }

    [Fact]
    public async Task An_address_with_https_where_http_is_spoken_is_said()
    {
        await using var service = await OperatorsUnderTest.StartAsync();
        var server = service.Url.Replace("http:", "https:", StringComparison.Ordinal);

        var (exit, _, error) = await OperatorsUnderTest.RunAsync(server, null, "status");

        exit.ShouldBe(1);
        error.ShouldStartWith($"{server} cannot be asked: no secure connection: ");
        error.ShouldNotContain("inner exception");
        error.ShouldEndWith(". Is it http:// there?\n");
    }

    [Fact]
    public async Task A_wrong_credential_is_told_without_its_content()
    {
        await using var service = await OperatorsUnderTest.StartAsync();
        var (exit, _, error) = await OperatorsUnderTest.RunAsync(service.Url, service.WebhookTokenFile, "status");
        exit.ShouldBe(1);
        error.ShouldContain("answered 403");
        error.ShouldNotContain("hook-token");
    }
}
