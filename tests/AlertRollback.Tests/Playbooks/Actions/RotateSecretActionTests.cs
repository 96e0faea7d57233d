using System.Text;
using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Playbooks.Secrets;
using AlertRollback.Rollbacks;
using AlertRollback.Tests.Playbooks.Contract;
using AlertRollback.Tests.Rollbacks;
using AlertRollback.Tests.Support;

namespace AlertRollback.Tests.Playbooks.Actions;

internal sealed class RotateSecretUse : ActionUse
{
    public const string OldKey = "old-api-key-value";
    public const string NewKey = "new-api-key-value";

    public const string Parameters = """
        {"secret": "api-secrets", "generate": {"JWT_SECRET": {"bytes": 32, "as": "base64"} }, "values": {"API_KEY": "provider-key"}, "drop": ["LEGACY"]}
        """;

    public override Type Action => typeof(RotateSecretAction);

    public override bool OnRealCluster => true;

    public override IReadOnlyList<string> Rights => ["secrets"];

    public override (string Method, string Path)? KubernetesWrite => ("POST", "secrets");

    public override Task<ActionWorld> ArrangeAsync(bool real) => WorldAsync(real, Parameters);

    public static async Task<ActionWorld> WorldAsync(bool real, string parameters, IRevisionLedger? ledger = null)
    {
        var (cluster, workload) = await KubernetesWorld.TwoReleasesAsync(real);
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, NewKey + "\n", TestContext.Current.CancellationToken);
        var granted = new GrantedValues(Acting.Granting(new TeamGrants
        {
            Secrets = new Dictionary<string, GrantedSecret>
            {
                ["provider-key"] = new(file, []) { Namespaces = [cluster.Namespace] },
                ["elsewhere-key"] = new(file, []) { Namespaces = ["elsewhere"] },
            },
        }));
        var world = new ObjectWorld(cluster, workload, parameters, w => new RotateSecretAction(w.Clusters, granted, ledger ?? new FakeRevisionLedger(), TimeProvider.System))
        {
            States = ("config, api-secrets, db; TOKEN of api-secrets; volume api-secrets", "config, NEW, db; TOKEN of NEW; volume NEW"),
            WritesToApply = 2,
            Look = LookAsync,
            Hand = w => SwitchAsync(w, "api-secrets"),
        };
        await world.AddAsync(ResourceKind.Secret, $$"""
            {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "api-secrets"}, "data": {"JWT_SECRET": "{{Base64("old-jwt")}}", "API_KEY": "{{Base64(OldKey)}}", "DB_URL": "{{Base64("mongodb://db")}}", "LEGACY": "{{Base64("x")}}"} }
            """);
        await SwitchAsync(world, "api-secrets");
        await cluster.SetImageAsync(workload, "rental-api:v3");
        await cluster.CompleteAsync(workload, "rental-api:v3");
        cluster.Forget();
        return world;
    }

    public static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    public static async Task<IReadOnlyList<KubernetesObject>> NewSecretsAsync(ObjectWorld world) =>
        [.. (await world.Api.ListAsync(ResourceKind.Secret, world.Namespace, null, TestContext.Current.CancellationToken)).Where(s => s.Name.StartsWith("api-secrets-", StringComparison.Ordinal))];

    // Only what of it the workload reads: a new Secret that nothing reads any more may stay.
    private static async Task<string> LookAsync(ObjectWorld world)
    {
        var spec = (await world.LiveAsync()).At("spec", "template", "spec")!;
        var container = spec["containers"]![0]!;
        var sources = string.Join(", ", ((JsonArray)container["envFrom"]!).Select(s => (s!["secretRef"] ?? s["configMapRef"])!["name"]!.ToString()));
        var text = $"{sources}; TOKEN of {container["env"]![0]!["valueFrom"]!["secretKeyRef"]!["name"]}; volume {spec["volumes"]![0]!["secret"]!["secretName"]}";
        foreach (var secret in await NewSecretsAsync(world))
            text = text.Replace(secret.Name, "NEW", StringComparison.Ordinal);
        return text;
    }

    private static async Task SwitchAsync(ObjectWorld world, string secret)
    {
        JsonArray patch =
        [
            Add("/spec/template/spec/containers/0/envFrom", $$$"""[{"configMapRef": {"name": "config", "optional": true} }, {"prefix": "P_", "secretRef": {"name": "{{{secret}}}"} }, {"secretRef": {"name": "db", "optional": true} }]"""),
            Add("/spec/template/spec/containers/0/env", $$$"""[{"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "{{{secret}}}", "key": "JWT_SECRET"} } }]"""),
            Add("/spec/template/spec/volumes", $$$"""[{"name": "keys", "secret": {"secretName": "{{{secret}}}", "defaultMode": 420} }]"""),
        ];
        await world.Api.JsonPatchAsync(world.Workload.Object, patch, new WriteOptions(), TestContext.Current.CancellationToken);
    }

    private static JsonObject Add(string path, string value) => new() { ["op"] = "add", ["path"] = path, ["value"] = JsonNode.Parse(value) };
}

public sealed class RotateSecretActionTests : IAsyncLifetime
{
    private ObjectWorld _world = null!;

    public async ValueTask InitializeAsync() => _world = (ObjectWorld)await RotateSecretUse.WorldAsync(real: false, RotateSecretUse.Parameters);

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Theory]
    [InlineData("""{"secret": "a"}""")]
    [InlineData("""{"secret": "a", "generate": {"K": "rot13"} }""")]
    [InlineData("""{"secret": "a", "generate": {"K": {"bytes": 8} } }""")]
    [InlineData("""{"secret": "a", "generate": {"K": {"bytes": 32, "form": "hex"} } }""")]
    [InlineData("""{"secret": "a", "generate": {"K": "hex"}, "drop": ["K"]}""")]
    [InlineData("""{"secret": "a", "generate": {"a b": "hex"} }""")]
    public void Faults_are_found_when_the_matrix_is_loaded(string parameters) => _world.Create().Validate(Acting.Json(parameters)).ShouldHaveSingleItem();

    [Fact]
    public async Task The_new_Secret_has_generated_granted_and_kept_values()
    {
        var (journal, outcome) = await RotateAsync();
        var data = (JsonObject)(await RotateSecretUse.NewSecretsAsync(_world)).Single().At("data")!;

        outcome.ShouldBeOfType<StepOutcome.Done>().Text.ShouldEndWith("still to be revoked by people: API_KEY, JWT_SECRET of secret/" + _world.Namespace + "/api-secrets");
        journal.Marks.Keys.ShouldContain("to_revoke");
        data.Select(d => d.Key).ShouldBe(["API_KEY", "DB_URL", "JWT_SECRET"]);
        Text(data, "API_KEY").ShouldBe(RotateSecretUse.NewKey);
        Text(data, "DB_URL").ShouldBe("mongodb://db");
        Convert.FromBase64String(Text(data, "JWT_SECRET")).Length.ShouldBe(32);
    }

    [Fact]
    public async Task No_value_is_ever_in_pin_plan_journal_or_text()
    {
        var journal = new FakeStepJournal();
        var context = Acting.Context(_world.Service, journal: journal);
        var plan = (await _world.Create().PinAsync(context, _world.Parameters, TestContext.Current.CancellationToken)).ShouldBeOfType<PinOutcome.Pinned>();
        var outcome = await _world.Create().ApplyAsync(context, plan.Pin);
        var data = (JsonObject)(await RotateSecretUse.NewSecretsAsync(_world)).Single().At("data")!;

        var told = string.Join('\n', [plan.Pin.ToJsonString(), plan.From, plan.To, .. plan.Warnings, .. plan.Diff, outcome.Text, .. journal.Progress, .. journal.Marks.Values.Select(m => m.ToJsonString())]);
        foreach (var (key, value) in data)
        {
            told.ShouldNotContain(value!.ToString());
            told.ShouldNotContain(Text(data, key));
        }

        told.ShouldNotContain(RotateSecretUse.OldKey);
        told.ShouldContain("JWT_SECRET generated (32 random bytes, base64)");
    }

    [Fact]
    public async Task After_a_crash_between_creating_and_switching_the_same_Secret_is_switched_to()
    {
        var context = Acting.Context(_world.Service);
        var pin = await _world.Create().PinAsync(context, _world.Parameters);
        _world.Faults.Next("PATCH", "deployments/rental-api", AlertRollback.Sandbox.Cluster.SandboxFault.Invalid);
        (await _world.Create().ApplyAsync(context, pin)).ShouldBeOfType<StepOutcome.CannotTell>();
        var made = (await RotateSecretUse.NewSecretsAsync(_world)).Single();

        (await _world.Create().ApplyAsync(Acting.Context(_world.Service, attempt: 2), pin)).ShouldBeOfType<StepOutcome.Done>();
        (await RotateSecretUse.NewSecretsAsync(_world)).Single().ResourceVersion.ShouldBe(made.ResourceVersion);
        (await _world.LookAsync()).ShouldBe(_world.After);
    }

    [Theory]
    [InlineData("""{"secret": "api-secrets", "values": {"API_KEY": "not-granted"} }""", Reason.NotGranted)]
    [InlineData("""{"secret": "api-secrets", "values": {"API_KEY": "elsewhere-key"} }""", Reason.NotGranted)]
    [InlineData("""{"secret": "api-secrets", "generate": {"API_KEY": "hex"}, "drop": ["JWT_SECRET"]}""", Reason.NotFound)]
    [InlineData("""{"secret": "unread", "generate": {"K": "hex"} }""", Reason.NotFound)]
    [InlineData("""{"secret": "nothing", "generate": {"K": "hex"} }""", Reason.NotFound)]
    public async Task What_cannot_be_rotated_is_refused(string parameters, Reason reason)
    {
        await _world.AddAsync(ResourceKind.Secret, """{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "unread"}, "data": {} }""");
        (await _world.Create().RefusedAsync(Acting.Context(_world.Service), Acting.Json(parameters))).Reason.ShouldBe(reason);
    }

    [Fact]
    public async Task A_granted_value_that_is_the_old_one_is_no_rotation()
    {
        await _world.PatchAsync(ResourceKind.Secret, "api-secrets", $$"""{"data": {"API_KEY": "{{RotateSecretUse.Base64(RotateSecretUse.NewKey)}}"} }""");
        (await _world.Create().RefusedAsync(Acting.Context(_world.Service), _world.Parameters)).Reason.ShouldBe(Reason.NothingWouldChange);
    }

    [Fact]
    public async Task Who_else_reads_the_old_Secret_is_said_beforehand()
    {
        var secret = $"secret/{_world.Namespace}/api-secrets";
        await _world.AddAsync(ResourceKind.Deployment, Reader("worker", "apps/v1", "Deployment"));
        await _world.AddAsync(ResourceKind.Rollout, Reader("reports", "argoproj.io/v1alpha1", "Rollout"));
        await _world.AddAsync(ResourceKind.CronJob, $$"""
            {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "nightly"}, "spec": {"schedule": "0 2 * * *", "suspend": true, "jobTemplate": {"spec": {{Job("export:v1")}} } } }
            """);
        await _world.AddAsync(ResourceKind.Job, $$"""{"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "import"}, "spec": {{Job("import:v1-bad")}} }""");
        await _world.AddAsync(ResourceKind.Job, $$"""{"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "over"}, "spec": {{Job("import:v1")}} }""");
        await Until.TrueAsync(async () => (await _world.GetAsync(ResourceKind.Job, "over"))!.At("status", "conditions") is not null);

        (await WarningsAsync()).ShouldContain($"CronJob nightly, Deployment worker, Job import, Rollout reports read {secret} too, and keep it.");

        static string Reader(string name, string version, string kind) => $$"""
            {"apiVersion": "{{version}}", "kind": "{{kind}}", "metadata": {"name": "{{name}}"}, "spec": {"replicas": 0, "selector": {"matchLabels": {"app": "{{name}}"} }, "template": {"metadata": {"labels": {"app": "{{name}}"} }, "spec": {"containers": [{{Container("a:1")}}]} } } }
            """;
        static string Job(string image) => $$"""{"backoffLimit": 0, "template": {"spec": {"restartPolicy": "Never", "containers": [{{Container(image)}}]} } }""";
        static string Container(string image) => $$"""{"name": "app", "image": "{{image}}", "envFrom": [{"secretRef": {"name": "api-secrets"} }]}""";
    }

    [Fact]
    public async Task Where_others_may_not_be_looked_at_that_is_said_and_the_Secret_is_rotated_all_the_same()
    {
        foreach (var kind in new[] { "daemonsets", "cronjobs" })
            _world.Faults.Next("GET", $"/{kind}($|\\?)", new AlertRollback.Sandbox.Cluster.SandboxFault(403));

        (await WarningsAsync()).ShouldContain(
            $"Whether DaemonSets or CronJobs read secret/{_world.Namespace}/api-secrets too is not known: the Kubernetes API does not let us list them.");
    }

    private async Task<IReadOnlyList<string>> WarningsAsync() =>
        (await _world.Create().PinAsync(Acting.Context(_world.Service), _world.Parameters, TestContext.Current.CancellationToken)).ShouldBeOfType<PinOutcome.Pinned>().Warnings;

    [Fact]
    public async Task What_was_rotated_can_be_rotated_again_also_when_the_ones_before_are_deleted()
    {
        var parameters = Acting.Json("""{"secret": "api-secrets", "generate": {"JWT_SECRET": "base64"} }""");
        var before = "api-secrets";
        foreach (var rollback in new[] { "rental-api-1", "rental-api-2", "rental-api-3" })
        {
            var context = Acting.Context(_world.Service) with { RollbackId = rollback };
            var pin = await _world.Create().PinAsync(context, parameters);
            pin["secret"]!.ToString().ShouldBe(before);
            (await _world.Create().ApplyAsync(context, pin)).ShouldBeOfType<StepOutcome.Done>();
            (await _world.LookAsync()).ShouldBe(_world.After);

            await _world.Api.DeleteAsync(new ObjectRef(ResourceKind.Secret, _world.Namespace, before), pin["uid"]!.ToString(), new DeleteOptions(), TestContext.Current.CancellationToken);
            before = pin["into"]!.ToString();
            before.Length.ShouldBe("api-secrets-12345678".Length);
        }
    }

    [Fact]
    public async Task After_the_rotation_no_revision_that_reads_the_old_Secret_is_gone_back_to_until_it_is_put_back()
    {
        var ledger = NewLedger();
        await using var world = (ObjectWorld)await RotateSecretUse.WorldAsync(real: false, RotateSecretUse.Parameters, ledger);
        await world.Cluster.SetImageAsync(world.Workload, "rental-api:v4");
        await world.Cluster.CompleteAsync(world.Workload, "rental-api:v4");
        var context = Acting.Context(world.Service);
        var pin = await world.Create().PinAsync(context, world.Parameters);

        (await world.Create().ApplyAsync(context, pin)).ShouldBeOfType<StepOutcome.Done>();

        var reports = Candidates.Explain(await SnapshotAsync(world), ledger.Knowledge((await world.LiveAsync()).Uid));
        var readers = reports.Where(r => ConfigurationReferences.Of(r.Revision.Template).Secrets.Contains("api-secrets")).ToList();
        readers.Count.ShouldBe(2, "v3 and v4");
        readers.ShouldAllBe(r => !r.IsCandidate && r.Why == $"reads secret/{world.Namespace}/api-secrets, which was rotated");
        reports.Except(readers).Count(r => r.IsCandidate).ShouldBe(2, "those that read no Secret");

        (await world.Create().RestoreAsync(context, pin, TestContext.Current.CancellationToken)!).ShouldBeOfType<StepOutcome.Done>();
        readers.ShouldAllBe(r => !ledger.IsQuarantined(pin["left"]!["uid"]!.ToString(), r.Revision.Digest));
    }

    [Fact]
    public async Task After_a_crash_right_after_the_switch_the_revisions_are_kept_from_coming_back_all_the_same()
    {
        var context = Acting.Context(_world.Service);
        var pin = await _world.Create().PinAsync(context, _world.Parameters);
        (await _world.Create().ApplyAsync(context, pin)).ShouldBeOfType<StepOutcome.Done>();

        var ledger = NewLedger();
        var action = new RotateSecretAction(_world.Clusters, new GrantedValues(Acting.Granting(new TeamGrants())), ledger, TimeProvider.System);
        (await action.ApplyAsync(Acting.Context(_world.Service, attempt: 2), pin)).ShouldBeOfType<StepOutcome.Done>();

        ledger.WhyBarred(pin["left"]!["uid"]!.ToString(), pin["left"]!["digest"]!.ToString()).ShouldNotBeNull();
    }

    [Theory]
    [InlineData("base64", "^[A-Za-z0-9+/]{43}=$")]
    [InlineData("hex", "^[0-9a-f]{64}$")]
    [InlineData("alphanumeric", "^[A-Za-z0-9]{43}$")]
    public void Generated_values_have_their_form_and_are_never_the_same(string form, string pattern)
    {
        var made = Enumerable.Range(0, 20).Select(_ => GeneratedValue.Of(form)!.Make()).ToList();
        made.Distinct().Count().ShouldBe(20);
        made.ShouldAllBe(v => System.Text.RegularExpressions.Regex.IsMatch(v, pattern));
    }

    private static IRevisionLedger NewLedger() =>
        new RevisionLedger(new Chronicle(new MemoryJournal(), TimeProvider.System), new OperatorConfiguration { Matrix = "", Journal = "" }, TimeProvider.System);

    private static async Task<WorkloadSnapshot> SnapshotAsync(ObjectWorld world) =>
        (await new WorkloadReader(world.Api).ReadAsync(world.Workload, TestContext.Current.CancellationToken))!;

    private async Task<(FakeStepJournal Journal, StepOutcome Outcome)> RotateAsync()
    {
        var journal = new FakeStepJournal();
        var context = Acting.Context(_world.Service, journal: journal);
        return (journal, await _world.Create().ApplyAsync(context, await _world.Create().PinAsync(context, _world.Parameters)));
    }

    private static string Text(JsonObject data, string key) => Encoding.UTF8.GetString(Convert.FromBase64String(data[key]!.ToString()));
}
