using System.Net;
using System.Text.Json.Nodes;
using AlertRollback.Operators;
using AlertRollback.Rollbacks;
using AlertRollback.Tests.Matrix;
using AlertRollback.Tests.Rollbacks.Guards;

namespace AlertRollback.Tests.Web.Operators;

public sealed class QuarantineEndpointsTests
{
    private const string Here = "deployment/production/rental-api";

    [Theory]
    [InlineData("pipeline-token", HttpStatusCode.OK)]
    [InlineData("person-token", HttpStatusCode.OK)]
    [InlineData("hook-token", HttpStatusCode.Forbidden)]
    [InlineData("wrong", HttpStatusCode.Unauthorized)]
    public async Task A_pipelines_credential_asks_one_question_and_opens_nothing_else(string token, HttpStatusCode answer)
    {
        await using var service = await OperatorsUnderTest.StartAsync();
        service.Client.DefaultRequestHeaders.Authorization = new("Bearer", token);

        (await service.GetAsync("quarantine?image=shop/api:v1&service=rental-api")).Status.ShouldBe(answer);
        if (token == "pipeline-token")
        {
            foreach (var path in new[] { "status", "rollbacks", "quarantine/list", "services/rental-api/revisions" })
                (await service.GetAsync(path)).Status.ShouldBe(HttpStatusCode.Forbidden, path);
            (await service.PostAsync("quarantine/unpin", """{"image": "shop/api:v2", "why": "w"}""")).Status.ShouldBe(HttpStatusCode.Forbidden);
        }
    }

    [Fact]
    public async Task A_quarantined_image_is_refused_listed_and_let_go_by_a_person()
    {
        await using var service = await OperatorsUnderTest.StartAsync();
        await QuarantineAsync(service);

        var answer = await service.JsonAsync("quarantine?image=shop/api:v2&service=rental-api");
        (Text(answer, "deploy"), Text(answer, "reason"), Text(answer, "rollbackId")).ShouldBe(("no", "quarantined", "r1"));
        answer["links"]!["rollback"]!.GetValue<string>().ShouldEndWith("/api/v1/rollbacks/r1");
        Text((await service.JsonAsync("quarantine/list")).AsArray().ShouldHaveSingleItem()!, "workload").ShouldBe(Here);

        (await service.PostAsync("quarantine/unpin", """{"image": "shop/api:v2"}""")).Status.ShouldBe(HttpStatusCode.BadRequest, "a reason is always asked for");
        (await service.PostAsync("quarantine/unpin", """{"image": "shop/api:v2", "service": "rental-api", "why": "fixed"}""")).Status.ShouldBe(HttpStatusCode.OK);
        (await service.PostAsync("quarantine/unpin", """{"image": "shop/api:v2", "why": "fixed"}""")).Status.ShouldBe(HttpStatusCode.NotFound);
        Text(await service.JsonAsync("quarantine?image=shop/api:v2&service=rental-api"), "deploy").ShouldBe("yes");
    }

    [Fact]
    public async Task A_revision_that_must_not_come_back_for_what_it_reads_is_listed_and_let_go_and_its_image_is_not_refused()
    {
        await using var service = await OperatorsUnderTest.StartAsync();
        await service.Chronicle.ChangeAsync(_ => [Entry.Of("u", new WorkloadEvent.Barred(Here, "d", ["shop/api:v2"], "r1", "reads it"))], TestContext.Current.CancellationToken);

        Text(await service.JsonAsync("quarantine?image=shop/api:v2&service=rental-api"), "deploy").ShouldBe("yes");
        Text((await service.JsonAsync("quarantine/list")).AsArray().ShouldHaveSingleItem()!, "why").ShouldBe("reads it");
        (await service.PostAsync("quarantine/unpin", """{"image": "shop/api:v2", "why": "revoked"}""")).Status.ShouldBe(HttpStatusCode.OK);
        (await service.JsonAsync("quarantine/list")).AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_container_in_quarantine_belongs_to_the_people_of_its_service()
    {
        await using var service = await OperatorsUnderTest.StartAsync(
            matrix: Matrices.Replaced("services:\n", "services:\n  rental: {slack: \"#rental-ops\"}\n"),
            people: new Dictionary<string, GrantedPeople> { ["on-call"] = new(["alice"], []) });
        var rollback = Runs.Proposed("r1", workload: null).Closed(1);
        await service.Chronicle.ChangeAsync(_ => rollback.Timeline.Select(t => Entry.Of(rollback, t.Event)), TestContext.Current.CancellationToken);
        await QuarantineAsync(service, "container/vm/rental");
        Text(await service.JsonAsync("quarantine?image=shop/api:v2&service=rental"), "deploy").ShouldBe("no");

        foreach (var body in new[] { """{"image": "shop/api:v2", "why": "w"}""", """{"image": "shop/api:v2", "service": "rental", "why": "w"}""" })
            (await service.As("eve").PostAsync("quarantine/unpin", body)).Status.ShouldBe(HttpStatusCode.Forbidden);
        (await service.As("alice").PostAsync("quarantine/unpin", """{"image": "shop/api:v2", "service": "rental-api", "why": "w"}""")).Status.ShouldBe(HttpStatusCode.NotFound);
        (await service.PostAsync("quarantine/unpin", """{"image": "shop/api:v2", "service": "rental", "why": "fixed"}""")).Status.ShouldBe(HttpStatusCode.OK);
        Text(await service.JsonAsync("quarantine?image=shop/api:v2&service=rental"), "deploy").ShouldBe("yes");
    }

    [Theory]
    [InlineData("quarantine")]
    [InlineData("quarantine?image=")]
    [InlineData("quarantine?image=two%20words")]
    public async Task A_question_without_an_image_is_none(string path)
    {
        await using var service = await OperatorsUnderTest.StartAsync();
        (await service.GetAsync(path)).Status.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task The_terminal_says_it_by_its_exit_code()
    {
        await using var service = await OperatorsUnderTest.StartAsync();
        (await service.RunAsync("quarantine", "list")).Output.ShouldBe("nothing is in quarantine\n");
        await QuarantineAsync(service);

        (await service.RunAsync("quarantine", "ask", "shop/api:v1", "--service", "rental-api")).ShouldBe((0, "yes: nothing is known against it\n", ""));
        var (exit, output, _) = await service.RunAsync("quarantine", "ask", "shop/api:v2", "--service", "rental-api");
        exit.ShouldBe(3);
        output.ShouldStartWith("no: deployment/production/rental-api was rolled back from it (shop/api:v2) (until ");
        (await service.RunAsync("quarantine", "ask", "shop/api:v2", "--service", "nobody")).Exit.ShouldBe(4);
        (await service.RunAsync("quarantine", "list")).Output.ShouldStartWith("shop/api:v2  deployment/production/rental-api  until ");
        (await service.RunAsync("quarantine", "unpin", "shop/api:v2", "--why", "fixed")).ShouldBe((0, "done\n", ""));
        (await service.RunAsync("quarantine", "ask", "shop/api:v2")).Exit.ShouldBe(0);
    }

    private static Task QuarantineAsync(OperatorsUnderTest service, string workload = Here) => service.Chronicle.ChangeAsync(
        _ => [Entry.Of("u", new WorkloadEvent.Quarantined(workload, "d", ["shop/api:v2"], "r1", TimeProvider.System.GetUtcNow() + TimeSpan.FromDays(30)))],
        TestContext.Current.CancellationToken);

    private static string? Text(JsonNode node, string member) => node[member]?.GetValue<string>();
}
