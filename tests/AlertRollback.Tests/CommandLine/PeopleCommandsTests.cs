using System.Text.RegularExpressions;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Rollbacks;
using AlertRollback.Tests.Web.Operators;

namespace AlertRollback.Tests.CommandLine;

/// <summary>Starting, agreeing and looking from a terminal, with the service behind it.</summary>
public sealed partial class PeopleCommandsTests
{
    private static readonly string[] Because = ["--reason", "the new release loses orders"];

    [Fact]
    public async Task What_one_person_starts_another_agrees_to_and_it_is_carried_out()
    {
        await using var world = await PeopleUnderTest.StartAsync();
        var started = await AsAsync(world, "alice", ["trigger", "asked", "--service", "rental-api", .. Because]);
        var asking = await world.UntilAsync(r => r.Approvals.Any(a => a.IsOpen));
        started.ShouldBe((0, $"started {asking.Id}; see: alertrollback show {asking.Id}\n", ""));
        (await AsAsync(world, "alice", "rollbacks", "--open")).Output.ShouldContain(asking.Id);

        var (_, shown, _) = await AsAsync(world, "carol", "show", asking.Id);
        shown.ShouldContain("deployment/production/rental-api  rental-api:v2 (revision 2) → rental-api:v1 (revision 1)\n");
        shown.ShouldContain("Started by alice: the new release loses orders\n");
        var digest = Asked().Match(shown).Groups[1].Value;
        asking.CurrentPlan!.Digest.ShouldStartWith(digest.Length == 12 ? digest : "a digest is shown");
        shown.ShouldContain($"until {Moment.Minute(asking.Approvals[0].Request.Deadline, asking.Approvals[0].At)} UTC, otherwise deny\n");

        (await AsAsync(world, "alice", "approve", asking.Id, "--digest", digest)).ShouldBe((1, "", $"{world.Service.Url} answered 403: whoever started it must not agree to it as well\n"));
        (await AsAsync(world, "carol", "approve", asking.Id, "--digest", digest, "--note", "seen it too")).ShouldBe((0, "done\n", ""));
        (await world.UntilAsync(r => !r.IsOpen)).Closed!.Outcome.ShouldBe(Outcome.RolledBack);
        (await world.Cluster.WorldAsync(new WorkloadRef(WorkloadKind.Deployment, "production", "rental-api"))).ShouldBe("rental-api:v1 x2");
        (await AsAsync(world, "alice", "show", asking.Id)).Output.ShouldContain("carol said yes: seen it too\n");
        (await AsAsync(world, "alice", "rollbacks", "--open")).ShouldBe((0, "no rollbacks\n", ""));
    }

    [Fact]
    public async Task Whoever_starts_what_has_to_wait_is_told_so_at_once()
    {
        await using var world = await PeopleUnderTest.StartAsync();
        var until = new DateTimeOffset(2199, 1, 1, 0, 0, 0, TimeSpan.Zero);
        await world.Service.Chronicle.ChangeAsync(_ => [Entry.Of(new GlobalEvent.Frozen("rental-api", until, "bob", "sale"))], TestContext.Current.CancellationToken);
        var (exit, output, _) = await AsAsync(world, "alice", ["trigger", "asked", "--service", "rental-api", .. Because]);
        var id = world.Book.Rollbacks.Keys.Single();
        (exit, output).ShouldBe((0, $"started {id}, which waits: frozen by bob until 2199-01-01 00:00 UTC: sale. "
            + $"It goes on by itself when that is over, unless it waited for long; see: alertrollback show {id}\n"));
    }

    [Fact]
    public async Task A_typed_confirmation_is_asked_for_by_its_text_and_taken_exactly()
    {
        await using var world = await PeopleUnderTest.StartAsync();
        await AsAsync(world, "alice", ["trigger", "restore", "--service", "rental-api", "--input", "backup=a=b", "--input", "note=now", .. Because]);
        var asking = await world.UntilAsync(r => r.Approvals.Any(a => a.IsOpen));
        var digest = asking.CurrentPlan!.Digest[..12];
        var (_, shown, _) = await AsAsync(world, "carol", "show", asking.Id);
        shown.ShouldContain("Started by alice: the new release loses orders (backup=a=b, note=now)\n");
        shown.ShouldContain("; to agree, type: a=b\n");
        shown.ShouldContain($"alertrollback approve {asking.Id} --digest {digest} --type \"<the backup's name>\"");

        (await AsAsync(world, "carol", "approve", asking.Id, "--digest", digest)).Error.ShouldEndWith(" answered 400: to agree, type a=b\n");
        (await AsAsync(world, "carol", "approve", asking.Id, "--digest", digest, "--type", "a=c")).Error.ShouldEndWith(" answered 400: that was not it: to agree, type a=b\n");
        world.Cluster.Writes.ShouldBe(0);
        (await AsAsync(world, "carol", "approve", asking.Id, "--digest", digest, "--type", "a=b")).Exit.ShouldBe(0);
    }

    [Fact]
    public async Task A_no_ends_it()
    {
        await using var world = await PeopleUnderTest.StartAsync();
        await AsAsync(world, "alice", ["trigger", "asked", "--service", "rental-api", .. Because]);
        var asking = await world.UntilAsync(r => r.Approvals.Any(a => a.IsOpen));
        var digest = asking.CurrentPlan!.Digest[..12];

        (await AsAsync(world, "carol", "reject", asking.Id, "--digest", "0123456789ab")).Error.ShouldEndWith($" answered 409: that digest is of no plan of this rollback: look at the plan; its digest begins with {asking.CurrentPlan!.Digest[..12]}\n");
        (await AsAsync(world, "carol", "reject", asking.Id, "--digest", digest, "--note", "the fix is on its way")).ShouldBe((0, "done\n", ""));
        (await world.UntilAsync(r => !r.IsOpen)).Closed!.Reason.ShouldBe(Reason.RejectedByPerson);
    }

    [Theory]
    [InlineData("alice", "undo --service rental-apu", "answered 400: no team declares \"rental-apu\"; did you mean \"rental-api\"? Nothing was started")]
    [InlineData("alice", "udno --service rental-api", "answered 400: team rental has no playbook \"udno\"; did you mean \"undo\"? Nothing was started")]
    [InlineData("alice", "undo --service rental-api --method apu", "answered 400: playbook undo has no method \"apu\"; did you mean \"api\"? Nothing was started")]
    [InlineData("alice", "undo --service rental-api --input a=1", "answered 400: playbook undo has no input \"a\"; there are no inputs here; nothing was started")]
    [InlineData("alice", "restore --service rental-api", "answered 400: playbook restore needs the input backup; nothing was started")]
    [InlineData("alice", "restore --service rental-api rental-web --input backup=b", "answered 400: playbook restore is for one service at a time; nothing was started")]
    [InlineData("bob", "undo --service rental-api", "answered 403: bob has none of the roles on-call, trainee for rental-api; nothing was started")]
    [InlineData("eve", "undo --service rental-staging", "answered 403: eve has none of the roles on-call, trainee for rental-staging; nothing was started")]
    [InlineData("nobody", "undo --service rental-api", "answered 401: a known bearer token or user and password is needed. --token-file names the file with yours")]
    public async Task What_is_not_started_is_said_in_words_and_ends_with_1(string person, string command, string words)
    {
        await using var world = await PeopleUnderTest.WithoutClusterAsync();
        (await AsAsync(world, person, ["trigger", .. command.Split(' '), .. Because])).ShouldBe((1, "", $"{world.Service.Url} {words}\n"));
        world.Book.Rollbacks.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("trigger undo --service rental-api", "--reason")]
    [InlineData("trigger undo --reason r", "--service")]
    [InlineData("trigger --service rental-api --reason r", "trigger")]
    [InlineData("trigger restore --service rental-api --reason r --input backup", "--input is NAME=VALUE, not backup")]
    [InlineData("approve x", "--digest")]
    [InlineData("reject x", "--digest")]
    [InlineData("quarantine unpin shop/api:v1", "--why")]
    [InlineData("freeze rental-api 1h", "--why")]
    [InlineData("trigger restore --service rental-api --reason r --input backup=a --input backup=b", "--input backup is given twice")]
    [InlineData("trigger  --service rental-api --reason r", "PLAYBOOK is empty: a playbook that may be started by hand")]
    [InlineData("show ", "ID is empty: the rollback's id")]
    [InlineData("approve  --digest d", "ID is empty: the rollback's id")]
    [InlineData("task done ", "ID is empty: the task's id")]
    [InlineData("revisions ", "SERVICE is empty: a service of the matrix")]
    [InlineData("quarantine ask ", "IMAGE is empty: a reference such as shop/api:v1, or a digest")]
    [InlineData("quarantine unpin  --why r", "IMAGE is empty: as \"quarantine list\" shows it")]
    [InlineData("freeze  1h --why sale", "SERVICE is empty: a service of the matrix")]
    [InlineData("freeze rental-api  --why sale", "FOR is empty: a duration such as 2h, or \"off\"")]
    public async Task What_is_always_asked_for_is_asked_before_anything_is_sent(string command, string words)
    {
        await using var world = await PeopleUnderTest.WithoutClusterAsync();
        var (exit, _, error) = await AsAsync(world, "alice", command.Split(' '));
        exit.ShouldBe(1);
        error.ShouldContain(words);
        world.Book.Sequence.ShouldBe(0);
    }

    [Fact]
    public async Task Several_services_are_started_together_and_one_key_starts_them_once()
    {
        await using var world = await PeopleUnderTest.WithoutClusterAsync();
        string[] command = ["trigger", "undo", "--service", "rental-api", "rental-web", "--key", "k7", .. Because];
        var first = await AsAsync(world, "alice", command);
        first.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(2);
        (await AsAsync(world, "alice", command)).ShouldBe(first);
        world.Book.Rollbacks.Values.Select(r => r.Manual!.Group).Distinct().ShouldHaveSingleItem().ShouldBe("alice/k7");
        world.Book.Rollbacks.Count.ShouldBe(2);
        (await AsAsync(world, "alice", [.. command[..^1], "another reason"])).Error.ShouldContain("answered 409: the key was used for another request");
    }

    [Fact]
    public async Task Shadow_shows_the_plan_of_the_method_that_was_named()
    {
        await using var world = await PeopleUnderTest.StartAsync();
        await AsAsync(world, "alice", ["trigger", "undo", "--service", "rental-api", "--method", "restart", "--shadow", .. Because]);
        var closed = await world.UntilAsync(r => !r.IsOpen);
        closed.CurrentPlan!.MethodName.ShouldBe("restart");
        var (_, shown, _) = await AsAsync(world, "alice", "show", closed.Id);
        shown.ShouldContain("  plan: rollout_restart ");
        shown.ShouldContain("shadow mode: this is what would have been done; nothing was changed\n");
        world.Cluster.Writes.ShouldBe(0);
    }

    [Fact]
    public async Task Tasks_freezes_and_the_quarantine_are_for_the_people_of_that_environment()
    {
        await using var world = await PeopleUnderTest.WithoutClusterAsync();
        await world.Service.FireAsync("low");
        var task = (await world.Service.UntilAsync(b => !b.Tasks.IsEmpty)).Tasks.Keys.Single();
        await world.Service.Chronicle.ChangeAsync(
            _ => [Entry.Of("u", new WorkloadEvent.Quarantined("deployment/production/rental-api", "d", ["shop/api:v2"], "r1", null))], TestContext.Current.CancellationToken);
        var before = world.Book.Sequence;

        string[][] commands = [["task", "done", task], ["freeze", "rental-api", "1h", "--why", "w"], ["quarantine", "unpin", "shop/api:v2", "--why", "w"]];
        foreach (var command in commands)
            (await AsAsync(world, "bob", command)).ShouldBe((1, "", $"{world.Service.Url} answered 403: bob has no role of team rental for rental-api\n"));
        world.Book.Sequence.ShouldBe(before);
        (await AsAsync(world, "bob", "freeze", "rental-staging", "1h", "--why", "w")).Exit.ShouldBe(0);
        foreach (var command in commands)
        {
            var (exit, output, error) = await AsAsync(world, "alice", command);
            (exit, error).ShouldBe((0, ""));
            output.ShouldStartWith("done");
        }

        (await AsAsync(world, "bob", "task", "list", "--open")).Output.ShouldBe("no tasks\n");
    }

    [Theory]
    [InlineData("show rental-by-hand", "there is no rollback \"rental-by-hand\"; there are no rollbacks here")]
    [InlineData("approve x --digest 0123456789ab", "there is no rollback \"x\"; there are no rollbacks here")]
    [InlineData("task done x", "there is no task \"x\"; there are no tasks here")]
    [InlineData("revisions rental-apo", "no team declares the service \"rental-apo\"; did you mean \"rental-api\"?")]
    [InlineData("freeze rental-apo 1h --why w", "\"service\" names no service of the matrix; did you mean \"rental-api\"?")]
    [InlineData("quarantine unpin shop/api:v2 --why w", "there is no image in quarantine \"shop/api:v2\"; there are no images here")]
    [InlineData("quarantine unpin shop/api:v2 --service rental-apo --why w", "\"service\" names no service of the matrix; did you mean \"rental-api\"?")]
    public async Task An_unknown_name_is_refused_with_the_nearest(string command, string words)
    {
        await using var world = await PeopleUnderTest.WithoutClusterAsync();
        var (exit, output, error) = await AsAsync(world, "alice", command.Split(' '));
        (exit, output).ShouldBe((1, ""));
        error.ShouldEndWith($": {words}\n");
    }

    [Fact]
    public async Task Without_a_cluster_the_revisions_are_not_guessed()
    {
        await using var world = await PeopleUnderTest.WithoutClusterAsync();
        var (exit, output, error) = await AsAsync(world, "alice", "revisions", "rental-api");
        (exit, output).ShouldBe((1, ""));
        error.ShouldStartWith($"{world.Service.Url} answered 502: the Kubernetes API cannot be read: ");
        error.ShouldNotContain("{");
    }

    [Fact]
    public async Task A_token_file_that_cannot_be_read_is_said_and_nothing_is_sent()
    {
        await using var world = await PeopleUnderTest.WithoutClusterAsync();
        var (exit, _, error) = await OperatorsUnderTest.RunAsync(world.Service.Url, "/nowhere/token", "rollbacks");
        exit.ShouldBe(1);
        error.ShouldStartWith("the token file /nowhere/token cannot be read: ");
    }

    [Fact]
    public async Task A_pipelines_token_asks_its_one_question_and_starts_nothing()
    {
        await using var world = await PeopleUnderTest.WithoutClusterAsync();
        (await AsAsync(world, "pipeline", "quarantine", "ask", "shop/api:v1", "--service", "rental-api")).ShouldBe((0, "yes: nothing is known against it\n", ""));
        (await AsAsync(world, "pipeline", "quarantine", "ask", "shop/api:v1", "--service", "rental-apo")).ShouldBe(
            (4, "ask: no team declares the service \"rental-apo\"; did you mean \"rental-api\"?\n", ""));
        (await AsAsync(world, "pipeline", ["trigger", "undo", "--service", "rental-api", .. Because])).ShouldBe(
            (1, "", $"{world.Service.Url} answered 403: this credential is not for operators\n"));
        world.Book.Rollbacks.ShouldBeEmpty();
    }

    private static Task<(int Exit, string Output, string Error)> AsAsync(PeopleUnderTest world, string person, params string[] arguments) =>
        OperatorsUnderTest.RunAsync(world.Service.Url, world.Service.TokenFileOf(person), arguments);

    [GeneratedRegex(@"^Asked: tech-lead, not whoever started it \(.*\), plan ([0-9a-f]+), ", RegexOptions.Multiline)]
    private static partial Regex Asked();
}
