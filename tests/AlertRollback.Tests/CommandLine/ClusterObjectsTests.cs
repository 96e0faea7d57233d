using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Sandbox.Cluster;
using AlertRollback.Tests.Matrix;
using static AlertRollback.Tests.CommandLine.ClusterCheckTests;

namespace AlertRollback.Tests.CommandLine;

/// <summary>What <c>check --kubeconfig</c> says of the objects that a matrix names.</summary>
public sealed class ClusterObjectsTests
{
    private const string Undo = "- rollout_undo: {to: last_known_good}";

    [Theory]
    [InlineData("config_map: {name: flags, set: {A: x}}", "configmap/production/flags does not exist: row \"critical band\" needs it for its config_map, which would be refused without")]
    [InlineData("config_map: {name: '${service}-flags', set: {A: x}}", "configmap/production/rental-api-flags does not exist: row \"critical band\" needs it for its config_map, which would be refused without")]
    [InlineData("service_selector: {name: api, set: {a: b}}", "service/production/api does not exist: row \"critical band\" needs it for its service_selector, which would be refused without")]
    [InlineData("ingress_backend: {name: shop, to: maintenance}", "ingress/production/shop does not exist: row \"critical band\" needs it for its ingress_backend, which would be refused without")]
    [InlineData("ingress_backend: {name: shop, to: maintenance}", "service/production/maintenance does not exist: row \"critical band\" needs it for its ingress_backend, which would be refused without")]
    [InlineData("job: counting", "cronjob/production/counting does not exist: row \"critical band\" needs it for its job, which would be refused without")]
    [InlineData("rotate_secret: {secret: keys, generate: {JWT: hex}}", "secret/production/keys does not exist: row \"critical band\" needs it for its rotate_secret, which would be refused without")]
    [InlineData("rollout_restart: {also: statefulset/queue}", "statefulset/production/queue does not exist: row \"critical band\" needs it for its rollout_restart, which would be refused without")]
    [InlineData("scale: {replicas: 0, workloads: [deployment/worker]}", "deployment/production/worker does not exist: row \"critical band\" needs it for its scale, which would be refused without")]
    [InlineData("patch: {kind: NetworkPolicy, name: gate, merge: {metadata: {labels: {a: b}}}}", "networkpolicy/production/gate does not exist: row \"critical band\" needs it for its patch, which would be refused without")]
    [InlineData("exec: {command: [ls], pod: rental-db-0}", "pod/production/rental-db-0 does not exist: row \"critical band\" needs it for its exec, which would be refused without")]
    [InlineData("config_map: {name: 'flags-${started}', set: {A: x}}", "configmap/production/flags-${started} was not looked at, as its name is known only when it is asked for: row \"critical band\" needs it for its config_map, which would be refused without")]
    public async Task Something_that_a_step_needs_and_that_is_not_there_is_told(string step, string warning)
    {
        await using var cluster = await SandboxCluster.StartAsync();
        await DeployAsync(cluster, 10);

        var (code, output) = await CheckAsync(cluster, Matrices.Replaced(Undo, $"- {step}"));

        output.ShouldContain($"\nwarning: rental-api: {warning}\n");
        code.ShouldBe(0, "it is a warning");
    }

    [Theory]
    [InlineData("{service: inner}", "inner")]
    [InlineData("service", "rental-api")]
    public async Task Something_that_a_check_needs_and_that_is_not_there_is_told(string via, string name)
    {
        await using var cluster = await SandboxCluster.StartAsync();
        await DeployAsync(cluster, 10);

        var (_, output) = await CheckAsync(cluster, Matrices.Replaced("[http: /health]", $"[http: {{get: /health, via: {via}}}]"));

        output.ShouldContain($"\nwarning: rental-api: service/production/{name} does not exist: row \"critical band\" needs it for its http, which could not pass without\n");
    }

    [Theory]
    [InlineData("config_map: {name: flags, set: {A: x}, create: true}")]
    [InlineData("apply: {manifest: {apiVersion: v1, kind: ConfigMap, metadata: {name: flags}, data: {A: x}}}")]
    [InlineData("job: {image: 'counting:v1'}")]
    [InlineData("patch: {kind: Service, api_version: serving.knative.dev/v1, name: api, merge: {metadata: {labels: {a: b}}}}")]
    public async Task Something_that_a_step_makes_itself_or_that_only_shares_its_word_with_a_known_kind_need_not_be_there(string step)
    {
        await using var cluster = await SandboxCluster.StartAsync();
        await DeployAsync(cluster, 10);

        var (code, output) = await CheckAsync(cluster, Matrices.Replaced(Undo, $"- {step}"));

        output.ShouldNotContain("warning: rental-api");
        code.ShouldBe(0);
    }

    [Fact]
    public async Task Something_that_is_there_is_not_told_and_nothing_of_it_is_shown()
    {
        await using var cluster = await SandboxCluster.StartAsync();
        await DeployAsync(cluster, 10);
        await AddAsync(cluster, ResourceKind.Secret, "keys", new JsonObject { ["stringData"] = new JsonObject { ["JWT"] = "hunter2" } });

        var (_, output) = await CheckAsync(cluster, Matrices.Replaced(Undo, "- rotate_secret: {secret: keys, generate: {JWT: hex}}"));

        output.ShouldNotContain("warning: rental-api");
        output.ShouldNotContain("JWT");
        output.ShouldNotContain("hunter2");
    }

    [Fact]
    public async Task A_Secret_whose_successor_is_read_by_now_may_be_gone()
    {
        await using var cluster = await SandboxCluster.StartAsync();
        await DeployAsync(cluster, 10, workload => workload["spec"]!["template"]!["spec"]!["containers"]![0]!["envFrom"] = new JsonArray(
            new JsonObject { ["secretRef"] = new JsonObject { ["name"] = "keys-0123abcd" } }));
        await AddAsync(cluster, ResourceKind.Secret, "keys-0123abcd", [], new JsonObject { ["alertrollback.io/rotation-of"] = "keys" });

        (await CheckAsync(cluster, Matrices.Replaced(Undo, "- rotate_secret: {secret: keys, generate: {JWT: hex}}"))).Output.ShouldNotContain("warning: rental-api");
    }

    [Fact]
    public async Task What_several_rows_and_a_person_need_is_told_once()
    {
        const string second = """
              - name: west band
                matchers: ['severity="low"', 'region="west"']
                playbook: undo
              - name: low band
            """;
        await using var cluster = await SandboxCluster.StartAsync();
        await DeployAsync(cluster, 10);

        var (_, output) = await CheckAsync(cluster, Matrices.Replaced(Undo, "- job: counting")
            .Replace("  - name: low band", second, StringComparison.Ordinal).Replace("  undo:", "  undo:\n    manual: {role: on-call}", StringComparison.Ordinal));

        output.ShouldContain("cronjob/production/counting does not exist: row \"critical band\" needs it for its job (and 2 more), which would be refused without\n");
        output.Split("counting").Length.ShouldBe(2, output);
    }

    [Theory]
    [InlineData("service=\"rental-api\"", true)]
    [InlineData("service!=\"rental-api\"", false)]
    public async Task Only_what_a_row_can_lead_to_is_looked_at(string matcher, bool told)
    {
        await using var cluster = await SandboxCluster.StartAsync();
        await DeployAsync(cluster, 10);
        var matrix = Matrices.Replaced(Undo, "- job: counting").Replace("['severity=\"critical\"']", $"['severity=\"critical\"', '{matcher}']", StringComparison.Ordinal);

        (await CheckAsync(cluster, matrix)).Output.Contains("cronjob/production/counting", StringComparison.Ordinal).ShouldBe(told);
    }

    [Fact]
    public async Task What_the_kubeconfig_may_not_read_is_said_and_the_rest_looked_at()
    {
        await using var cluster = await SandboxCluster.StartAsync();
        await DeployAsync(cluster, 10);
        cluster.Faults.Next("GET", "secrets/keys", SandboxFault.Forbidden);

        var (code, output) = await CheckAsync(cluster, Matrices.Replaced(Undo, "- rotate_secret: {secret: keys, generate: {JWT: hex}}\n      - job: counting"));

        output.ShouldContain("warning: rental-api: secret/production/keys was not looked at, as this kubeconfig may not read it: ");
        output.ShouldContain("warning: rental-api: cronjob/production/counting does not exist: ");
        code.ShouldBe(0);
    }

    private static Task AddAsync(SandboxCluster cluster, ResourceKind kind, string name, JsonObject content, JsonObject? annotations = null)
    {
        content["apiVersion"] = kind.ApiVersion;
        content["kind"] = kind.Kind;
        content["metadata"] = new JsonObject { ["name"] = name, ["annotations"] = annotations };
        return ApiOf(cluster).CreateAsync(kind, "production", content, new WriteOptions(), TestContext.Current.CancellationToken);
    }
}
