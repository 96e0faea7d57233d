using System.Net;
using System.Text.Json.Nodes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Rollbacks;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.Web.Operators;

/// <summary>A person's yes or no to a plan, over HTTP.</summary>
public sealed class AnswerEndpointTests
{
    private static readonly WorkloadRef Api = new(WorkloadKind.Deployment, "production", "rental-api");

    private static JsonObject Restore()
    {
        var start = PeopleUnderTest.Start("restore", "rental-api");
        start["inputs"] = new JsonObject { ["backup"] = "nightly-7" };
        return start;
    }

    [Fact]
    public async Task Another_persons_yes_lets_it_run()
    {
        await using var world = await PeopleUnderTest.StartAsync();
        var asking = await world.AskingAsync(PeopleUnderTest.Start("asked", "rental-api"));
        world.Cluster.Writes.ShouldBe(0);

        (await AnswerAsync(world, "carol", "approve", asking, note: "seen it too")).ShouldBe((HttpStatusCode.NoContent, ""));
        var closed = await world.UntilAsync(r => !r.IsOpen);
        closed.Closed!.Outcome.ShouldBe(Outcome.RolledBack);
        (await world.Cluster.WorldAsync(Api)).ShouldBe("rental-api:v1 x2");
        var approval = (await world.Service.JsonAsync($"rollbacks/{asking.Id}"))["approvals"]!.AsArray().Single()!;
        (Text(approval, "state"), Text(approval, "by"), Text(approval, "note"), Text(approval, "otherwise")).ShouldBe(("given", "carol", "seen it too", "deny"));
    }

    [Theory]
    [InlineData("alice", "whoever started it must not agree to it as well")]
    [InlineData("bob", "only people of the role tech-lead may answer, and bob has it not for rental-api")]
    [InlineData("eve", "only people of the role tech-lead may answer, and eve has it not for rental-api")]
    public async Task Neither_the_starter_nor_people_of_other_roles_agree(string person, string refusal)
    {
        await using var world = await PeopleUnderTest.StartAsync();
        var asking = await world.AskingAsync(PeopleUnderTest.Start("asked", "rental-api"));

        (await AnswerAsync(world, person, "approve", asking)).ShouldBe((HttpStatusCode.Forbidden, refusal));
        world.Book.Rollbacks[asking.Id].Approvals.Single().IsOpen.ShouldBeTrue();
        world.Cluster.Writes.ShouldBe(0);
    }

    [Theory]
    [InlineData("carol")]
    [InlineData("alice")]
    public async Task A_no_ends_it_and_whoever_started_it_may_say_so_too(string person)
    {
        await using var world = await PeopleUnderTest.StartAsync();
        var asking = await world.AskingAsync(PeopleUnderTest.Start("asked", "rental-api"));
        (await AnswerAsync(world, person, "reject", asking, note: "the fix is on its way")).Status.ShouldBe(HttpStatusCode.NoContent);

        var closed = await world.UntilAsync(r => !r.IsOpen);
        (closed.Closed!.Outcome, closed.Closed.Reason, closed.Closed.Text).ShouldBe((Outcome.Refused, Reason.RejectedByPerson, $"{person} said no: the fix is on its way"));
        (await AnswerAsync(world, "carol", "approve", asking)).ShouldBe(
            (HttpStatusCode.Conflict, $"nothing is asked any more, it is closed (rejected_by_person): {person} said no: the fix is on its way"));
        world.Cluster.Writes.ShouldBe(0);
    }

    [Theory]
    [InlineData(null, "to agree, type nightly-7")]
    [InlineData("", "to agree, type nightly-7")]
    [InlineData("nightly-8", "that was not it: to agree, type nightly-7")]
    [InlineData("NIGHTLY-7", "that was not it: to agree, type nightly-7")]
    [InlineData("nightly-7", null)]
    [InlineData(" nightly-7 ", null)]
    public async Task What_has_to_be_typed_is_typed_exactly(string? typed, string? refusal)
    {
        await using var world = await PeopleUnderTest.StartAsync();
        var asking = await world.AskingAsync(Restore());
        asking.Approvals.Single().Request.Answer.ShouldBe("nightly-7");

        (await AnswerAsync(world, "carol", "approve", asking, typed: typed)).ShouldBe(refusal is null ? (HttpStatusCode.NoContent, "") : (HttpStatusCode.BadRequest, refusal));
        world.Book.Rollbacks[asking.Id].Approvals.Single().IsOpen.ShouldBe(refusal is not null);
    }

    [Fact]
    public async Task A_no_needs_nothing_typed()
    {
        await using var world = await PeopleUnderTest.StartAsync();
        (await AnswerAsync(world, "carol", "reject", await world.AskingAsync(Restore()))).Status.ShouldBe(HttpStatusCode.NoContent);
    }

    [Theory]
    [InlineData(null, HttpStatusCode.BadRequest, "an answer is bound to one plan")]
    [InlineData("0123456", HttpStatusCode.BadRequest, "an answer is bound to one plan")]
    [InlineData("0123456789ab", HttpStatusCode.Conflict, "that digest is of no plan of this rollback")]
    public async Task An_answer_without_the_plans_digest_is_none(string? digest, HttpStatusCode status, string refusal)
    {
        await using var world = await PeopleUnderTest.StartAsync();
        var asking = await world.AskingAsync(PeopleUnderTest.Start("asked", "rental-api"));
        foreach (var word in new[] { "approve", "reject" })
        {
            var (answered, text) = await AnswerAsync(world, "carol", word, asking, digest ?? "");
            answered.ShouldBe(status);
            text.ShouldContain(refusal);
        }

        world.Book.Rollbacks[asking.Id].Approvals.Single().IsOpen.ShouldBeTrue();
    }

    [Fact]
    public async Task A_yes_to_an_older_plan_is_refused_with_what_has_changed()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var world = await PeopleUnderTest.StartAsync(time);
        var first = await world.AskingAsync(PeopleUnderTest.Start("asked", "rental-api"));
        await world.Cluster.SetImageAsync(Api, "rental-api:v3");
        await world.Cluster.CompleteAsync(Api, "rental-api:v3");
        time.Advance(TimeSpan.FromMinutes(1));

        // The plan is looked at anew before anything is written, and is another one by then.
        (await AnswerAsync(world, "carol", "approve", first)).Status.ShouldBe(HttpStatusCode.NoContent);
        var second = await world.UntilAsync(r => r.Approvals.Count == 2 && r.Approvals[^1].IsOpen);
        var (status, text) = await AnswerAsync(world, "carol", "approve", first);

        status.ShouldBe(HttpStatusCode.Conflict);
        text.ShouldStartWith("the plan is another one by now: rollout_undo rental-api:v3 (revision 3) → rental-api:v2 (revision 2) instead of rental-api:v2 (revision 2) → rental-api:v1 (revision 1)");
        text.ShouldEndWith($"Look at it again; its digest begins with {second.CurrentPlan!.Digest[..12]}");
        world.Book.Rollbacks[first.Id].HasActed.ShouldBeFalse();
    }

    [Fact]
    public async Task The_same_answer_sent_twice_counts_once()
    {
        await using var world = await PeopleUnderTest.StartAsync();
        var asking = await world.AskingAsync(PeopleUnderTest.Start("asked", "rental-api"));
        foreach (var _ in Enumerable.Range(0, 2))
            (await AnswerAsync(world, "carol", "approve", asking)).Status.ShouldBe(HttpStatusCode.NoContent);
        var closed = await world.UntilAsync(r => !r.IsOpen);
        (await AnswerAsync(world, "carol", "approve", asking)).Status.ShouldBe(HttpStatusCode.NoContent);
        closed.Timeline.Count(t => t.Event is RollbackEvent.ApprovalGiven).ShouldBe(1);
    }

    [Theory]
    [InlineData("asked", false)]
    [InlineData("vetoed", true)]
    public async Task When_nobody_answers_what_the_playbook_declares_happens(string playbook, bool goesOn)
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var world = await PeopleUnderTest.StartAsync(time);
        var asking = await world.AskingAsync(PeopleUnderTest.Start(playbook, "rental-api"));
        time.Advance(TimeSpan.FromMinutes(9));
        world.Book.Rollbacks[asking.Id].Approvals.Single().IsOpen.ShouldBeTrue();

        var after = await FakeTime.PassAsync(time, TimeSpan.FromMinutes(2), world.Service.Chronicle, b => goesOn ? b.Rollbacks[asking.Id].HasActed : !b.Rollbacks[asking.Id].IsOpen);
        if (goesOn)
        {
            after.Rollbacks[asking.Id].Approvals.Single().Lapsed.ShouldNotBeNull();
            return;
        }

        after.Rollbacks[asking.Id].Closed!.Reason.ShouldBe(Reason.ApprovalTimedOut);
        (await AnswerAsync(world, "carol", "approve", asking)).ShouldBe(
            (HttpStatusCode.Conflict, "nothing is asked any more, it is closed (approval_timed_out): nobody of tech-lead answered in time"));
        world.Cluster.Writes.ShouldBe(0);
    }

    [Fact]
    public async Task An_answer_to_a_rollback_that_is_none_names_the_nearest()
    {
        await using var world = await PeopleUnderTest.StartAsync();
        var asking = await world.AskingAsync(PeopleUnderTest.Start("asked", "rental-api"));
        foreach (var word in new[] { "approve", "reject" })
        {
            (await AnswerAsync(world, "carol", word, asking with { Id = asking.Id[..^1] })).ShouldBe(
                (HttpStatusCode.NotFound, $"there is no rollback \"{asking.Id[..^1]}\"; did you mean \"{asking.Id}\"?"));
        }
    }

    private static async Task<(HttpStatusCode Status, string Text)> AnswerAsync(
        PeopleUnderTest world, string person, string word, RollbackState asking, string? digest = null, string? typed = null, string? note = null)
    {
        var answer = new JsonObject { ["digest"] = digest ?? asking.CurrentPlan!.Digest, ["type"] = typed, ["note"] = note };
        var (status, text) = await world.Service.As(person).PostAsync($"rollbacks/{asking.Id}/{word}", answer.ToJsonString());
        return (status, text.Length == 0 ? "" : JsonNode.Parse(text)!.GetValue<string>());
    }

    private static string? Text(JsonNode node, string member) => node[member]?.GetValue<string>();
}
