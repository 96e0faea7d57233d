using AlertRollback.Sandbox.Cluster;
using AlertRollback.Tests.Matrix;
using AlertRollback.Tests.Playbooks.Contract;
using AlertRollback.Tests.Support;
using static AlertRollback.Tests.CommandLine.ClusterCheckTests;

namespace AlertRollback.Tests.CommandLine;

/// <summary>What <c>check --kubeconfig</c> says of rights.</summary>
public sealed class ClusterRightsTests
{
    private const string Account = "system:serviceaccount:alertrollback:alertrollback";

    [Theory]
    [InlineData(null, "this kubeconfig")]
    [InlineData(Account, Account)]
    public async Task A_right_that_is_missing_is_told_once_with_what_needs_it_and_what_grants_it(string? user, string who)
    {
        await using var cluster = await SandboxCluster.StartAsync();
        await DeployAsync(cluster, 10);
        cluster.Access.Deny(user ?? "", "patch", "deployments");

        var (code, output) = await CheckAsync(cluster, Matrices.Replaced("to: last_known_good}", "to: last_known_good}\n      - scale: 3"), user);

        output.ShouldContain($"\nwarning: {who} may not patch deployments of apps in production: row \"critical band\" needs it for its rollout_undo (and 1 more); deploy/target grants it\n");
        output.Split(" may not ").Length.ShouldBe(2, output);
        output.ShouldContain($"\nrights of {who}: ");
        code.ShouldBe(0, "it is a warning");
    }

    [Fact]
    public async Task Rights_of_somebody_else_are_not_the_kubeconfig_s()
    {
        await using var cluster = await SandboxCluster.StartAsync();
        await DeployAsync(cluster, 10);
        cluster.Access.Deny("", "patch", "deployments");

        (await CheckAsync(cluster, Matrices.Rental, Account)).Output.ShouldNotContain("may not");
    }

    [Fact]
    public async Task The_service_account_s_rights_are_told_on_a_real_cluster()
    {
        await using var cluster = await TestCluster.RealAsync();
        await cluster.TwoReleasesAsync();
        var matrix = Matrices.Replaced("production", cluster.Namespace);
        var account = $"system:serviceaccount:{cluster.Namespace}:alertrollback";
        var before = await CheckAsync(Need.Cluster(), matrix, account);
        await cluster.RestrictAsync([]);
        var after = await CheckAsync(Need.Cluster(), matrix, account);

        before.Output.ShouldContain($"warning: {account} may not patch deployments of apps in {cluster.Namespace}: ");
        after.Output.ShouldNotContain("may not");
        after.Output.ShouldContain($"rights of {account}: ");
        after.Output.ShouldContain(", 0 missing");
    }
}
