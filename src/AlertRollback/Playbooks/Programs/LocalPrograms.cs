using System.ComponentModel;
using System.Diagnostics;

namespace AlertRollback.Playbooks.Programs;

/// <summary>
/// Runs programs of this machine: an argument list and never a shell, an environment of its own, the whole tree asked
/// to end when its time is over, and killed when it does not. Whatever goes wrong with the program is a result, not an exception.
/// </summary>
/// <param name="path">Folders in which programs are looked up by name; null: those of PATH.</param>
public sealed class LocalPrograms(TimeProvider time, IReadOnlyList<string>? path = null)
{
    // What it left running in the background may hold its output open; nobody waits for that.
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(1);

    private readonly IReadOnlyList<string> _path = path ?? (Environment.GetEnvironmentVariable("PATH") ?? "/usr/local/bin:/usr/bin:/bin").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);

    /// <summary>So long a program has to clean up after itself when it is to end before it is done.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(5);

    public async Task<ProgramResult> RunAsync(ProgramCall call, CancellationToken cancellation)
    {
        if (Find(call.Run[0]) is not { } program)
            return new ProgramResult.NotStarted($"the program {call.Run[0]} is not there", Measured: true);
        if (call.Directory is { } directory && !Directory.Exists(directory))
            return new ProgramResult.NotStarted($"the directory {directory} is not there", Measured: true);
        var began = time.GetTimestamp();
        using var process = new Process { StartInfo = StartOf(program, call) };
        try
        {
            process.Start();
        }
        catch (Exception fault) when (fault is Win32Exception or InvalidOperationException or IOException)
        {
            return new ProgramResult.NotStarted($"the program {call.Run[0]} cannot be started: {fault.Message}");
        }

        return await FollowAsync(process, call, began, cancellation);
    }

    private async Task<ProgramResult> FollowAsync(Process process, ProgramCall call, long began, CancellationToken cancellation)
    {
        var (output, errors) = (new ProgramOutput(), new ProgramOutput());
        process.StandardInput.Close();
        var reading = Task.WhenAll(output.ReadAsync(process.StandardOutput), errors.ReadAsync(process.StandardError));
        using var limit = new CancellationTokenSource(call.Timeout > TimeSpan.Zero ? call.Timeout : TimeSpan.FromMilliseconds(1), time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            await process.WaitForExitAsync(both.Token);
        }
        catch (OperationCanceledException)
        {
            await ProgramTree.EndAsync(process, Grace, time);
            await HearOutAsync(reading);
            cancellation.ThrowIfCancellationRequested();
            var said = errors.Masked(call.Secrets) is { Length: > 0 } complaint ? complaint : output.Masked(call.Secrets);
            return new ProgramResult.TimedOut(call.Timeout, ProgramOutput.LastLine(said));
        }

        await HearOutAsync(reading);
        return new ProgramResult.Ended(process.ExitCode, output.Masked(call.Secrets), errors.Masked(call.Secrets), time.GetElapsedTime(began));
    }

    private async Task HearOutAsync(Task reading)
    {
        try
        {
            await reading.WaitAsync(LastWords, time, CancellationToken.None);
        }
        catch (TimeoutException)
        {
            // the rest belongs to something in the background
        }
    }

    private ProcessStartInfo StartOf(string program, ProgramCall call)
    {
        var start = new ProcessStartInfo(program, call.Run.Skip(1))
        {
            WorkingDirectory = call.Directory ?? "/",
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        start.Environment["PATH"] = string.Join(Path.PathSeparator, _path);
        start.Environment["LANG"] = "C.UTF-8";
        foreach (var (name, value) in call.Environment)
            start.Environment[name] = value;
        return start;
    }

    /// <summary>Whether there is such a program here, by its path or its name.</summary>
    public bool Has(string program) => Find(program) is not null;

    private string? Find(string program) => program.Contains('/', StringComparison.Ordinal)
        ? File.Exists(program) ? program : null
        : _path.Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}
