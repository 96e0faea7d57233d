using System.Diagnostics;
using AlertRollback.Playbooks.Programs;
using AlertRollback.Tests.Matrix;

namespace AlertRollback.Tests.Support;

/// <summary>Small shell scripts that stand for programs, in a folder of their own that is first on the path.</summary>
internal sealed class Scripts : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public string Folder => _folder.Path;

    /// <summary>Programs are looked up here first.</summary>
    public IReadOnlyList<string> Path => [Folder, .. (Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin").Split(':')];

    public LocalPrograms Programs(TimeProvider? time = null, TimeSpan? grace = null) => new(time ?? TimeProvider.System, Path) { Grace = grace ?? TimeSpan.FromSeconds(5) };

    public string At(string name) => System.IO.Path.Combine(Folder, name);

    public string Write(string name, string body)
    {
        // Copied by another process: a file that this one ever had open for writing may be refused as "busy" when run.
        var text = _folder.Write($"{name}.text", $"#!/bin/sh\n{body}\n");
        using var install = Process.Start("install", ["-m", "755", text, At(name)]);
        install.WaitForExit();
        install.ExitCode.ShouldBe(0);
        return At(name);
    }

    /// <summary>How often a script that appends a line to this file at every run was run.</summary>
    public int Lines(string name) => File.Exists(At(name)) ? File.ReadAllLines(At(name)).Length : 0;

    public void Dispose() => _folder.Dispose();
}
