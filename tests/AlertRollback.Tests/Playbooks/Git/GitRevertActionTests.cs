using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Tests.Playbooks.Actions;
using AlertRollback.Tests.Playbooks.Containers;
using AlertRollback.Tests.Playbooks.Contract;
using AlertRollback.Tests.Support;

namespace AlertRollback.Tests.Playbooks.Git;

/// <summary>Reverts in real repositories, with the git program.</summary>
public sealed class GitRevertActionTests : IAsyncLifetime
{
    private const string Bad = "one\nBAD\nthree\n";
    private const string Branch = "rollback/rental-api-20261123-120000-";

    private readonly GitPlace _place = new();
    private readonly FakeStepJournal _journal = new();
    private GitHubStub _github = null!;

    public async ValueTask InitializeAsync() => _github = await GitHubStub.StartAsync();

    public async ValueTask DisposeAsync()
    {
        _place.Dispose();
        await _github.DisposeAsync();
    }

    [Fact]
    public async Task A_commit_is_taken_back_and_what_came_after_it_stays()
    {
        var bad = Release();
        _place.Commit("later", ("other.py", "b\n"));
        _place.Push();

        var done = await ApplyAsync(await PinAsync(bad));

        done.ShouldBeOfType<StepOutcome.Done>(done.Text).Reason.ShouldBe(Reason.Applied);
        _place.Content("rentals.py").ShouldBe("one\ntwo\nthree");
        _place.Content("other.py").ShouldBe("b");
        _place.Git(_place.Remote, "log", "-1", "--format=%an <%ae>%n%B", "main").ShouldBe(
            $"AlertRollback <rollback@example.com>\nRevert \"bad release\"\n\nThis reverts commit {bad}.\n\nMade by AlertRollback, rollback rental-api-1.");
    }

    [Fact]
    public async Task A_merge_is_taken_back_to_what_the_branch_was_before_it()
    {
        _place.Git(_place.Desk, "checkout", "--quiet", "-b", "feature");
        _place.Commit("feature 1", ("rentals.py", Bad));
        _place.Commit("feature 2", ("new.py", "x\n"));
        _place.Git(_place.Desk, "checkout", "--quiet", "main");
        _place.Commit("meanwhile", ("other.py", "b\n"));
        _place.Git(_place.Desk, "merge", "--quiet", "--no-ff", "-m", "merge feature", "feature");
        _place.Push();

        var done = await ApplyAsync(await PinAsync(_place.Head(_place.Desk)));

        done.ShouldBeOfType<StepOutcome.Done>(done.Text);
        _place.Content("rentals.py").ShouldBe("one\ntwo\nthree");
        _place.Content("other.py").ShouldBe("b");
        _place.Git(_place.Remote, "ls-tree", "--name-only", "main").ShouldNotContain("new.py");
    }

    [Fact]
    public async Task Later_changes_of_the_same_lines_are_a_conflict_and_nothing_is_pushed()
    {
        var bad = Release();
        _place.Commit("repair", ("rentals.py", "one\nREPAIRED\nthree\n"));
        _place.Push();

        var refused = await RefusedAsync(bad);

        refused.Reason.ShouldBe(Reason.RevertConflict);
        refused.Text.ShouldEndWith(": rentals.py");
        _place.Branches.ShouldBe(["main"]);
    }

    [Fact]
    public async Task What_was_reverted_already_is_not_reverted_again_unless_the_revert_was_taken_back()
    {
        var bad = Release();
        var by = _place.RevertByHand(bad);
        var refused = await RefusedAsync(bad);
        refused.Reason.ShouldBe(Reason.NothingWouldChange);
        refused.Text.ShouldContain(by[..10]);

        _place.RevertByHand(by);
        await ApplyAsync(await PinAsync(bad));
        _place.Content("rentals.py").ShouldBe("one\ntwo\nthree");
    }

    [Fact]
    public async Task Somebody_elses_newer_push_is_not_pushed_over()
    {
        var pin = await PinAsync(Release());
        var fix = _place.Commit("the fix", ("rentals.py", "one\nFIXED\nthree\n"));
        _place.Push();

        var outcome = await ApplyAsync(pin);

        outcome.ShouldBeOfType<StepOutcome.Superseded>().Text.ShouldContain("it may be the fix");
        _place.Head(_place.Remote, "main").ShouldBe(fix);
    }

    [Fact]
    public async Task A_push_that_comes_between_the_look_and_ours_is_not_pushed_over_either()
    {
        var pin = await PinAsync(Release());

        // Another one's push is there first: the same as this, at the server, a moment before ours.
        _place.Commit("the fix", ("other.py", "fixed\n"));
        _place.Push("waiting");
        _place.Hook("pre-receive", "unset GIT_QUARANTINE_PATH; git update-ref refs/heads/main refs/heads/waiting");

        var outcome = await ApplyAsync(pin);

        (outcome is StepOutcome.Superseded or StepOutcome.Failed).ShouldBeTrue(outcome.ToString());
        _place.Content("other.py").ShouldBe("fixed");
    }

    [Fact]
    public async Task After_a_crash_between_the_push_and_the_journal_nothing_is_pushed_again()
    {
        _place.CountPushes();
        var pin = await PinAsync(Release());
        var pushes = _place.Pushes;
        await ApplyAsync(pin);

        var outcome = await ApplyAsync(pin, attempt: 2, new FakeStepJournal());

        outcome.ShouldBeOfType<StepOutcome.Done>().Reason.ShouldBe(Reason.AlreadyAtTarget);
        _place.Pushes.ShouldBe(pushes + 1);
    }

    [Fact]
    public async Task A_clone_that_was_lost_is_made_again_with_the_same_commit()
    {
        var pin = await PinAsync(Release());
        Directory.Delete(_place.Clone, recursive: true);

        (await ApplyAsync(pin)).ShouldBeOfType<StepOutcome.Done>();
        _place.Head(_place.Remote, "main").ShouldBe(pin["commit"]!.ToString());
    }

    [Fact]
    public async Task A_server_that_does_not_take_the_push_is_a_measured_failure_with_its_words()
    {
        var pin = await PinAsync(Release());
        _place.Hook("pre-receive", "echo 'GH006: Protected branch update failed' >&2; exit 1");

        var failed = (await ApplyAsync(pin)).ShouldBeOfType<StepOutcome.Failed>();

        failed.Reason.ShouldBe(Reason.RejectedByService);
        failed.Text.ShouldContain("pre-receive hook declined");
        _place.Content("rentals.py").ShouldBe(Bad.Trim());
    }

    [Fact]
    public async Task A_protected_branch_is_pushed_to_only_when_matrix_and_operator_both_say_so_and_it_is_told()
    {
        var bad = Release();
        _github.IsProtected = true;
        var granted = _place.Grant with { Api = _github.Api };

        (await RefusedAsync(bad, granted)).Text.ShouldContain("main of rental is protected");
        (await RefusedAsync(bad, granted, Bypass)).Text.ShouldContain("the operator does not allow");

        var pinned = await Create(granted with { BypassAllowed = true }).PinAsync(Context(), Parameters(bad, Bypass), TestContext.Current.CancellationToken);
        pinned.ShouldBeOfType<PinOutcome.Pinned>().Warnings.ShouldHaveSingleItem().ShouldContain("past its protection");
        var done = await ApplyAsync(((PinOutcome.Pinned)pinned).Pin, granted: granted with { BypassAllowed = true });
        done.ShouldBeOfType<StepOutcome.Done>().Text.ShouldEndWith("past the protection of main, without a review: the playbook asks for it and the operator allows it");
        _journal.Marks["pushed"]["bypass"]!.GetValue<bool>().ShouldBeTrue();
    }

    [Fact]
    public async Task A_pull_request_is_opened_once_and_waited_for_until_people_have_merged_it()
    {
        var granted = _place.Grant with { Api = _github.Api };
        var pin = await PinAsync(Release(), granted, PullRequest);
        var late = await ApplyAsync(pin, granted: granted, deadline: TimeProvider.System.GetUtcNow());
        late.ShouldBeOfType<StepOutcome.CannotTell>().Text.ShouldBe("pull request 1 was not merged in time; it stays open: https://github.com/example/rental/pull/1");

        var branch = _place.Branches.Single(b => b.StartsWith(Branch, StringComparison.Ordinal));
        _place.Content("rentals.py", branch).ShouldBe("one\ntwo\nthree");
        _place.Content("rentals.py").ShouldBe(Bad.Trim());
        _github.Pulls.ShouldHaveSingleItem()["title"]!.ToString().ShouldBe("Revert \"bad release\"");

        // Merged by people, in a way that makes another commit of it; and the process had crashed meanwhile.
        _place.Git(_place.Desk, "fetch", "--quiet", "origin", branch);
        _place.Git(_place.Desk, "merge", "--quiet", "--no-ff", "-m", "Merge pull request 1", "FETCH_HEAD");
        _place.Push();
        (_github.Pulls[0]["state"], _github.Pulls[0]["merged"]) = ("closed", true);
        (await ApplyAsync(pin, attempt: 2, new FakeStepJournal(), granted)).ShouldBeOfType<StepOutcome.Done>();
        _github.Pulls.ShouldHaveSingleItem();
        _place.Content("rentals.py").ShouldBe("one\ntwo\nthree");
    }

    [Fact]
    public async Task A_pull_request_that_people_close_is_their_no()
    {
        var granted = _place.Grant with { Api = _github.Api };
        var pin = await PinAsync(Release(), granted, PullRequest);
        await ApplyAsync(pin, granted: granted, deadline: TimeProvider.System.GetUtcNow());
        _github.Pulls[0]["state"] = "closed";

        (await ApplyAsync(pin, attempt: 2, granted: granted)).ShouldBeOfType<StepOutcome.Failed>().Reason.ShouldBe(Reason.RejectedByPerson);
    }

    [Fact]
    public async Task Without_an_API_there_is_no_pull_request() =>
        (await RefusedAsync(Release(), extra: PullRequest)).Reason.ShouldBe(Reason.NotGranted);

    [Theory]
    [InlineData("0123456789", "is no commit of main")]
    [InlineData("main; rm -rf /", "is no commit's id")]
    [InlineData("--upload-pack=x", "is no commit's id")]
    public async Task What_is_no_commit_of_the_branch_is_refused(string commit, string why) =>
        (await RefusedAsync(commit)).Text.ShouldContain(why);

    [Fact]
    public async Task A_branch_that_was_not_granted_is_refused() =>
        (await RefusedAsync(Release(), extra: new JsonObject { ["by"] = "merge", ["into"] = "release" })).Reason.ShouldBe(Reason.NotGranted);

    [Fact]
    public async Task The_deployed_commit_is_what_the_container_says_it_was_built_from()
    {
        var bad = Release();
        await using var engine = await PretendEngine.StartAsync();
        engine.Run("rental-api-prod", "rental-api:v2", config: $$$"""{"Labels": {"org.opencontainers.image.revision": "{{{bad}}}"}}""");
        var context = Context() with { Service = Acting.Service("""{"container": {"name": "rental-api-prod", "host": "rental-vm"}}""") };
        var action = GitRevertUse.Create(_place.Grant, engine: engine.Grant);

        (await action.PinAsync(context, Parameters("deployed", Merge)))["reverted"]!.ToString().ShouldBe(bad);

        engine.Run("rental-api-prod", "rental-api:v2");
        (await action.RefusedAsync(context, Parameters("deployed", Merge))).Text.ShouldContain(
            "does not say which commit it was built from: put org.opencontainers.image.revision on the pod template or into the image, tag the image with the whole commit, or name the commit");
        engine.Run("rental-api-prod", $"rental-api:{bad}");
        (await action.PinAsync(context, Parameters("deployed", Merge)))["reverted"]!.ToString().ShouldBe(bad);
        engine.Run("rental-api-prod", $"rental-api:{bad[..10]}");
        (await action.RefusedAsync(context, Parameters("deployed", Merge))).Text.ShouldContain("does not say which commit it was built from");
    }

    [Fact]
    public async Task S6_people_read_in_the_plan_that_a_suspended_owner_does_not_deploy_what_is_pushed()
    {
        var bad = Release();
        await using var cluster = await TestCluster.SandboxAsync();
        var owner = await Owners.OwnAsync(cluster.Api, await cluster.TwoReleasesAsync(), "kustomization", """{"suspend": true}""", "kustomize.toolkit.fluxcd.io");
        var context = Context() with { Service = Acting.Service($$"""{"owned_by": "{{owner.Address}}"}""") };
        (await WarningsAsync(cluster.Api)).ShouldBe([$"{owner} is suspended: what is pushed is deployed only once somebody resumes it."]);

        await cluster.Api.MergePatchAsync(owner.Object, new JsonObject { ["spec"] = new JsonObject { ["suspend"] = false } }, new(), TestContext.Current.CancellationToken);
        (await WarningsAsync(cluster.Api)).ShouldBeEmpty();
        (await WarningsAsync(null)).ShouldHaveSingleItem().ShouldStartWith($"Whether {owner} is suspended, and would not deploy what is pushed, could not be read");

        async Task<IReadOnlyList<string>> WarningsAsync(IKubernetesApi? api) => (await GitRevertUse.Create(_place.Grant, api: api)
            .PinAsync(context, Parameters(bad, Merge), TestContext.Current.CancellationToken)).ShouldBeOfType<PinOutcome.Pinned>().Warnings;
    }

    [Fact]
    public async Task A_token_is_in_the_environment_of_git_and_nowhere_else()
    {
        using var scripts = new Scripts();
        scripts.Write("git", $"printf '%s\\n' \"$@\" >> {scripts.At("arguments")}; env >> {scripts.At("environment")}; exit 128");
        scripts.Write("token", "");
        await File.WriteAllTextAsync(scripts.At("token"), "ghp_secret123", TestContext.Current.CancellationToken);
        var granted = _place.Grant with { Url = "https://git.example.com/rental.git", TokenFile = scripts.At("token") };

        var outcome = await GitRevertUse.Create(granted, scripts.Programs()).PinAsync(Context(), Parameters("0123456", Merge), TestContext.Current.CancellationToken);

        outcome.ShouldBeOfType<PinOutcome.CannotTell>();
        var encoded = Convert.ToBase64String("x-access-token:ghp_secret123"u8);
        (await File.ReadAllTextAsync(scripts.At("environment"), TestContext.Current.CancellationToken)).ShouldContain($"GIT_CONFIG_VALUE_0=Authorization: Basic {encoded}");
        var arguments = await File.ReadAllTextAsync(scripts.At("arguments"), TestContext.Current.CancellationToken);
        arguments.ShouldNotContain("secret123");
        arguments.ShouldNotContain(encoded);
    }

    private static JsonObject Merge => new() { ["by"] = "merge" };

    private static JsonObject Bypass => new() { ["by"] = "merge", ["bypass"] = true };

    private static JsonObject PullRequest => new() { ["by"] = "pull_request" };

    private string Release()
    {
        var bad = _place.Commit("bad release", ("rentals.py", Bad));
        _place.Push();
        return bad;
    }

    private static GitRevertAction Create(GrantedRepository granted) => GitRevertUse.Create(granted);

    private Task<JsonObject> PinAsync(string commit, GrantedRepository? granted = null, JsonObject? extra = null) =>
        Create(granted ?? _place.Grant).PinAsync(Context(), Parameters(commit, extra ?? Merge));

    private Task<PinOutcome.Refused> RefusedAsync(string commit, GrantedRepository? granted = null, JsonObject? extra = null) =>
        Create(granted ?? _place.Grant).RefusedAsync(Context(), Parameters(commit, extra ?? Merge));

    private Task<StepOutcome> ApplyAsync(JsonObject pin, int attempt = 1, FakeStepJournal? journal = null, GrantedRepository? granted = null, DateTimeOffset? deadline = null) =>
        Create(granted ?? _place.Grant).ApplyAsync(Acting.Context(attempt: attempt, journal: journal ?? _journal, deadline: deadline), pin);

    private StepContext Context() => Acting.Context(journal: _journal);

    private static JsonObject Parameters(string commit, JsonObject extra)
    {
        var parameters = extra.DeepClone().AsObject();
        (parameters["repository"], parameters["commit"]) = ("rental", commit);
        return parameters;
    }
}
