using AlertRollback.Kubernetes;
using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Checks;
using AlertRollback.Tests.Playbooks.Contract;

namespace AlertRollback.Tests.Playbooks.Checks;

public sealed class DnsCheckTests
{
    [Theory]
    [InlineData("{}", "getent hosts mongodb-cluster", 0, "10.0.0.7        mongodb-cluster\n", Verdict.Pass, "10.0.0.7        mongodb-cluster")]
    [InlineData("{}", "getent hosts mongodb-cluster", 2, "", Verdict.Fail, "no address")]
    [InlineData("{}", "getent hosts mongodb-cluster", 127, "", Verdict.Inconclusive, "getent ended with exit code 127")]
    [InlineData("""{"program": "nslookup"}""", "nslookup mongodb-cluster", 1, "server can't find it\n", Verdict.Fail, "no address")]
    public async Task A_pod_of_the_service_looks_the_name_up(string more, string command, int code, string output, Verdict verdict, string measured)
    {
        await using var cluster = await TestCluster.SandboxAsync();
        await cluster.TwoReleasesAsync();
        var (api, recorder) = ExecRecorder.Over(cluster.Api, _ => new ExecResult(code, output, ""));
        var parameters = Asking.Parameters(more);
        parameters["host"] = "mongodb-cluster";
        var service = new ServiceDefinition("rental", "rental-api", new WorkloadDefinition("deployment", cluster.Namespace, "rental-api"), null, null, null);

        var result = (await new DnsCheck(new Clusters(api), TimeProvider.System).AskAsync(Asking.Context() with { Service = service }, parameters, TestContext.Current.CancellationToken)).Single();

        result.ShouldBe(new CheckResult(verdict, "address of mongodb-cluster", measured, "an address"));
        recorder.Ran.ShouldHaveSingleItem().Command.ShouldBe(command);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("a b")]
    [InlineData("a;b")]
    public void What_is_no_name_is_a_fault_of_the_matrix(string host) =>
        new DnsCheck(new Clusters(new NoCluster("none")), TimeProvider.System).Validate(new System.Text.Json.Nodes.JsonObject { ["host"] = host }).ShouldBe(["\"host\" is no host's name"]);

    [Fact]
    public async Task What_is_no_name_once_filled_in_is_not_looked_up() =>
        (await new DnsCheck(new Clusters(new NoCluster("none")), TimeProvider.System).AskAsync(
            Asking.Context(service: "--help"), Asking.Parameters("""{"host": "${service}"}"""), TestContext.Current.CancellationToken)).Single().Measured.ShouldBe("no host's name");
}
