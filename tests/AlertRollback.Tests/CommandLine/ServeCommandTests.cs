using System.CommandLine;
using AlertRollback.CommandLine;
using AlertRollback.Tests.Matrix;

namespace AlertRollback.Tests.CommandLine;

public sealed class ServeCommandTests
{
    // 192.0.2.1 is kept for documentation (RFC 5737): no machine has it.
    [Fact]
    public async Task An_address_that_this_machine_does_not_have_is_said_and_ends_with_1()
    {
        using var folder = new TemporaryFolder();
        folder.Write("matrix.yml", Matrices.Rental);
        folder.Write("token", "a-token\n");
        var configuration = folder.Write("operator.yml", """
            listen: http://192.0.2.1:8080
            matrix: matrix.yml
            journal: journal.db
            kubernetes: {kubeconfig: none}
            credentials: {webhook: [{name: a, bearer_file: token}], operators: [{name: b, bearer_file: token}]}
            """);
        using var error = new StringWriter();

        var exit = await new RootCommand { ServeCommand.Create() }.Parse(["serve", "--config", configuration])
            .InvokeAsync(new InvocationConfiguration { Output = error, Error = error }, TestContext.Current.CancellationToken);

        error.ToString().ShouldBe("cannot listen on http://192.0.2.1:8080: Cannot assign requested address\n");
        exit.ShouldBe(1);
    }
}
