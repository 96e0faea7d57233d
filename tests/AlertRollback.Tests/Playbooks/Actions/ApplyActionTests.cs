using System.Text;
using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Tests.Playbooks.Contract;

namespace AlertRollback.Tests.Playbooks.Actions;

public sealed class ApplyActionTests : IAsyncLifetime
{
    private const string Secret = "s3cr3t-value";
    private readonly string _file = Path.GetTempFileName();
    private ObjectWorld _world = null!;

    public async ValueTask InitializeAsync() => _world = (ObjectWorld)await new ApplyUse().ArrangeAsync(real: false);

    public ValueTask DisposeAsync()
    {
        File.Delete(_file);
        return _world.DisposeAsync();
    }

    private StepContext Context => Acting.Context(_world.Service);

    [Theory]
    [InlineData("{}", "needs")]
    [InlineData("""{"manifest": "text"}""", "one manifest or a list")]
    [InlineData("""{"manifest": {"kind": "ConfigMap", "apiVersion": "v1"} }""", "no metadata.name")]
    [InlineData("""{"manifest": {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x"} } }""", "must not stand beside a matrix")]
    [InlineData("""{"file": [{"file": "a.yml", "text": "- 1"}]}""", "a manifest is a mapping")]
    public void Faults_are_found_when_the_matrix_is_loaded(string parameters, string fault) =>
        ApplyUse.Create(_world).Validate(Acting.Json(parameters)).ShouldHaveSingleItem().ShouldContain(fault);

    [Fact]
    public async Task Fields_of_another_manager_are_refused_with_its_name_until_force_is_said()
    {
        var parameters = _world.Parameters;
        parameters.Remove("force");

        var refused = await ApplyUse.Create(_world).RefusedAsync(Context, parameters);
        var forced = await ApplyUse.Create(_world).PinAsync(Context, _world.Parameters, TestContext.Current.CancellationToken);

        refused.Reason.ShouldBe(Reason.FieldConflict);
        refused.Text.ShouldContain("conflict with \"alertrollback\" using v1: .data.MODULE");
        forced.ShouldBeOfType<PinOutcome.Pinned>().Diff.ShouldBe(
            [$"configmap/{_world.Namespace}/feature-flags data.MODULE: true -> false", $"configmap/{_world.Namespace}/feature-flags data.NEW: added (1)"]);
        forced.ShouldBeOfType<PinOutcome.Pinned>().Warnings.ShouldContain(w => w.StartsWith("Fields that belong to others are taken", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_conflict_that_came_up_after_the_plan_is_told_and_nothing_is_taken()
    {
        const string parameters = """{"manifest": {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "feature-flags"}, "data": {"NEW": "1"} } }""";
        var pin = await ApplyUse.Create(_world).PinAsync(Context, Acting.Json(parameters));
        await _world.PatchAsync(ResourceKind.ConfigMap, "feature-flags", """{"data": {"NEW": "2"} }""");

        (await ApplyUse.Create(_world).ApplyAsync(Context, pin)).ShouldBeOfType<StepOutcome.Superseded>();
        (await ConfigMapUse.LookAsync(_world)).ShouldBe("KEPT=x MODULE=true NEW=2");
    }

    [Theory]
    [InlineData("""{"MODULE": "false", "KEPT": "x"}""", """{"data": {"KEPT": "y"} }""", "KEPT=y MODULE=true")]
    [InlineData("""{"MODULE": "true"}""", """{"data": {"MODULE": "false"} }""", "KEPT=x MODULE=false")]
    public async Task S1_what_somebody_changed_since_the_plan_is_neither_taken_nor_called_done(string data, string change, string left)
    {
        var pin = await ApplyUse.Create(_world).PinAsync(Context, Acting.Json($$"""{"force": true, "manifest": {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "feature-flags"}, "data": {{data}} } }"""));
        await _world.PatchAsync(ResourceKind.ConfigMap, "feature-flags", change);

        (await ApplyUse.Create(_world).ApplyAsync(Context, pin)).ShouldBeOfType<StepOutcome.Superseded>().Text.ShouldEndWith("was changed meanwhile");
        (await ConfigMapUse.LookAsync(_world)).ShouldBe(left);
    }

    [Fact]
    public async Task What_was_written_before_a_refusal_is_said()
    {
        await _world.AddAsync(ResourceKind.ConfigMap, """{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "later"}, "data": {"A": "1"} }""");
        var parameters = Parameters(_world.Parameters["manifest"]!.DeepClone(), Acting.Json("""{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "later"}, "data": {"B": "2"} }"""));
        parameters["force"] = true;
        var (action, journal) = (ApplyUse.Create(_world), new FakeStepJournal());
        var pin = await action.PinAsync(Context, parameters);
        var later = new ObjectRef(ResourceKind.ConfigMap, _world.Namespace, "later");
        await _world.Api.DeleteAsync(later, (await _world.Api.GetAsync(later, TestContext.Current.CancellationToken))!.Uid, new DeleteOptions(), TestContext.Current.CancellationToken);

        var first = await action.ApplyAsync(Acting.Context(_world.Service, journal: journal), pin);
        var again = await action.ApplyAsync(Acting.Context(_world.Service, attempt: 2, journal: journal), pin);

        var flags = $"configmap/{_world.Namespace}/feature-flags";
        first.ShouldBeOfType<StepOutcome.CannotTell>().Text.ShouldBe($"{flags}: the API accepted the change; not changed: {later} does not exist any more");
        again.ShouldBeOfType<StepOutcome.CannotTell>().Text.ShouldBe($"{flags}: dealt with before; not changed: {later} does not exist any more");
    }

    [Theory]
    [InlineData("""{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x", "namespace": "elsewhere"} }""", Reason.NotGranted)]
    [InlineData("""{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "../x"} }""", Reason.NotFound)]
    [InlineData("""{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "x"} }""", Reason.NotGranted)]
    [InlineData("""{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "x"} }""", Reason.NotGranted)]
    [InlineData("""{"apiVersion": "litmuschaos.io/v1alpha1", "kind": "ChaosEngine", "metadata": {"name": "x"} }""", Reason.NotGranted)]
    [InlineData("""{"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "x"}, "spec": {"template": {"spec": {"hostPID": true, "restartPolicy": "Never", "containers": [{"name": "a", "image": "a:1"}]} } } }""", Reason.NotGranted)]
    [InlineData("""{"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "x"}, "spec": {"schedule": "0 1 * * *", "jobTemplate": {"spec": {"template": {"spec": {"serviceAccountName": "admin", "restartPolicy": "Never", "containers": [{"name": "a", "image": "a:1"}]} } } } } }""", Reason.NotGranted)]
    public async Task S15_other_namespaces_and_kinds_with_power_are_refused(string manifest, Reason reason) =>
        (await ApplyUse.Create(_world).RefusedAsync(Context, Acting.Json($$"""{"manifest": {{manifest}} }"""))).Reason.ShouldBe(reason);

    [Theory]
    [InlineData(null, false, false)]
    [InlineData(false, null, false)]
    [InlineData(false, true, true)]
    public async Task S15_what_a_manifest_leaves_out_stays_and_users_of_its_own_are_not_taken_from_a_pod(bool? before, bool? after, bool refused)
    {
        await _world.AddAsync(ResourceKind.Deployment, Users(before, "standby:v1").ToJsonString());
        var parameters = Parameters(Users(after, "standby:v2"));
        parameters["force"] = true;

        var outcome = await ApplyUse.Create(_world).PinAsync(Context, parameters, TestContext.Current.CancellationToken);

        (outcome is PinOutcome.Pinned, outcome is PinOutcome.Refused { Reason: Reason.NotGranted }).ShouldBe((!refused, refused), outcome.ToString());

        static JsonObject Users(bool? ofNode, string image)
        {
            var manifest = Standby(image);
            if (ofNode is { } said)
                manifest["spec"]!["template"]!["spec"]!["hostUsers"] = said;
            return manifest;
        }
    }

    [Fact]
    public async Task What_the_server_writes_in_another_way_is_still_known_to_be_ours_on_a_real_cluster()
    {
        // Half a CPU is 500m to it.
        const string chaos = """
            {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "chaos"}, "spec": {"replicas": 0, "selector": {"matchLabels": {"app": "chaos"} },
             "template": {"metadata": {"labels": {"app": "chaos"} }, "spec": {"containers": [{"name": "chaos", "image": "chaos:v1", "resources": {"limits": {"cpu": "0.5"} } }]} } } }
            """;
        await using var world = (ObjectWorld)await new ApplyUse().ArrangeAsync(real: true);
        var (action, context) = (ApplyUse.Create(world), Acting.Context(world.Service));
        var pin = await action.PinAsync(context, Acting.Json($$"""{"manifest": {{chaos}} }"""));

        (await action.ApplyAsync(context, pin)).ShouldBeOfType<StepOutcome.Done>();
        (await action.ApplyAsync(Acting.Context(world.Service, attempt: 2), pin)).ShouldBeOfType<StepOutcome.Done>();
        (await action.RestoreAsync(context, pin, TestContext.Current.CancellationToken)).ShouldBeOfType<StepOutcome.Done>();
        (await world.GetAsync(ResourceKind.Deployment, "chaos")).ShouldSatisfyAllConditions(d => (d is null || d.BeingDeleted).ShouldBeTrue());
    }

    [Fact]
    public async Task Placeholders_are_filled_in_what_stands_in_the_matrix_and_not_in_files()
    {
        var pin = await ApplyUse.Create(_world).PinAsync(Context, Acting.Json("""
            {"manifest": {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"V": "${version}"} },
             "file": [{"file": "b.yml", "text": "{apiVersion: v1, kind: ConfigMap, metadata: {name: b}, data: {V: '${version}'}}"}]}
            """));
        (await ApplyUse.Create(_world).ApplyAsync(Context, pin)).ShouldBeOfType<StepOutcome.Done>();

        (await _world.GetAsync(ResourceKind.ConfigMap, "a"))!.Text("data", "V").ShouldBe("v1.4.2");
        (await _world.GetAsync(ResourceKind.ConfigMap, "b"))!.Text("data", "V").ShouldBe("${version}");
    }

    [Fact]
    public async Task S19_a_Secret_is_applied_from_a_granted_file_and_told_by_reference_alone()
    {
        var grants = Granted(Manifest(Secret));
        var (action, context) = (ApplyUse.Create(_world, grants), Context);
        var pinned = (await action.PinAsync(context, Acting.Json("""{"secret": ["settings"]}"""), TestContext.Current.CancellationToken)).ShouldBeOfType<PinOutcome.Pinned>();

        (await action.ApplyAsync(context, pinned.Pin)).ShouldBeOfType<StepOutcome.Done>();
        (await PasswordAsync()).ShouldBe(Secret);
        foreach (var told in new[] { pinned.Pin.ToJsonString(), string.Join(' ', [.. pinned.Diff, .. pinned.Warnings, pinned.To]) })
        {
            told.ShouldNotContain(Secret);
            told.ShouldNotContain(Convert.ToBase64String(Encoding.UTF8.GetBytes(Secret)));
        }

        var writes = _world.Writes;
        (await action.ApplyAsync(Acting.Context(_world.Service, attempt: 2), pinned.Pin)).ShouldBeOfType<StepOutcome.Done>();
        _world.Writes.ShouldBe(writes, "after a crash it is found to be there");
        (await action.RestoreAsync(context, pinned.Pin, TestContext.Current.CancellationToken)).ShouldBeOfType<StepOutcome.Done>();
        (await PasswordAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task A_Secret_that_was_there_is_replaced_only_as_it_was_planned_and_is_not_put_back()
    {
        await _world.AddAsync(ResourceKind.Secret, """{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "settings"}, "data": {"PASSWORD": "b2xk"} }""");
        var action = ApplyUse.Create(_world, Granted(Manifest(Secret)));
        var parameters = Acting.Json("""{"secret": ["settings"], "force": true}""");
        var stale = await action.PinAsync(Context, parameters);
        await _world.PatchAsync(ResourceKind.Secret, "settings", """{"data": {"PASSWORD": "bmV3"} }""");

        (await action.ApplyAsync(Context, stale)).ShouldBeOfType<StepOutcome.Superseded>();
        (await PasswordAsync()).ShouldBe("new");

        var pin = await action.PinAsync(Context, parameters);
        (await action.ApplyAsync(Context, pin)).ShouldBeOfType<StepOutcome.Done>();
        (await PasswordAsync()).ShouldBe(Secret);
        (await action.RestoreAsync(Context, pin, TestContext.Current.CancellationToken)).ShouldBeOfType<StepOutcome.CannotTell>().Reason.ShouldBe(Reason.ValuesGone);
        (await PasswordAsync()).ShouldBe(Secret);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_an_earlier_step_of_the_plan_changed_is_not_somebody_elses(bool ours)
    {
        var action = ApplyUse.Create(_world);
        var parameters = Acting.Json("""{"force": true, "manifest": {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "feature-flags"}, "data": {"MODULE": "false", "KEPT": "x"} } }""");
        var earlier = await action.PinAsync(Context, parameters);
        var pin = await action.PinAsync(Context with { Earlier = ours ? [new EarlierStep("apply", earlier)] : [] }, parameters);
        await _world.PatchAsync(ResourceKind.ConfigMap, "feature-flags", """{"data": {"KEPT": "y"} }""");

        (await action.ApplyAsync(Context, pin) is StepOutcome.Done).ShouldBe(ours);
    }

    [Fact]
    public async Task A_granted_file_that_changed_since_the_plan_is_not_applied()
    {
        var action = ApplyUse.Create(_world, Granted(Manifest(Secret)));
        var pin = await action.PinAsync(Context, Acting.Json("""{"secret": ["settings"]}"""));
        File.WriteAllText(_file, Manifest("another"));

        (await action.ApplyAsync(Context, pin)).ShouldBeOfType<StepOutcome.CannotTell>().Text.ShouldContain("was changed since it was planned");
        (await PasswordAsync()).ShouldBeNull();
    }

    [Theory]
    [InlineData("elsewhere", "v1, kind: Secret", "may not be applied to")]
    [InlineData(null, "v1, kind: ConfigMap", "something else than Secrets")]
    public async Task A_granted_file_is_for_Secrets_of_its_namespaces_alone(string? @namespace, string kind, string why)
    {
        File.WriteAllText(_file, Manifest(Secret).Replace("v1, kind: Secret", kind, StringComparison.Ordinal));
        var grants = new TeamGrants { Secrets = new Dictionary<string, GrantedSecret> { ["settings"] = new(_file, []) { Namespaces = [@namespace ?? _world.Namespace] } } };

        (await ApplyUse.Create(_world, grants).RefusedAsync(Context, Acting.Json("""{"secret": ["settings"]}"""))).Text.ShouldContain(why);
    }

    [Fact]
    public async Task What_it_creates_is_waited_for_until_it_runs()
    {
        var (action, journal) = (ApplyUse.Create(_world), new FakeStepJournal());
        var context = Acting.Context(_world.Service, journal: journal);
        var pin = await action.PinAsync(context, Parameters(Standby("standby:v1"), Count("count:v1")));

        var done = (await action.ApplyAsync(context, pin)).ShouldBeOfType<StepOutcome.Done>();

        done.Text.ShouldContain("2 of 2 pods are updated and ready");
        done.Text.ShouldContain("job count completed");
        (await _world.GetAsync(ResourceKind.Deployment, "standby"))!.Number("status", "availableReplicas").ShouldBe(2);
        (await action.ApplyAsync(Acting.Context(_world.Service, attempt: 2), pin)).ShouldBeOfType<StepOutcome.Done>("after a crash it is waited for again");
    }

    [Theory]
    [InlineData("standby:v1-broken", "count:v1", Reason.TimedOut)]
    [InlineData("standby:v1", "count:v1-fail", Reason.JobFailed)]
    public async Task S16_what_it_created_and_does_not_work_is_a_measured_failure(string standby, string count, Reason reason)
    {
        var action = ApplyUse.Create(_world);
        var context = Acting.Context(_world.Service, deadline: TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(8));
        var pin = await action.PinAsync(context, Parameters(Standby(standby), Count(count)));

        (await action.ApplyAsync(context, pin)).ShouldBeOfType<StepOutcome.Failed>().Reason.ShouldBe(reason);
    }

    [Fact]
    public async Task More_replicas_of_what_is_there_are_waited_for_too()
    {
        var action = ApplyUse.Create(_world);
        await action.ApplyAsync(Context, await action.PinAsync(Context, Parameters(Standby("standby:v1"))));
        var later = Acting.Context(_world.Service, stepKey: "steps/1");
        var pin = await action.PinAsync(later, Parameters(Standby("standby:v1", replicas: 4)));

        (await action.ApplyAsync(later, pin)).ShouldBeOfType<StepOutcome.Done>().Text.ShouldContain("4 of 4 pods");
    }

    [Fact]
    public async Task Nothing_is_waited_for_where_the_matrix_says_so()
    {
        var action = ApplyUse.Create(_world);
        var parameters = Parameters(Standby("standby:v1-broken"), Count("count:v1-fail"));
        parameters["wait"] = false;

        (await action.ApplyAsync(Context, await action.PinAsync(Context, parameters))).ShouldBeOfType<StepOutcome.Done>();
    }

    [Fact]
    public async Task A_Job_that_somebody_deleted_meanwhile_tells_nothing()
    {
        var (action, journal) = (ApplyUse.Create(_world), new FakeStepJournal());
        var context = Acting.Context(_world.Service, journal: journal);
        var pin = await action.PinAsync(context, Parameters(Count("count:v1")));
        (await action.ApplyAsync(context, pin)).ShouldBeOfType<StepOutcome.Done>();
        var job = new ObjectRef(ResourceKind.Job, _world.Namespace, "count");
        await _world.Api.DeleteAsync(job, (await _world.Api.GetAsync(job, TestContext.Current.CancellationToken))!.Uid, new DeleteOptions(), TestContext.Current.CancellationToken);

        (await action.ApplyAsync(context, pin)).ShouldBeOfType<StepOutcome.CannotTell>().Reason.ShouldBe(Reason.OutcomeUnknown);
    }

    [Fact]
    public async Task S7_the_pods_of_a_Job_that_it_created_go_with_it()
    {
        var action = ApplyUse.Create(_world);
        var pin = await action.PinAsync(Context, Parameters(Count("count:v1")));
        (await action.ApplyAsync(Context, pin)).ShouldBeOfType<StepOutcome.Done>();
        (await PodsAsync()).ShouldHaveSingleItem();

        (await action.RestoreAsync(Context, pin, TestContext.Current.CancellationToken)).ShouldBeOfType<StepOutcome.Done>();

        (await PodsAsync()).ShouldAllBe(p => p.ControllerUid != null, "what has no owner any more would be left at work");

        Task<IReadOnlyList<KubernetesObject>> PodsAsync() =>
            _world.Api.ListAsync(ResourceKind.Pod, _world.Namespace, "job-name=count", TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task What_it_creates_is_waited_for_on_a_real_cluster_too_Jobs_and_definitions_of_kinds()
    {
        await using var world = (ObjectWorld)await new ApplyUse().ArrangeAsync(real: true);
        var group = $"g{Guid.NewGuid():N}"[..12] + ".example.com";
        var definition = new JsonObject
        {
            ["apiVersion"] = "apiextensions.k8s.io/v1",
            ["kind"] = "CustomResourceDefinition",
            ["metadata"] = new JsonObject { ["name"] = $"storms.{group}" },
            ["spec"] = JsonNode.Parse(
                $$"""
                {"group": "{{group}}", "scope": "Namespaced", "names": {"kind": "Storm", "plural": "storms", "singular": "storm"},
                 "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true} } }]}
                """),
        };
        var action = ApplyUse.Create(world, new TeamGrants { Kinds = ["CustomResourceDefinition.apiextensions.k8s.io"] });
        var context = Acting.Context(world.Service);
        var pin = await action.PinAsync(context, Parameters(Standby("standby:v1"), Count("count:v1"), definition));

        var done = (await action.ApplyAsync(context, pin)).ShouldBeOfType<StepOutcome.Done>();

        done.Text.ShouldSatisfyAllConditions(t => t.ShouldContain("2 of 2 pods"), t => t.ShouldContain("job count completed"), t => t.ShouldContain("its objects are served"));
        (await action.RestoreAsync(context, pin, TestContext.Current.CancellationToken)).ShouldBeOfType<StepOutcome.Done>();
    }

    [Fact]
    public async Task What_it_replaces_and_nobody_keeps_is_said_in_the_plan()
    {
        await _world.AddAsync(ResourceKind.CronJob, Nightly("--old").ToJsonString());
        var parameters = Parameters(Nightly("--new"));
        parameters["force"] = true;

        var pinned = (await ApplyUse.Create(_world).PinAsync(Context, parameters, TestContext.Current.CancellationToken)).ShouldBeOfType<PinOutcome.Pinned>();

        pinned.Warnings.ShouldContain(
            $"What stands at jobTemplate.spec.template.spec.containers[app].args of cronjob/{_world.Namespace}/nightly is kept nowhere, as it may be secret: it could not be put back.");
    }

    private static JsonObject Nightly(string argument) => Acting.Json(
        $$"""
        {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "nightly"}, "spec": {"schedule": "0 3 * * *", "suspend": true,
         "jobTemplate": {"spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "app", "image": "a:1", "args": ["{{argument}}"]}]} } } } } }
        """);

    private static JsonObject Parameters(params JsonNode[] manifests) => new() { ["manifest"] = new JsonArray(manifests) };

    private static JsonObject Standby(string image, int replicas = 2) => Acting.Json(
        $$"""
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "standby"}, "spec": {"replicas": {{replicas}}, "selector": {"matchLabels": {"app": "standby"} },
         "template": {"metadata": {"labels": {"app": "standby"} }, "spec": {"containers": [{"name": "app", "image": "{{image}}"}], "terminationGracePeriodSeconds": 0} } } }
        """);

    private static JsonObject Count(string image) => Acting.Json(
        $$"""
        {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "count"}, "spec": {"backoffLimit": 0,
         "template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "count", "image": "{{image}}"}]} } } }
        """);

    private static string Manifest(string password) => $"{{apiVersion: v1, kind: Secret, metadata: {{name: settings}}, stringData: {{PASSWORD: {password}}}}}";

    private TeamGrants Granted(string manifest)
    {
        File.WriteAllText(_file, manifest);
        return new TeamGrants { Secrets = new Dictionary<string, GrantedSecret> { ["settings"] = new(_file, []) { Namespaces = [_world.Namespace] } } };
    }

    private async Task<string?> PasswordAsync() => (await _world.GetAsync(ResourceKind.Secret, "settings"))?.Text("data", "PASSWORD") is { } encoded
        ? Encoding.UTF8.GetString(Convert.FromBase64String(encoded))
        : null;
}
