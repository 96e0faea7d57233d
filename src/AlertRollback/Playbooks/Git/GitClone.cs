using System.Globalization;
using System.Text;
using AlertRollback.Operators;
using AlertRollback.Playbooks.Programs;

namespace AlertRollback.Playbooks.Git;

/// <summary>
/// The clone that this service keeps of a granted repository, worked on by the git program: no work tree, no editor, no hooks,
/// no configuration of this machine. Credentials go through the environment, never into an argument or the clone.
/// </summary>
public sealed class GitClone(LocalPrograms programs, GrantedRepository repository)
{
    // Whatever else the clone's own configuration calls a remote.
    private const string Remote = "alertrollback";

    private static readonly string[] Own = ["-c", "core.hooksPath=/dev/null", "-c", "gc.autoDetach=false", "-c", "credential.helper="];

    // A revert needs the history, and of the files only the few that it changes: those are fetched when they are needed. A
    // server that cannot do so sends all.
    private string[] Partial => ["-c", $"remote.{Remote}.url={repository.Url}", "-c", $"remote.{Remote}.promisor=true", "-c", $"remote.{Remote}.partialCloneFilter=blob:none"];

    /// <summary>The branch's newest commit after a fetch; null when there is no such branch.</summary>
    /// <exception cref="GitException">It cannot be fetched.</exception>
    public async Task<string?> FetchAsync(string branch, CancellationToken cancellation)
    {
        if (await RemoteAsync(branch, cancellation) is null)
            return null;
        await PrepareAsync(cancellation);
        await DoneAsync(["fetch", "--quiet", "--no-tags", "--filter=blob:none", Remote, $"+refs/heads/{branch}:{Tracking(branch)}"], cancellation);
        return (await DoneAsync(["rev-parse", "--verify", "--quiet", Tracking(branch)], cancellation)).Trim();
    }

    /// <summary>What the repository itself says a branch is at; null: there is none.</summary>
    public async Task<string?> RemoteAsync(string branch, CancellationToken cancellation)
    {
        var listed = await DoneAsync(["ls-remote", repository.Url, $"refs/heads/{branch}"], cancellation, inClone: false);
        return listed.Split('\t', 2)[0].Trim() is { Length: > 0 } commit ? commit : null;
    }

    /// <summary>The full id of a commit that is in the clone; null: it is not.</summary>
    public async Task<string?> CommitAsync(string id, CancellationToken cancellation) =>
        await RunAsync(["rev-parse", "--verify", "--quiet", "--end-of-options", $"{id}^{{commit}}"], cancellation, fetches: false) is { ExitCode: 0 } found ? found.Output.Trim() : null;

    public async Task<bool> ContainsAsync(string commit, string ancestor, CancellationToken cancellation) =>
        (await RunAsync(["merge-base", "--is-ancestor", ancestor, commit], cancellation)).ExitCode == 0;

    /// <summary>The newest commit that says it reverts this one, after it and up to <paramref name="head"/>; null: none does.</summary>
    public async Task<string?> RevertOfAsync(string commit, string head, CancellationToken cancellation)
    {
        var found = await DoneAsync(["log", "--format=%H", "--fixed-strings", $"--grep={Message.Trailer(commit)}", "--max-count=1", $"{commit}..{head}"], cancellation);
        return found.Trim() is { Length: > 0 } revert ? revert : null;
    }

    public async Task<IReadOnlyList<string>> ParentsAsync(string commit, CancellationToken cancellation) =>
        [.. (await DoneAsync(["rev-list", "--parents", "--max-count=1", commit], cancellation)).Trim().Split(' ').Skip(1)];

    public async Task<string> SubjectAsync(string commit, CancellationToken cancellation) =>
        Texts.Clip((await DoneAsync(["log", "--format=%s", "--max-count=1", commit], cancellation)).Trim(), 120);

    public async Task<string> TreeAsync(string commit, CancellationToken cancellation) =>
        (await DoneAsync(["rev-parse", "--verify", $"{commit}^{{tree}}"], cancellation)).Trim();

    /// <summary>Merges two commits, without a work tree.</summary>
    /// <returns>The tree, or the files in which they collide.</returns>
    public async Task<(string? Tree, IReadOnlyList<string> Conflicts)> MergeAsync(string ours, string theirs, CancellationToken cancellation)
    {
        var merged = await RunAsync(["merge-tree", "--write-tree", "--name-only", "--no-messages", ours, theirs], cancellation);
        var lines = merged.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return merged.ExitCode switch
        {
            0 => (lines[0], []),
            1 => (null, [.. lines.Skip(1).Distinct()]),
            _ => throw new GitException(GitFault.Unavailable, $"git cannot merge: {merged.LastLine}"),
        };
    }

    /// <summary>A commit that is the same whenever it is made of the same: its time is given.</summary>
    public async Task<string> WriteCommitAsync(string tree, string parent, string message, DateTimeOffset at, CancellationToken cancellation) =>
        (await DoneAsync(["commit-tree", tree, "-p", parent, "-m", message], cancellation, at: at)).Trim();

    /// <summary>Pushes a commit to a branch, never by force.</summary>
    /// <param name="mustBeNew">The branch must not exist.</param>
    /// <returns>How git ended; whether it was carried out, the repository has to be asked.</returns>
    public async Task<ProgramResult> PushAsync(string commit, string branch, bool mustBeNew, CancellationToken cancellation)
    {
        string[] lease = mustBeNew ? [$"--force-with-lease=refs/heads/{branch}:"] : [];
        return await StartAsync(["push", "--porcelain", "--no-follow-tags", .. lease, repository.Url, $"{commit}:refs/heads/{branch}"], cancellation);
    }

    private static string Tracking(string branch) => $"refs/remotes/origin/{branch}";

    private async Task PrepareAsync(CancellationToken cancellation)
    {
        if (new[] { Path.Combine(repository.Directory, ".git"), repository.Directory }.FirstOrDefault(d => File.Exists(Path.Combine(d, "HEAD"))) is { } there)
        {
            GitLeftovers.Remove(there);
            return;
        }

        try
        {
            Directory.CreateDirectory(repository.Directory);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new GitException(GitFault.NotThere, $"the folder of the clone cannot be made: {fault.GetType().Name}");
        }

        await DoneAsync(["init", "--quiet", "--bare"], cancellation);
    }

    private async Task<string> DoneAsync(string[] arguments, CancellationToken cancellation, bool inClone = true, DateTimeOffset? at = null)
    {
        var ended = await RunAsync(arguments, cancellation, inClone, at);
        return ended.ExitCode == 0 ? ended.Output : throw new GitException(GitFault.Unavailable, $"git {arguments[0]}: {ended.LastLine}");
    }

    private async Task<ProgramResult.Ended> RunAsync(string[] arguments, CancellationToken cancellation, bool inClone = true, DateTimeOffset? at = null, bool fetches = true) =>
        await StartAsync(arguments, cancellation, inClone, at, fetches) switch
        {
            ProgramResult.Ended ended => ended,
            ProgramResult.NotStarted not => throw new GitException(not.Measured ? GitFault.NotThere : GitFault.Unavailable, not.Why),
            ProgramResult.TimedOut over => throw new GitException(GitFault.Unavailable, $"git {arguments[0]} did not end within {over.After.TotalSeconds:0} s"),
            var other => throw new InvalidOperationException($"no such result: {other}"),
        };

    private async Task<ProgramResult> StartAsync(string[] arguments, CancellationToken cancellation, bool inClone = true, DateTimeOffset? at = null, bool fetches = true)
    {
        var granted = await GrantedEnvironment.ReadAsync(repository.Environment, cancellation);
        if (granted.Trouble is { } trouble)
            throw new GitException(GitFault.NotThere, trouble);
        var token = repository.TokenFile is null ? null : await SecretText.ReadAsync(repository.TokenFile, cancellation)
            ?? throw new GitException(GitFault.NotThere, "the file with the repository's token cannot be read");
        var environment = Environment(at);
        List<string> secrets = [.. granted.Secrets];
        foreach (var (name, value) in granted.Values)
            environment[name] = value;
        if (token is not null && Uri.TryCreate(repository.Url, UriKind.Absolute, out var address) && address.Scheme is "https" or "http")
            secrets.AddRange(Authorize(environment, repository.Url, token));
        string[] partial = inClone && fetches ? Partial : [];
        return await programs.RunAsync(
            new ProgramCall(["git", .. Own, .. partial, .. arguments], repository.Timeout) { Directory = inClone ? repository.Directory : null, Environment = environment, Secrets = secrets }, cancellation);
    }

    private Dictionary<string, string> Environment(DateTimeOffset? at)
    {
        var author = repository.Author.Split(" <", 2);
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["HOME"] = "/nonexistent",
            ["GIT_CONFIG_NOSYSTEM"] = "1",
            ["GIT_CONFIG_GLOBAL"] = "/dev/null",
            ["GIT_TERMINAL_PROMPT"] = "0",
            ["GIT_ASKPASS"] = "true",
            ["GIT_EDITOR"] = "true",
            ["GIT_ALLOW_PROTOCOL"] = "file:git:http:https:ssh",
            ["GIT_AUTHOR_NAME"] = author[0],
            ["GIT_COMMITTER_NAME"] = author[0],
            ["GIT_AUTHOR_EMAIL"] = author[1].TrimEnd('>'),
            ["GIT_COMMITTER_EMAIL"] = author[1].TrimEnd('>'),
        };
        if (at is { } time)
            environment["GIT_AUTHOR_DATE"] = environment["GIT_COMMITTER_DATE"] = $"@{time.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)} +0000";
        return environment;
    }

    private IEnumerable<string> Authorize(Dictionary<string, string> environment, string url, string token)
    {
        var basic = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{repository.User}:{token}"));
        environment["GIT_CONFIG_COUNT"] = "1";
        environment["GIT_CONFIG_KEY_0"] = $"http.{url}.extraHeader";
        environment["GIT_CONFIG_VALUE_0"] = $"Authorization: Basic {basic}";
        return [token, basic];
    }
}

/// <summary>What the commits say that this service makes.</summary>
internal static class Message
{
    /// <summary>By this line git itself, and we, know what a commit reverts.</summary>
    public static string Trailer(string commit) => $"This reverts commit {commit}";

    public static string Of(string subject, string commit, string rollbackId) => $"Revert \"{subject}\"\n\n{Trailer(commit)}.\n\nMade by AlertRollback, rollback {rollbackId}.";
}
