using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using AlertRollback.Operators;

[assembly: AssemblyFixture(typeof(AlertRollback.Tests.Support.ThrowAwayPostgres))]

namespace AlertRollback.Tests.Support;

/// <summary>A real PostgreSQL on loopback that is gone at the end; started by the first test that asks for a database.</summary>
public sealed class ThrowAwayPostgres : IAsyncLifetime
{
    private const string Owner = "postgres";

    private readonly SemaphoreSlim _once = new(1);
    private string _programs = "";
    private string? _folder;
    private int _port;
    private int _databases;

    public ThrowAwayPostgres() => Current = this;

    /// <summary>For what cannot be handed a fixture, such as the uses of the actions' contract.</summary>
    public static ThrowAwayPostgres Current { get; private set; } = null!;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>A new empty database; skips the test where PostgreSQL is not installed.</summary>
    public async Task<Database> CreateAsync()
    {
        await _once.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            if (_folder is null)
                await StartAsync();
            var name = $"team_{++_databases}";
            await RunAsync("createdb", ["-h", "127.0.0.1", "-p", $"{_port}", "-U", Owner, name]);
            return new Database(this, name);
        }
        finally
        {
            _once.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_folder is not null)
        {
            await RunAsync("pg_ctl", ["-D", _folder, "-m", "immediate", "-w", "stop"]);
            Directory.Delete(_folder, recursive: true);
        }

        _once.Dispose();
    }

    private async Task StartAsync()
    {
        _programs = Need.PostgresPrograms();
        // PostgreSQL refuses to run as root: the folder, and all that is run here, belongs to its own user then.
        var folder = (await RunAsync("/usr/bin/mktemp", ["-d", "/tmp/alertrollback-postgres-XXXXXX"])).Output.Trim();
        _port = FreePort();
        await RunAsync("initdb", ["-D", folder, "-A", "trust", "-U", Owner, "--no-sync", "-E", "UTF8", "--locale=C"]);
        await RunAsync("pg_ctl", ["-D", folder, "-w", "-l", $"{folder}/log", "-o", $"-h 127.0.0.1 -p {_port} -k {folder} -F", "start"]);
        _folder = folder;
    }

    private async Task<(int ExitCode, string Output, string Errors)> RunAsync(string program, IEnumerable<string> arguments, bool mayFail = false)
    {
        var path = Path.Combine(_programs, program);
        var start = Environment.UserName == "root"
            ? new ProcessStartInfo("runuser", ["-u", Owner, "--", path, .. arguments])
            : new ProcessStartInfo(path, arguments);
        start.RedirectStandardOutput = start.RedirectStandardError = start.RedirectStandardInput = true;
        start.WorkingDirectory = "/tmp";
        using var process = Process.Start(start).ShouldNotBeNull();
        process.StandardInput.Close();
        // What pg_ctl starts keeps the pipes open; its end is the end.
        var reads = program == "pg_ctl" ? [] : new[] { process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync() };
        await process.WaitForExitAsync();
        var texts = await Task.WhenAll(reads);
        if (!mayFail)
            process.ExitCode.ShouldBe(0, $"{program}: {string.Concat(texts)}");
        return (process.ExitCode, texts.FirstOrDefault() ?? "", texts.LastOrDefault() ?? "");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>One database, asked as a playbook asks it: <c>psql</c>, unaligned, the first error ends it.</summary>
    public sealed class Database(ThrowAwayPostgres server, string name)
    {
        public string Name => name;

        /// <summary>Granted as an operator would who has PostgreSQL's programs beside the service.</summary>
        public GrantedDatabase Granted => new(DatabaseKind.Postgresql, new DatabaseReach.Program(server._programs))
        {
            Database = name,
            User = Owner,
            Host = "127.0.0.1",
            Port = server._port,
        };

        public async Task<string> RunAsync(string sql)
        {
            var (exitCode, output, errors) = await TryAsync(sql);
            exitCode.ShouldBe(0, errors);
            return output.Trim();
        }

        public Task<(int ExitCode, string Output, string Errors)> TryAsync(string sql) =>
            server.RunAsync("psql", ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", $"{server._port}", "-U", Owner, "-d", name, "-c", sql], mayFail: true);
    }
}
