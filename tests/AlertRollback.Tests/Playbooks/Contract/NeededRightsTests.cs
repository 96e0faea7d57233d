using System.Text.Json.Nodes;
using AlertRollback.CommandLine;
using AlertRollback.Kubernetes;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Playbooks.Checks;
using AlertRollback.Tests.Matrix;
using AlertRollback.Tests.Playbooks.Checks;

namespace AlertRollback.Tests.Playbooks.Contract;

/// <summary>Which rights a use of an action or check asks for.</summary>
public sealed class NeededRightsTests
{
    private const string Change = "get list patch watch deployments, list events, get list replicasets";
    private const string Log = "list events, list pods, get pods/log";
    private const string Readers =
        "get list controllerrevisions, get list patch watch daemonsets, get list patch watch deployments, list events, list pods, create pods/eviction, get list replicasets, get list patch watch rollouts, patch rollouts/status, get list patch watch statefulsets";

    // It never asks for a Service: its addresses are whole, or below the service's own.
    private static readonly Type[] Silent = [typeof(HttpRequestAction)];

    [Theory]
    [InlineData("config_map: {name: flags, set: {A: x}}", "rights/config-maps: patch configmaps; target: get configmaps")]
    [InlineData("config_map: {name: flags, set: {A: x}, create: true}", "rights/config-maps: create delete patch configmaps; target: get configmaps")]
    [InlineData("config_restore: {to: current, restart: nobody}", "rights/config-maps: create delete patch configmaps; target: get configmaps, get deployments, list replicasets")]
    [InlineData("config_restore: {to: current}", $"rights/config-maps: create delete patch configmaps; target: get configmaps, {Readers}")]
    [InlineData("service_selector: {name: api, set: {a: b}}", "rights/services: get patch services; target: list pods")]
    [InlineData("ingress_backend: {name: shop, to: maintenance}", "rights/ingresses: get patch ingresses, get services; target: list pods")]
    [InlineData("job: counting", $"rights/jobs: get cronjobs, create get jobs; target: {Log}")]
    [InlineData("job: {image: 'counting:v1'}", $"rights/jobs: create get jobs; target: {Log}")]
    [InlineData("exec: {command: [ls]}", "rights/exec: create get pods/exec; target: get deployments, get list pods, list replicasets")]
    [InlineData("exec: {command: [ls], pod: rental-db-0}", "rights/exec: create get pods/exec; target: get pods, get replicasets")]
    [InlineData("exec: {command: [ls], selector: app=db}", "rights/exec: create get pods/exec; target: get list pods, get replicasets")]
    [InlineData("exec: {command: [ls], workload: statefulset/db}", "rights/exec: create get pods/exec; target: list controllerrevisions, get list pods, get statefulsets")]
    [InlineData("network_isolation: {allow_dns: true}", "rights/network-policies: create delete get list networkpolicies; target: get deployments")]
    [InlineData("rotate_secret: {secret: keys, generate: {JWT: hex}}", $"rights/secrets: list cronjobs, list jobs, create get secrets; target: list daemonsets, {Change}, list rollouts, list statefulsets")]
    [InlineData("patch: {merge: {metadata: {labels: {a: b}}}}", $"target: {Change}")]
    [InlineData("patch: {kind: Deployment, name: worker, merge: {metadata: {labels: {a: b}}}}", $"target: {Change}")]
    [InlineData("patch: {kind: NetworkPolicy, name: gate, merge: {metadata: {labels: {a: b}}}}", "nothing: patch networkpolicies gate; rights/network-policies: get networkpolicies gate")]
    [InlineData("patch: {kind: Service, api_version: serving.knative.dev/v1, name: api, merge: {metadata: {labels: {a: b}}}}", "")]
    [InlineData("apply: {manifest: {apiVersion: v1, kind: ConfigMap, metadata: {name: flags}, data: {A: x}}}", "rights/config-maps: create delete patch configmaps flags; target: get configmaps flags")]
    [InlineData("apply: {manifest: {apiVersion: batch/v1, kind: Job, metadata: {name: count}}}", $"nothing: delete patch jobs count; rights/jobs: create get jobs count; target: {Log}")]
    [InlineData("apply: {manifest: {apiVersion: v1, kind: ConfigMap, metadata: {name: 'flags-${started}'}, data: {A: x}}}", "rights/config-maps: create delete patch configmaps; target: get configmaps")]
    [InlineData("apply: {secret: keys}", "")]
    [InlineData("helm_rollback: previous", "target: get deployments, list replicasets")]
    [InlineData("git_revert: {repository: rental}", "target: get deployments, list replicasets")]
    [InlineData("git_revert: {repository: rental, commit: 31779dc}", "")]
    public void A_step_asks_for_what_it_does(string step, string rights) =>
        Text(Used(Matrices.Replaced("- rollout_undo: {to: last_known_good}", $"- {step}"), step)).ShouldBe(rights);

    [Theory]
    [InlineData("suspend_owner: {}", "kustomization/flux-system/rental", "rights/owners: get patch kustomizations rental in flux-system")]
    [InlineData("rollout_undo: previous", "application/argocd/rental", $"rights/owners: get applications rental in argocd; target: {Change}")]
    [InlineData("set_image: {image: 'rental-api:v1'}", "helmrelease/flux-system/rental", $"rights/owners: get helmreleases rental in flux-system; target: {Change}")]
    [InlineData("config_map: {name: flags, set: {A: x}}", "helmrelease/flux-system/rental", "rights/config-maps: patch configmaps; rights/owners: get helmreleases rental in flux-system; target: get configmaps")]
    [InlineData("helm_rollback: previous", "helmrelease/flux-system/rental", "rights/owners: get helmreleases rental in flux-system; target: get deployments, list replicasets")]
    [InlineData("git_revert: {repository: rental, commit: 31779dc}", "kustomization/flux-system/rental", "rights/owners: get kustomizations rental in flux-system")]
    public void What_suspends_the_owner_asks_for_it_where_that_is(string step, string owner, string rights) =>
        Text(Used(Matrices.Replaced("- rollout_undo: {to: last_known_good}", $"- {step}").Replace("    slack:", $"    owned_by: {owner}\n    slack:", StringComparison.Ordinal), step)).ShouldBe(rights);

    [Theory]
    [InlineData("http: /health", "")]
    [InlineData("http: {get: /health, via: service}", "rights/services: get services")]
    [InlineData("exec: {command: [ls]}", "rights/exec: create get pods/exec; target: get deployments, get list pods, list replicasets")]
    [InlineData("dns: queue", "rights/exec: create get pods/exec; target: get deployments, get list pods, list replicasets")]
    [InlineData("dns: {host: queue, image: 'busybox:1.36'}", $"rights/jobs: create get list jobs; target: {Log}")]
    [InlineData("job: {}", $"rights/jobs: list jobs; target: {Log}")]
    [InlineData("job: {name: counting-1}", $"rights/jobs: get jobs; target: {Log}")]
    [InlineData("job: {cronjob: counting}", $"rights/jobs: get cronjobs, create get list jobs; target: {Log}")]
    [InlineData("wait_for: {state: ready, selector: app=db}", "target: list pods")]
    [InlineData("pods_ready: {percent: 75}", "target: get deployments, list pods, list replicasets")]
    [InlineData("image_is: {contains: v1}", "target: get deployments, list pods, list replicasets")]
    [InlineData("rollout_status: {}", "target: get list watch deployments, list events, list replicasets")]
    [InlineData("resource_usage: {memory_below: 90%}", "rights/metrics: list pods of metrics.k8s.io; target: get deployments, list pods, list replicasets")]
    [InlineData("resource_usage: {of: nodes, memory_below: 90%}", "nothing: list nodes, list nodes of metrics.k8s.io")]
    [InlineData("manifests: {manifest: {apiVersion: v1, kind: ConfigMap, metadata: {name: flags}, data: {A: x}}}", "rights/config-maps: patch configmaps flags; target: get configmaps flags")]
    [InlineData("manifests: {secret: keys}", "")]
    public void A_check_asks_for_what_it_looks_at(string check, string rights) =>
        Text(Used(Matrices.Replaced("[http: /health]", $"[{check}]"), check)).ShouldBe(rights);

    [Theory]
    [InlineData("{config_map: flags}", "rights/config-maps: patch configmaps; target: get configmaps", "target: get configmaps")]
    [InlineData("{get: [flag], set: [flag]}", "rights/exec: create get pods/exec; target: get deployments, get list pods, list replicasets", "rights/exec: create get pods/exec; target: get deployments, get list pods, list replicasets")]
    [InlineData("{url: 'http://flags'}", "", "")]
    public void A_flag_is_asked_for_where_it_lies(string flag, string set, string read)
    {
        var matrix = Matrices.Replaced("- rollout_undo: {to: last_known_good}", "- feature_flag: {set: {enabled: false}}")
            .Replace("[http: /health]", "[flag_is: {expect: {enabled: false}}]", StringComparison.Ordinal)
            .Replace("    slack:", $"    flag: {flag}\n    slack:", StringComparison.Ordinal);

        Text(Used(matrix, "feature_flag:")).ShouldBe(set);
        Text(Used(matrix, "flag_is:")).ShouldBe(read);
    }

    private const string InPod = "rights/exec: create get pods/exec in data; target: get list pods in data";
    private const string LogInData = "list events in data, list pods in data, get pods/log in data";
    private const string InJobOnly = $"create get jobs in data; target: {LogInData}";
    private const string LookInJobOnly = $"create get list jobs in data; target: {LogInData}";

    [Theory]
    [InlineData("exec: {namespace: data, selector: app=db}", InPod, InPod)]
    [InlineData("job: {namespace: data, image: 'postgres:15', claim: backups}", $"rights/jobs: {InJobOnly}", $"rights/jobs: {LookInJobOnly}")]
    [InlineData("job: {namespace: data, cronjob: tools}", $"rights/jobs: get cronjobs in data, {InJobOnly}", $"rights/jobs: get cronjobs in data, {LookInJobOnly}")]
    [InlineData("program: {}", "", "")]
    public void A_database_is_asked_for_where_the_operator_says_that_it_is_reached(string reach, string changing, string looking)
    {
        var catalog = Granting(reach);

        foreach (var action in new[] { "sql", "mongo_script", "backup", "restore_backup" })
            Text(Rights(catalog.Action(action))).ShouldBe(changing, action);
        foreach (var check in new[] { "sql", "mongo", "redis", "backup", "migration" })
            Text(Rights(catalog.Check(check))).ShouldBe(looking, check);
    }

    [Fact]
    public void Migrations_are_asked_for_where_their_tool_runs_besides()
    {
        var rights = Rights(Granting("program: {}").Action("migration_down"));

        Text(rights).ShouldBe("rights/exec: create get pods/exec in production; target: get deployments in production, get list pods in production, list replicasets in production");
    }

    [Fact]
    public void Whatever_reaches_a_cluster_says_which_rights_it_needs() =>
        typeof(IAction).Assembly.GetTypes()
            .Where(t => t is { IsClass: true, IsAbstract: false } && (t.IsAssignableTo(typeof(IAction)) || t.IsAssignableTo(typeof(ICheck))))
            .Where(t => Reaches(t, []) && !t.IsAssignableTo(typeof(INeedsRights)))
            .ShouldBe(Silent, ignoreOrder: true);

    [Fact]
    public void An_object_of_an_ordinary_kind_is_granted_by_the_folder_that_is_said_and_else_by_none() =>
        new[] { "ConfigMap", "Service", "Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Ingress", "NetworkPolicy", "HorizontalPodAutoscaler", "Rollout", "AnalysisTemplate" }
            .Select(k => GrantedKinds.OrdinaryOf(k).ShouldNotBeNull()).Append(ResourceKind.Secret)
            .SelectMany(k => NeededRight.Beyond("get create patch delete", k))
            .Where(r => !DeployedRules.Grants(r)).ShouldBeEmpty();

    [Theory]
    [MemberData(nameof(Looking))]
    public async Task The_rights_that_a_check_says_it_needs_suffice_on_a_real_cluster(string check)
    {
        await using var cluster = await TestCluster.RealAsync();
        var workload = await cluster.TwoReleasesAsync();
        var use = Used(Matrices.Replaced("[http: /health]", $"[{check}]").Replace("production", workload.Namespace, StringComparison.Ordinal), check);
        await cluster.RestrictToAsync(Rights(use));

        var results = await Looks[check](new Clusters(cluster.Acting)).AskAsync(Asking.Context() with { Service = use.Service }, use.Parameters, TestContext.Current.CancellationToken);

        results.Single().Verdict.ShouldBe(Verdict.Pass, results.Single().Measured);
    }

    public static TheoryData<string> Looking => [.. Looks.Keys];

    private static readonly IReadOnlyDictionary<string, Func<Clusters, ICheck>> Looks = new Dictionary<string, Func<Clusters, ICheck>>
    {
        ["pods_ready: {percent: 100}"] = c => new PodsReadyCheck(c),
        ["wait_for: {state: available}"] = c => new WaitForCheck(c),
        ["wait_for: {state: ready, selector: app=rental-api}"] = c => new WaitForCheck(c),
        ["image_is: {contains: v2}"] = c => new ImageIsCheck(c),
        ["rollout_status: {}"] = c => new RolloutStatusCheck(c, TimeProvider.System),
    };

    private static bool Reaches(Type type, HashSet<Type> seen) =>
        type == typeof(Clusters) || type == typeof(IKubernetesApi)
        || (type.Assembly == typeof(IAction).Assembly && seen.Add(type) && type.GetConstructors().SelectMany(c => c.GetParameters()).Any(p => Reaches(p.ParameterType, seen)));

    private static PossibleUse Used(string matrix, string written)
    {
        var catalog = OfflineCatalog.Create();
        var outcome = MatrixLoader.Load(new MatrixFiles([new MatrixFile("matrix.yml", "matrix.yml", matrix.Replace("    slack:", "    helm_release: production/rental\n    slack:", StringComparison.Ordinal))]), catalog, null);
        outcome.Faults.ShouldBeEmpty();
        return new PossibleUses(outcome.Matrix!, catalog).All().First(u => u.Word == written.Split(':')[0]);
    }

    /// <summary>The actions and checks where the team rental has a database <c>db</c>.</summary>
    private static Catalog Granting(string reach)
    {
        var operators = OperatorConfigurationReader.Read("operator.yml", $$"""
            matrix: .
            journal: journal.db
            teams:
              rental:
                databases:
                  db:
                    kind: postgresql
                    database: db
                    {{reach}}
                    backups: {directory: /backups, name: '${time}.dump'}
                    migrations: {tool: alembic, current: SELECT 1}
            """);
        operators.Faults.ShouldBeEmpty();
        return OfflineCatalog.Create(operators.Configuration);
    }

    private static IEnumerable<NeededRight> Rights(object does) => ((INeedsRights)does).Rights(
        new ServiceDefinition("rental", "rental-api", new WorkloadDefinition("deployment", "production", "rental-api"), null, null, null), new JsonObject { ["database"] = "db", ["to"] = "1" });

    private static IEnumerable<NeededRight> Rights(PossibleUse use) => ((INeedsRights)use.Does).Rights(use.Service, use.Parameters);

    private static string Text(PossibleUse use) => Text(Rights(use));

    private static string Text(IEnumerable<NeededRight> rights)
    {
        rights.Where(r => !DeployedRules.Grants(r)).ShouldBeEmpty();
        return string.Join("; ", rights.GroupBy(r => r.GrantedBy ?? "nothing").OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => $"{g.Key}: {string.Join(", ", Resources(g))}"));
    }

    private static IEnumerable<string> Resources(IEnumerable<NeededRight> rights) =>
        from r in rights
        group r.Verb by $"{r.Resource}{(r.Group == "metrics.k8s.io" ? $" of {r.Group}" : "")}{(r.Name is { } name ? $" {name}" : "")}{(r.Place is { Namespace.Length: > 0 } place ? $" in {place.Namespace}" : "")}" into found
        orderby found.Key
        select $"{string.Join(' ', found.Distinct().Order(StringComparer.Ordinal))} {found.Key}";
}
