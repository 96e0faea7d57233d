using AlertRollback.Playbooks;
using AlertRollback.Tests.Playbooks.Actions;
using AlertRollback.Tests.Support;

namespace AlertRollback.Tests.Playbooks.Git;

/// <summary>The service's own clone of a repository that is bigger than what can be fetched in a hurry.</summary>
public sealed class GitCloneTests : IDisposable
{
    private readonly GitPlace _place = new();
    private readonly Scripts _scripts = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _place.Dispose();
        _scripts.Dispose();
    }

    [Theory]
    [InlineData(true, "a.bin, b.bin, other.py")]
    [InlineData(false, "")]
    public async Task Of_the_files_only_those_of_the_revert_are_fetched_where_the_server_can_leave_the_others_out(bool canLeaveOut, string leftOut)
    {
        _place.Git(_place.Remote, "config", "uploadpack.allowFilter", canLeaveOut ? "true" : "false");
        _place.Commit("big", ("a.bin", new string('a', 9000)), ("b.bin", new string('b', 9000)));
        var bad = _place.Commit("bad", ("rentals.py", "one\nBAD\nthree\n"));
        _place.Commit("later", ("rentals.py", "one\nBAD\nthree\nfour\n"));
        _place.Push();
        var action = GitRevertUse.Create(_place.Grant);

        var pin = await action.PinAsync(Acting.Context(), Parameters(bad));
        (await action.ApplyAsync(Acting.Context(), pin)).ShouldBeOfType<StepOutcome.Done>();

        _place.Content("rentals.py").ShouldBe("one\ntwo\nthree\nfour");
        var missing = _place.Git(_place.Clone, "rev-list", "--objects", "--missing=print", "refs/remotes/origin/main").Split('\n').Where(o => o.StartsWith('?')).Select(o => o[1..]).ToList();
        var names = _place.Git(_place.Remote, "ls-tree", "main").Split('\n').Where(f => missing.Contains(f.Split(' ', '\t')[2])).Select(f => f.Split('\t')[1]);
        string.Join(", ", names).ShouldBe(leftOut);
    }

    [Fact]
    public async Task What_a_git_that_was_killed_left_in_the_clone_is_gone_at_the_next_attempt()
    {
        var bad = _place.Commit("bad", ("rentals.py", "one\nBAD\nthree\n"));
        _place.Push();
        _scripts.Write("git", $"""
            for word in "$@"; do
              [ "$word" = fetch ] || continue
              mkdir -p refs/remotes/origin
              touch objects/pack/tmp_pack_a1b2c3 objects/pack/.tmp-7-pack-d4.pack packed-refs.lock refs/remotes/origin/main.lock
              sleep 60
            done
            exec {Need.Program("git")} "$@"
            """);

        var killed = await GitRevertUse.Create(_place.Grant with { Timeout = TimeSpan.FromSeconds(4) }, _scripts.Programs()).PinAsync(Acting.Context(), Parameters(bad), Cancellation);
        killed.ShouldBeOfType<PinOutcome.CannotTell>().Text.ShouldEndWith("git fetch did not end within 4 s");
        Leftovers().Count().ShouldBe(4);

        await GitRevertUse.Create(_place.Grant).PinAsync(Acting.Context(), Parameters(bad));
        Leftovers().ShouldBeEmpty();

        IEnumerable<string> Leftovers() => Directory.EnumerateFiles(_place.Clone, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None })
            .Where(f => Path.GetFileName(f).Contains("tmp", StringComparison.Ordinal) || f.EndsWith(".lock", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_clone_that_people_made_is_used_whatever_it_calls_its_origin()
    {
        var bad = _place.Commit("bad", ("rentals.py", "one\nBAD\nthree\n"));
        _place.Push();
        _place.Git("/", "clone", "--quiet", _place.Remote, _place.Clone);
        _place.Git(_place.Clone, "remote", "set-url", "origin", "/nowhere");

        (await GitRevertUse.Create(_place.Grant).PinAsync(Acting.Context(), Parameters(bad)))["reverted"]!.ToString().ShouldBe(bad);
    }

    private static System.Text.Json.Nodes.JsonObject Parameters(string commit) => new() { ["repository"] = "rental", ["commit"] = commit, ["by"] = "merge" };
}
