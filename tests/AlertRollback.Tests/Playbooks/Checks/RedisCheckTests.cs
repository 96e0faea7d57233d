using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Checks;
using AlertRollback.Tests.Playbooks.Databases;
using AlertRollback.Tests.Support;

namespace AlertRollback.Tests.Playbooks.Checks;

/// <summary>On a real Redis where it is installed.</summary>
public sealed class RedisCheckTests : IAsyncLifetime
{
    private readonly Scripts _scripts = new();
    private readonly int _port = FreePort();
    private Process? _server;

    public async ValueTask InitializeAsync()
    {
        var program = Need.Program("redis-server");
        _server = Process.Start(new ProcessStartInfo(program, ["--port", $"{_port}", "--bind", "127.0.0.1", "--save", "", "--requirepass", "hunter22", "--dir", _scripts.Folder]) { RedirectStandardOutput = true });
        while (await _server!.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line && !line.Contains("Ready to accept", StringComparison.Ordinal))
        {
            // until it is there
        }
    }

    public async ValueTask DisposeAsync()
    {
        _server?.Kill();
        await (_server?.WaitForExitAsync(CancellationToken.None) ?? Task.CompletedTask);
        _server?.Dispose();
        _scripts.Dispose();
    }

    [Theory]
    [InlineData("hunter22", Verdict.Pass, "PONG")]
    [InlineData("wrong", Verdict.Fail, "NOAUTH Authentication required.")]
    public async Task A_pong_passes_and_nothing_else_does(string password, Verdict verdict, string measured)
    {
        var file = _scripts.At("secret");
        await File.WriteAllTextAsync(file, password, TestContext.Current.CancellationToken);

        (await AskAsync(_port, file)).ShouldBe(new CheckResult(verdict, "ping of rental", measured, "PONG"));
    }

    [Fact]
    public async Task Nobody_there_is_a_measured_failure() => (await AskAsync(FreePort(), null)).Verdict.ShouldBe(Verdict.Fail);

    [Fact]
    public async Task A_secret_that_cannot_be_read_measures_nothing() => (await AskAsync(_port, _scripts.At("nothing"))).Verdict.ShouldBe(Verdict.Inconclusive);

    private static async Task<CheckResult> AskAsync(int port, string? file)
    {
        var database = new GrantedDatabase(DatabaseKind.Redis, new DatabaseReach.Program(null)) { Host = "127.0.0.1", Port = port, Password = file is null ? null : new DatabaseSecret(file, null) };
        return (await new RedisCheck(Granting.Of(database)).AskAsync(Asking.Context(), Asking.Parameters("""{"database": "rental"}"""), TestContext.Current.CancellationToken)).Single();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
