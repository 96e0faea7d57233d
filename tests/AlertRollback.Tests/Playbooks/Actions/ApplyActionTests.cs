using System.Text;
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
    [InlineData("""{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x", "namespace": "elsewhere"} }""", Reason.NotGranted)]
    [InlineData("""{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "../x"} }""", Reason.NotFound)]
    [InlineData("""{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "x"} }""", Reason.NotGranted)]
    [InlineData("""{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "x"} }""", Reason.NotGranted)]
    [InlineData("""{"apiVersion": "litmuschaos.io/v1alpha1", "kind": "ChaosEngine", "metadata": {"name": "x"} }""", Reason.NotGranted)]
    public async Task S15_other_namespaces_and_kinds_with_power_are_refused(string manifest, Reason reason) =>
        (await ApplyUse.Create(_world).RefusedAsync(Context, Acting.Json($$"""{"manifest": {{manifest}} }"""))).Reason.ShouldBe(reason);

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
