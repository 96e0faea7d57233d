using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using AlertRollback.CommandLine;
using AlertRollback.Tests.Matrix;

namespace AlertRollback.Tests.CommandLine;

public sealed class ServeCommandTests
{
    // 192.0.2.1 is kept for documentation (RFC 5737): no machine has it.
    [Fact]
    public async Task An_address_that_this_machine_does_not_have_is_said_and_ends_with_1() =>
        (await ServeAsync("http://192.0.2.1:8080")).ShouldBe((1, "cannot listen on http://192.0.2.1:8080: Cannot assign requested address\n"));

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    public async Task A_port_that_is_taken_is_said_before_anything_is_started(string host)
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var address = $"http://{host}:{((IPEndPoint)other.LocalEndpoint).Port}";

        (await ServeAsync(address)).ShouldBe((1, $"cannot listen on {address}: Address already in use\n"));
    }

    private static async Task<(int Exit, string Error)> ServeAsync(string listen)
    {
        using var folder = new TemporaryFolder();
        folder.Write("matrix.yml", Matrices.Rental);
        folder.Write("token", "a-token\n");
        var configuration = folder.Write("operator.yml", $$"""
            listen: {{listen}}
            matrix: matrix.yml
            journal: journal.db
            kubernetes: {kubeconfig: none}
            credentials: {webhook: [{name: a, bearer_file: token}], operators: [{name: b, bearer_file: token}] }
            """);
        using var error = new StringWriter();

        var exit = await new RootCommand { ServeCommand.Create() }.Parse(["serve", "--config", configuration])
            .InvokeAsync(new InvocationConfiguration { Output = error, Error = error }, TestContext.Current.CancellationToken);

        return (exit, error.ToString());
    }
}
