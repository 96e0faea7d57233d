using AlertRollback.Kubernetes;
using AlertRollback.Playbooks;
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

    [Theory]
    [InlineData("patch", "services", "- service_selector: {name: api, set: {a: b}}", "may not patch services in production: row \"critical band\" needs it for its service_selector; deploy/rights/services grants it")]
    [InlineData("create", "pods/exec", "- exec: {command: [ls]}", "may not create pods/exec in production: row \"critical band\" needs it for its exec; deploy/rights/exec grants it")]
    [InlineData("patch", "networkpolicies", "- patch: {kind: NetworkPolicy, name: gate, merge: {metadata: {labels: {a: b}}}}",
        "may not patch networkpolicies of networking.k8s.io called gate in production: row \"critical band\" needs it for its patch; nothing in deploy/ grants it: write a Role of your own")]
    public async Task A_folder_of_rights_that_was_forgotten_is_named(string verb, string resource, string step, string warning)
    {
        await using var cluster = await SandboxCluster.StartAsync();
        await DeployAsync(cluster, 10);
        cluster.Access.Deny(Account, verb, resource);

        var (_, output) = await CheckAsync(cluster, Matrices.Replaced("- rollout_undo: {to: last_known_good}", step), Account);

        output.ShouldContain($"\nwarning: {Account} {warning}\n");
        output.Split(" may not ").Length.ShouldBe(2, output);
    }

    [Fact]
    public async Task A_database_s_rights_are_asked_for_where_the_operator_has_its_programs_run()
    {
        await using var cluster = await SandboxCluster.StartAsync();
        await DeployAsync(cluster, 10);
        cluster.Access.Deny(Account, "create", "jobs");
        const string operators = """
            matrix: matrix.yml
            journal: journal.db
            teams:
              rental:
                namespaces: [production]
                hosts: [api.example.com]
                channels: ["#rental-ops"]
                databases: {db: {kind: postgresql, database: db, job: {namespace: data, image: "postgres:15"}}}
            """;

        var (_, output) = await CheckAsync(cluster.KubeconfigPath, Matrices.Replaced("[http: /health]", "[sql: {database: db, query: SELECT 1, equals: 1}]"), Account, operators);

        output.ShouldContain($"\nwarning: {Account} may not create jobs of batch in data: row \"critical band\" needs it for its sql; deploy/rights/jobs grants it\n");
    }

    [Fact]
    public async Task Rights_for_what_belongs_to_no_namespace_are_asked_for_without_one()
    {
        await using var cluster = await SandboxCluster.StartAsync();
        await DeployAsync(cluster, 10);
        cluster.Access.Deny(Account, "list", "nodes");

        var (_, output) = await CheckAsync(cluster, Matrices.Replaced("[http: /health]", "[resource_usage: {of: nodes, cpu_below: 90%}]"), Account);

        output.ShouldContain($"\nwarning: {Account} may not list nodes: row \"critical band\" needs it for its resource_usage; nothing in deploy/ grants it: write a ClusterRole of your own\n");
    }

    [Fact]
    public async Task The_service_account_s_rights_are_told_on_a_real_cluster()
    {
        await using var cluster = await TestCluster.RealAsync();
        await cluster.TwoReleasesAsync();
        var matrix = Matrices.Replaced("production", cluster.Namespace);
        var more = matrix.Replace("to: last_known_good}", "to: last_known_good}\n      - service_selector: {name: api, set: {a: b}}\n      - config_map: {name: flags, set: {A: x}}", StringComparison.Ordinal);
        var account = $"system:serviceaccount:{cluster.Namespace}:alertrollback";
        var before = await CheckAsync(Need.Cluster(), matrix, account);
        await cluster.RestrictAsync(["config-maps"]);
        var after = await CheckAsync(Need.Cluster(), matrix, account);
        var lacking = await CheckAsync(Need.Cluster(), more, account);

        before.Output.ShouldContain($"warning: {account} may not patch deployments of apps in {cluster.Namespace}: ");
        after.Output.ShouldNotContain("may not");
        after.Output.ShouldContain($"rights of {account}: ");
        after.Output.ShouldContain(", 0 missing");
        lacking.Output.ShouldContain($"warning: {account} may not get services in {cluster.Namespace}: row \"critical band\" needs it for its service_selector; deploy/rights/services grants it");
        lacking.Output.ShouldContain($"warning: {account} may not patch services in {cluster.Namespace}: ");
        lacking.Output.ShouldContain(", 2 missing");
    }

    [Fact]
    public async Task A_role_for_one_object_alone_is_enough_for_it_on_a_real_cluster()
    {
        await using var cluster = await TestCluster.RealAsync();
        await cluster.TwoReleasesAsync();
        await cluster.RestrictToAsync([.. NeededRight.Beyond("get", ResourceKind.NetworkPolicy, "gate"), .. NeededRight.Beyond("patch", ResourceKind.NetworkPolicy, "gate")]);
        var step = Matrices.Replaced("- rollout_undo: {to: last_known_good}", "- apply: {manifest: {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: gate}, spec: {}}}").Replace("production", cluster.Namespace, StringComparison.Ordinal);

        var (_, output) = await CheckAsync(Need.Cluster(), step, $"system:serviceaccount:{cluster.Namespace}:alertrollback");

        output.ShouldNotContain("may not get networkpolicies");
        output.ShouldNotContain("may not patch networkpolicies");
        output.ShouldContain($"may not create networkpolicies of networking.k8s.io called gate in {cluster.Namespace}");
    }
}
