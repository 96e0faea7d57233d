using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace AlertRollback.Tests.Support;

/// <summary>
/// A real container engine that is gone at the end: Podman, which speaks the Docker Engine API on a socket, with runc and
/// images made of busybox. Its containers share this machine's network.
/// </summary>
internal sealed class RealEngine : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("alertrollback-engine-").FullName;
    private readonly string _podman;
    private Process? _service;

    private RealEngine(string podman) => _podman = podman;

    public string Address => $"unix://{Socket}";

    private string Socket => Path.Combine(_folder, "engine.sock");

    /// <summary>Skips the test where the programs are not installed or containers cannot be run.</summary>
    public static async Task<RealEngine> StartAsync()
    {
        Need.Program("runc");
        var busybox = Need.Program("busybox");
        Need.Root();
        var engine = new RealEngine(Need.Program("podman"));
        try
        {
            // Limits as they are here, not those that a full machine has.
            await File.WriteAllTextAsync(engine.Settings, """
                [containers]
                default_ulimits=["nofile=1024:1024","nproc=1024:1024"]
                netns="host"
                [engine]
                runtime="runc"
                cgroup_manager="cgroupfs"
                events_logger="file"
                """);
            Directory.CreateDirectory(Path.Combine(engine._folder, "rootfs", "bin"));
            File.Copy(busybox, Path.Combine(engine._folder, "rootfs", "bin", "busybox"));
            engine._service = engine.Start(["system", "service", "--time=0", engine.Address]);
            await engine.AnswersAsync();
            return engine;
        }
        catch
        {
            await engine.DisposeAsync();
            throw;
        }
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>An image whose web server says the tag at any address, on the port that the environment variable PORT names.</summary>
    /// <param name="reference">For example <c>local/rental:v1</c>.</param>
    /// <param name="command">Instead of serving: what the container runs.</param>
    /// <param name="answer">What it says; null: the tag.</param>
    public async Task BuildAsync(string reference, string? command = null, string? answer = null)
    {
        var tag = reference.Split(':')[^1];
        Directory.CreateDirectory(Path.Combine(_folder, "rootfs", "www"));
        await File.WriteAllTextAsync(Path.Combine(_folder, "rootfs", "www", "index.html"), answer ?? tag);
        var archive = Path.Combine(_folder, $"{tag}.tar");
        await RunAsync("tar", ["-C", Path.Combine(_folder, "rootfs"), "-cf", archive, "."]);
        await PodmanAsync([
            "import", "--change", $"CMD {command ?? """["/bin/busybox","sh","-c","exec /bin/busybox httpd -f -p 127.0.0.1:$PORT -h /www"]"""}", "--change", $"ENV VERSION={tag}", archive, reference]);
    }

    /// <summary>As somebody does it at the machine: <c>run -d --name rental-api-prod …</c>.</summary>
    public Task<string> PodmanAsync(params IEnumerable<string> arguments) => RunAsync(_podman, [.. Common, .. arguments]);

    /// <summary>The same as a program and its arguments; it needs <see cref="Settings"/> as CONTAINERS_CONF.</summary>
    public IReadOnlyList<string> Line(params IEnumerable<string> arguments) => [_podman, .. Common, .. arguments];

    public string Settings => Path.Combine(_folder, "containers.conf");

    public async ValueTask DisposeAsync()
    {
        if (_service is not null)
            await PodmanAsync("rm", "--all", "--force", "--time", "0");
        if (_service is { HasExited: false })
            _service.Kill(entireProcessTree: true);
        _service?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private IEnumerable<string> Common => ["--root", Path.Combine(_folder, "storage"), "--runroot", Path.Combine(_folder, "run"), "--storage-driver=vfs", "--cgroup-manager", "cgroupfs"];

    private async Task AnswersAsync()
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(Socket), TestContext.Current.CancellationToken);
                return;
            }
            catch (SocketException) when (watch.Elapsed < TimeSpan.FromSeconds(20) && !_service!.HasExited)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, TestContext.Current.CancellationToken);
            }
        }
    }

    private Process Start(IEnumerable<string> arguments) => Process.Start(StartOf(_podman, [.. Common, .. arguments])).ShouldNotBeNull();

    private async Task<string> RunAsync(string program, IEnumerable<string> arguments)
    {
        using var process = Process.Start(StartOf(program, arguments)).ShouldNotBeNull();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();

        // A container's own monitor may hold the pipe open: what was said until now has to do.
        process.ExitCode.ShouldBe(0, await Task.WhenAny(errors, Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System)) == errors ? await errors : "");
        return await Task.WhenAny(output, Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System)) == output ? (await output).Trim() : "";
    }

    private ProcessStartInfo StartOf(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["CONTAINERS_CONF"] = Settings;
        return start;
    }
}
