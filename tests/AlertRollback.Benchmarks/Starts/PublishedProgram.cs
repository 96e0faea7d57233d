using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace AlertRollback.Benchmarks.Starts;

/// <summary>A published program, started again and again.</summary>
/// <param name="onPort">How it is started so that it listens on a port.</param>
internal sealed class PublishedProgram(Func<int, ProcessStartInfo> onPort)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <param name="how">Options of <c>dotnet publish</c>.</param>
    public static async Task<string> PublishAsync(string project, string assembly, string output, params string[] how)
    {
        var start = new ProcessStartInfo("dotnet",
        [
            "publish", project, "--configuration", "Release", .. how,
            "--output", output, "-nodeReuse:false", "-maxcpucount:1", "-verbosity:quiet",
        ])
        { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? Path.Combine(output, assembly) : throw new InvalidOperationException($"publishing {project} failed: {said}");
    }

    /// <summary>From the start of the process to the first 200 of <c>/readyz</c>.</summary>
    public Task<TimeSpan> StartAsync() => RunAsync((_, ready) => Task.FromResult(ready));

    /// <summary>Resident memory in MiB when it has idled for a while.</summary>
    public Task<double> RestAsync(TimeSpan idle) => RunAsync(async (process, _) =>
    {
        await Task.Delay(idle, TimeProvider.System);
        return ResidentMiB(process.Id);
    });

    private async Task<T> RunAsync<T>(Func<Process, TimeSpan, Task<T>> measure)
    {
        var port = FreePort();
        var start = Stopwatch.GetTimestamp();
        var program = onPort(port);
        program.RedirectStandardOutput = program.RedirectStandardError = true;
        program.Environment["DOTNET_EnableDiagnostics"] = "0"; // as the image has it
        using var process = Process.Start(program)!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        var errors = process.StandardError.ReadToEndAsync();
        try
        {
            await ReadyAsync(process, port, errors);
            return await measure(process, Stopwatch.GetElapsedTime(start));
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
    }

    private static async Task ReadyAsync(Process process, int port, Task<string> errors)
    {
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromSeconds(5) };
        var start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < Patience)
        {
            if (process.HasExited)
                throw new InvalidOperationException($"it did not start: {await errors}");
            try
            {
                using var answer = await http.GetAsync("/readyz");
                if (answer.StatusCode == HttpStatusCode.OK)
                    return;
            }
            catch (HttpRequestException)
            {
                // nobody listens yet
            }

            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System);
        }

        throw new TimeoutException("it never became ready");
    }

    private static double ResidentMiB(int process)
    {
        var line = File.ReadLines($"/proc/{process}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
