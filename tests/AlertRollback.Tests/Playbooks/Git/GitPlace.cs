using System.Diagnostics;
using AlertRollback.Operators;
using AlertRollback.Tests.Matrix;
using AlertRollback.Tests.Support;

namespace AlertRollback.Tests.Playbooks.Git;

/// <summary>A team's real repository, a developer's clone of it, and the place for the service's own clone.</summary>
internal sealed class GitPlace : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _git = Need.Program("git");
    private int _minute;

    public GitPlace()
    {
        Git("/", "init", "--quiet", "--bare", "--initial-branch=main", Remote);
        Git("/", "clone", "--quiet", Remote, Desk);
        Commit("first", ("rentals.py", "one\ntwo\nthree\n"), ("other.py", "a\n"));
        Push();
    }

    public string Remote => Path.Combine(_folder.Path, "remote.git");

    /// <summary>Where the developer works.</summary>
    public string Desk => Path.Combine(_folder.Path, "desk");

    public string Clone => Path.Combine(_folder.Path, "clones", "rental");

    public GrantedRepository Grant => new(Remote, Clone, ["main"]) { Author = "AlertRollback <rollback@example.com>" };

    /// <summary>Commits in the developer's clone; returns the id.</summary>
    public string Commit(string message, params IEnumerable<(string File, string Content)> files)
    {
        foreach (var (file, content) in files)
            File.WriteAllText(Path.Combine(Desk, file), content);
        Git(Desk, "add", "--all");
        Git(Desk, "commit", "--quiet", "--allow-empty", "-m", message);
        return Head(Desk);
    }

    public string Head(string at, string branch = "HEAD") => Git(at, "rev-parse", branch);

    /// <summary>As a developer takes a commit back, or a revert.</summary>
    public string RevertByHand(string commit)
    {
        Git(Desk, "pull", "--quiet", "--ff-only");
        Git(Desk, "revert", "--no-edit", commit);
        Push();
        return Head(Desk);
    }

    public void Push(string branch = "main") => Git(Desk, "push", "--quiet", "origin", $"HEAD:{branch}");

    /// <summary>A file as the repository's branch has it.</summary>
    public string Content(string file, string branch = "main") => Git(Remote, "show", $"{branch}:{file}");

    public IReadOnlyList<string> Branches => Git(Remote, "for-each-ref", "--format=%(refname:short)", "refs/heads").Split('\n');

    /// <summary>How often something was pushed to a branch since the first time this was asked for.</summary>
    public int Pushes => File.Exists(Path.Combine(Remote, "pushes")) ? File.ReadAllLines(Path.Combine(Remote, "pushes")).Length : 0;

    public void CountPushes() => Hook("post-receive", $"echo push >> {Remote}/pushes");

    /// <summary>A hook of the repository, as a server runs it.</summary>
    public void Hook(string name, string body)
    {
        var path = Path.Combine(Remote, "hooks", name);
        File.WriteAllText(path, $"#!/bin/sh\n{body}\n");
        File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
    }

    public string Git(string at, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(_git, arguments) { WorkingDirectory = at, RedirectStandardOutput = true, RedirectStandardError = true };
        var at12 = $"2026-11-23T10:{_minute++ % 60:00}:00Z";
        foreach (var (name, value) in new Dictionary<string, string>
        {
            ["GIT_CONFIG_GLOBAL"] = "/dev/null",
            ["GIT_CONFIG_NOSYSTEM"] = "1",
            ["GIT_AUTHOR_NAME"] = "Dev",
            ["GIT_AUTHOR_EMAIL"] = "dev@example.com",
            ["GIT_COMMITTER_NAME"] = "Dev",
            ["GIT_COMMITTER_EMAIL"] = "dev@example.com",
            ["GIT_AUTHOR_DATE"] = at12,
            ["GIT_COMMITTER_DATE"] = at12,
        })
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start).ShouldNotBeNull();
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        process.ExitCode.ShouldBe(0, errors.Result);
        return output.Trim();
    }

    public void Dispose() => _folder.Dispose();
}
