using System.Diagnostics;
using AlertRollback.Tests.Support;

namespace AlertRollback.EndToEnd.Support;

/// <summary>
/// Stands in for what the containers of a real cluster would run: a test's own programs, on this machine, each called with the
/// arguments as they were sent to the pod. A program that is not among them is left to the node.
/// </summary>
internal sealed class PodPrograms : IDisposable
{
    // What the service's own texts for a shell call, besides the programs they are about.
    private static readonly string[] OfEveryImage = ["gzip", "ls", "mv", "sh", "test"];

    private readonly TemporaryFolder folder = new();

    /// <summary>What the containers' environment has.</summary>
    public Dictionary<string, string> Environment { get; } = new(StringComparer.Ordinal);

    /// <summary>Their file system: where the programs may keep something.</summary>
    public string Folder => folder.Path;

    /// <param name="body">Shell.</param>
    public Task AddAsync(string name, string body) => Executable.WriteAsync(Own(name), body);

    public bool Has(string program) => OfEveryImage.Contains(program) || File.Exists(Own(program));

    public async Task<(int ExitCode, string Output, string Errors)> RunAsync(IReadOnlyList<string> command, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(File.Exists(Own(command[0])) ? Own(command[0]) : Need.Program(command[0]), command.Skip(1))
        {
            WorkingDirectory = Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in Environment)
            start.Environment[name] = value;
        start.Environment["PATH"] = $"{Path.GetDirectoryName(Own("any"))}:/usr/bin:/bin";
        using var process = Process.Start(start).ShouldNotBeNull();
        process.StandardInput.Close();
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(cancellation), process.StandardError.ReadToEndAsync(cancellation));
        await process.WaitForExitAsync(cancellation);
        return (process.ExitCode, await output, await errors);
    }

    public void Dispose() => folder.Dispose();

    private string Own(string name) => Path.Combine(Directory.CreateDirectory(Path.Combine(Folder, "bin")).FullName, Path.GetFileName(name));
}
