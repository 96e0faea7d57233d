using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Playbooks;
using AlertRollback.Tests.Playbooks.Contract;

namespace AlertRollback.Tests.Playbooks.Actions;

public sealed class PatchActionTests : IAsyncLifetime
{
    private const string Secret = "s3cr3t-value";
    private const string Image = """{"strategic": {"spec": {"template": {"spec": {"containers": [{"name": "app", "image": "rental-api:v1"}]} } } } }""";
    private ObjectWorld _world = null!;

    public async ValueTask InitializeAsync() => _world = (ObjectWorld)await new PatchUse().ArrangeAsync(real: false);

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Theory]
    [InlineData("{}", "exactly one of")]
    [InlineData("""{"merge": {}, "json": []}""", "exactly one of")]
    [InlineData("""{"merge": {"a": 1}, "kind": "Service"}""", "belong together")]
    [InlineData("""{"merge": {"a": 1}, "kind": "Role", "name": "x"}""", "needs its \"api_version\"")]
    [InlineData("""{"merge": {"a": 1}, "kind": "Secret", "name": "x"}""", "must not stand in a matrix")]
    [InlineData("""{"json": [{"op": "overwrite", "path": "/a"}]}""", "is no operation")]
    [InlineData("""{"json": [{"op": "copy", "from": "/spec/template/spec/containers/0/args", "path": "/spec/template/spec/containers/1/args"}]}""", "may be secret")]
    public void Faults_are_found_when_the_matrix_is_loaded(string parameters, string fault) =>
        PatchUse.Create(_world).Validate(Acting.Json(parameters)).ShouldHaveSingleItem().ShouldContain(fault);

    [Fact]
    public async Task Another_container_and_what_others_change_meanwhile_stay()
    {
        await ContainersAsync("""[{"name": "app", "image": "rental-api:v2", "env": [{"name": "A", "value": "1"}]}, {"name": "proxy", "image": "proxy:v1"}]""");
        var (action, context) = (PatchUse.Create(_world), Acting.Context(_world.Service));
        var pinned = (await action.PinAsync(context, Acting.Json(Image), TestContext.Current.CancellationToken)).ShouldBeOfType<PinOutcome.Pinned>();
        await ContainersAsync("""[{"name": "proxy", "image": "proxy:v2"}, {"name": "app", "image": "rental-api:v2", "env": [{"name": "A", "value": "1"}]}]""");

        (await action.ApplyAsync(context, pinned.Pin)).ShouldBeOfType<StepOutcome.Done>();

        pinned.Diff.ShouldHaveSingleItem().ShouldEndWith("containers[app].image: rental-api:v2 -> rental-api:v1");
        (await ContainersAsync()).ShouldBe("proxy=proxy:v2 app=rental-api:v1");
        pinned.HasSuspect.ShouldBeTrue();
    }

    [Fact]
    public async Task S19_environment_is_never_told()
    {
        await ContainersAsync($$"""[{"name": "app", "image": "rental-api:v2", "env": [{"name": "A", "value": "{{Secret}}"}, {"name": "B", "value": "1"}]}]""");
        var (action, context) = (PatchUse.Create(_world), Acting.Context(_world.Service));

        var named = await action.PinAsync(context, Acting.Json("""{"strategic": {"spec": {"template": {"spec": {"containers": [{"name": "app", "env": [{"name": "A", "value": "2"}]}]} } } } }"""), TestContext.Current.CancellationToken);
        var whole = await action.RefusedAsync(context, Acting.Json("""{"json": [{"op": "move", "from": "/spec/template/spec/containers/0/env/1", "path": "/spec/template/spec/containers/0/env/0"}]}"""));

        named.ShouldBeOfType<PinOutcome.Pinned>();
        named.ToString().ShouldNotContain(Secret);
        ((PinOutcome.Pinned)named).Pin.ToJsonString().ShouldNotContain(Secret);
        (whole.Reason, whole.Text.Contains(Secret, StringComparison.Ordinal)).ShouldBe((Reason.Ambiguous, false));
    }

    [Theory]
    [InlineData("""[{"op": "remove", "path": "/spec/template/spec/containers/1"}]""", "containers[proxy]: removed")]
    [InlineData("""[{"op": "replace", "path": "/spec/template/spec/containers/0/args", "value": ["--fast"]}]""", "containers[app].args: *** -> ***")]
    [InlineData("""[{"op": "remove", "path": "/spec/template/spec/containers/0/args"}]""", "containers[app].args: removed")]
    public async Task S19_what_is_taken_away_is_not_told_either_and_comes_back(string json, string told)
    {
        await ContainersAsync($$"""[{"name": "app", "image": "rental-api:v2", "args": ["--password={{Secret}}"]}, {"name": "proxy", "image": "p:v1", "env": [{"name": "A", "value": "{{Secret}}"}]}]""");
        await _world.Cluster.CompleteAsync(_world.Workload, "rental-api:v2");
        var before = await TemplateAsync();
        var (action, context) = (PatchUse.Create(_world), Acting.Context(_world.Service));

        var pinned = (await action.PinAsync(context, Acting.Json($$"""{"json": {{json}} }"""), TestContext.Current.CancellationToken)).ShouldBeOfType<PinOutcome.Pinned>();
        (await action.ApplyAsync(context, pinned.Pin)).ShouldBeOfType<StepOutcome.Done>();
        (await action.RestoreAsync(context, pinned.Pin, TestContext.Current.CancellationToken)).ShouldBeOfType<StepOutcome.Done>();

        (pinned.Pin.ToJsonString() + string.Concat(pinned.Diff)).ShouldNotContain(Secret);
        pinned.Diff.ShouldHaveSingleItem().ShouldEndWith(told);
        JsonNode.DeepEquals(await TemplateAsync(), before).ShouldBeTrue();
    }

    [Theory]
    [InlineData(0, "args", true)]
    [InlineData(1, "args", true)]
    [InlineData(2, "args", false)]
    [InlineData(0, "image", false)]
    public async Task S7_where_few_revisions_are_kept_the_plan_says_that_what_is_replaced_could_not_be_put_back(int limit, string member, bool said)
    {
        await ContainersAsync($$"""[{"name": "app", "image": "rental-api:v3", "args": ["--password={{Secret}}"]}]""");
        await _world.PatchAsync(ResourceKind.Deployment, "rental-api", $$"""{"spec": {"revisionHistoryLimit": {{limit}} } }""");
        await _world.Cluster.CompleteAsync(_world.Workload, "rental-api:v3");
        JsonNode value = member == "args" ? new JsonArray("--safe") : "rental-api:v1";
        var patch = new JsonObject { ["json"] = new JsonArray(new JsonObject { ["op"] = "replace", ["path"] = $"/spec/template/spec/containers/0/{member}", ["value"] = value }) };

        var pinned = (await PatchUse.Create(_world).PinAsync(Acting.Context(_world.Service), patch, TestContext.Current.CancellationToken)).ShouldBeOfType<PinOutcome.Pinned>();

        pinned.Warnings.Any(w => w.Contains($"keeps {limit} old revisions", StringComparison.Ordinal) && w.Contains("could not be put back", StringComparison.Ordinal)).ShouldBe(said);
    }

    [Theory]
    [InlineData("""[{"op": "add", "path": "/spec/template/spec/containers/0/args/-", "value": "--debug"}]""", false)]
    [InlineData("""[{"op": "add", "path": "/spec/template/spec/containers/0", "value": {"name": "first", "image": "a:1"} }]""", false)]
    [InlineData("""[{"op": "replace", "path": "/spec/template/spec/containers/0/args", "value": ["--safe", "--debug"]}]""", true)]
    [InlineData("""[{"op": "replace", "path": "/spec/template/spec/containers/0/name", "value": "renamed"}]""", false)]
    [InlineData("""[{"op": "add", "path": "/spec/template/spec/containers/-", "value": {"name": "proxy", "image": "p:1", "args": ["--safe"], "env": [{"name": "A", "value": "1"}]} }]""", true)]
    public async Task S19_a_list_that_can_only_be_written_as_a_whole_tells_nothing_but_what_the_matrix_says(string json, bool planned)
    {
        await ContainersAsync($$"""[{"name": "app", "image": "rental-api:v2", "args": ["--safe", "--password={{Secret}}"], "env": [{"name": "A", "value": "{{Secret}}"}]}]""");

        var outcome = await PatchUse.Create(_world).PinAsync(Acting.Context(_world.Service), Acting.Json($$"""{"json": {{json}} }"""), TestContext.Current.CancellationToken);

        (outcome is PinOutcome.Pinned, outcome is PinOutcome.Refused { Reason: Reason.Ambiguous }).ShouldBe((planned, !planned), outcome.ToString());
        $"{outcome} {(outcome as PinOutcome.Pinned)?.Pin.ToJsonString()}".ShouldNotContain(Secret);
    }

    [Theory]
    [InlineData("""{"containers": [{"name": "app", "ports": [{"containerPort": 9090}]}]}""", "containers[app].ports[9090]: added ")]
    [InlineData("""{"containers": [{"name": "app", "env": [{"name": "NEW", "value": "1"}]}]}""", "containers[app].env[NEW]: added ")]
    [InlineData("""{"containers": [{"name": "proxy", "image": "p:1"}]}""", "containers[proxy]: added ")]
    [InlineData("""{"containers": [{"name": "app", "env": [{"name": "NEW", "value": "1"}, {"name": "B", "value": "$(NEW)/x"}]}]}""", null)]
    [InlineData("""{"initContainers": [{"name": "more", "image": "m:1"}]}""", null)]
    public async Task What_a_strategic_patch_adds_to_a_list_comes_last_where_no_order_counts(string spec, string? told)
    {
        await _world.Api.StrategicMergePatchAsync(_world.Workload.Object, Template($$"""
            {"containers": [{"name": "app", "ports": [{"containerPort": 8080}], "env": [{"name": "A", "value": "{{Secret}}"}, {"name": "B", "value": "1"}]}],
             "initContainers": [{"name": "first", "image": "i:1", "args": ["{{Secret}}"]}]}
            """), new WriteOptions(), TestContext.Current.CancellationToken);

        var outcome = await PatchUse.Create(_world).PinAsync(Acting.Context(_world.Service), new JsonObject { ["strategic"] = Template(spec) }, TestContext.Current.CancellationToken);

        if (told is null)
            outcome.ShouldBeOfType<PinOutcome.Refused>().Reason.ShouldBe(Reason.Ambiguous);
        else
            outcome.ShouldBeOfType<PinOutcome.Pinned>(outcome.ToString()).Diff.ShouldHaveSingleItem().ShouldContain(told);
    }

    [Theory]
    [InlineData("""{"hostPID": true}""", "hostPID")]
    [InlineData("""{"serviceAccountName": "admin"}""", "serviceAccountName")]
    [InlineData("""{"volumes": [{"name": "h", "hostPath": {"path": "/"}}]}""", "hostPath")]
    [InlineData("""{"containers": [{"name": "app", "securityContext": {"privileged": true}}]}""", "privileged")]
    public async Task S15_a_patch_cannot_reach_beyond_the_namespace_and_leaves_what_reached_before(string spec, string what)
    {
        var (action, context) = (PatchUse.Create(_world), Acting.Context(_world.Service));
        var parameters = Acting.Json($$"""{"strategic": {"spec": {"template": {"spec": {{spec}} } } } }""");

        var refused = await action.RefusedAsync(context, parameters);
        await _world.Api.StrategicMergePatchAsync(_world.Workload.Object, (JsonObject)parameters["strategic"]!, new WriteOptions(), TestContext.Current.CancellationToken);

        (refused.Reason, refused.Text.Contains(what, StringComparison.Ordinal)).ShouldBe((Reason.NotGranted, true));
        (await action.PinAsync(context, Acting.Json(Image), TestContext.Current.CancellationToken)).ShouldBeOfType<PinOutcome.Pinned>();
    }

    [Theory]
    [InlineData("""{"securityContext": {"privileged": true} }""", "the privileged container app")]
    [InlineData("""{"securityContext": {"capabilities": {"add": ["NET_BIND_SERVICE", "SYS_ADMIN"]} } }""", "SYS_ADMIN")]
    [InlineData("""{"securityContext": {"allowPrivilegeEscalation": true} }""", "may gain privileges")]
    [InlineData("""{"volumeMounts": [{"name": "logs", "mountPath": "/logs", "readOnly": false}]}""", "hostPath /var/log/app to be written in the container app")]
    [InlineData("""{"volumeMounts": [{"name": "logs", "mountPath": "/all", "readOnly": true}]}""", "hostPath /var/log in the container app")]
    [InlineData("""{"name": "other", "image": "a:1", "volumeMounts": [{"name": "logs", "mountPath": "/logs", "subPath": "app", "readOnly": true}]}""", "in the container other")]
    [InlineData("""{"securityContext": {"capabilities": {"add": ["NET_BIND_SERVICE"]} }, "image": "rental-api:v1"}""", null)]
    [InlineData("""{"volumeMounts": [{"name": "logs", "mountPath": "/elsewhere", "subPath": "app", "readOnly": true}]}""", null)]
    public async Task S15_a_container_that_reached_beyond_the_namespace_before_gets_nothing_more(string container, string? refused)
    {
        await _world.Api.StrategicMergePatchAsync(_world.Workload.Object, Template("""
            {"volumes": [{"name": "logs", "hostPath": {"path": "/var/log"} }], "containers": [{"name": "app", "securityContext": {"capabilities": {"add": ["NET_BIND_SERVICE"]} },
             "volumeMounts": [{"name": "logs", "mountPath": "/logs", "subPath": "app", "readOnly": true}]}]}
            """), new WriteOptions(), TestContext.Current.CancellationToken);
        var (named, context) = (Acting.Json(container), Acting.Context(_world.Service));
        named.TryAdd("name", "app");
        var parameters = new JsonObject { ["strategic"] = Template(new JsonObject { ["containers"] = new JsonArray(named) }.ToJsonString()) };

        var outcome = await PatchUse.Create(_world).PinAsync(context, parameters, TestContext.Current.CancellationToken);

        if (refused is null)
            outcome.ShouldBeOfType<PinOutcome.Pinned>(outcome.ToString());
        else
            outcome.ShouldBeOfType<PinOutcome.Refused>().Text.ShouldContain(refused);
    }

    [Theory]
    [InlineData("false", "true", true)]
    [InlineData("false", "null", true)]
    [InlineData("false", "false", false)]
    [InlineData("null", "false", false)]
    [InlineData("null", "true", false)]
    public async Task S15_a_pod_with_users_of_its_own_does_not_get_the_node_s(string before, string after, bool refused)
    {
        await _world.Api.StrategicMergePatchAsync(_world.Workload.Object, Template($$"""{"hostUsers": {{before}} }"""), new WriteOptions(), TestContext.Current.CancellationToken);
        var parameters = new JsonObject { ["strategic"] = Template($$"""{"hostUsers": {{after}}, "terminationGracePeriodSeconds": 7}""") };

        var outcome = await PatchUse.Create(_world).PinAsync(Acting.Context(_world.Service), parameters, TestContext.Current.CancellationToken);

        (outcome is PinOutcome.Pinned, outcome is PinOutcome.Refused { Reason: Reason.NotGranted } no && no.Text.Contains("with the node's users", StringComparison.Ordinal)).ShouldBe((!refused, refused), outcome.ToString());
    }

    [Fact]
    public async Task S15_a_kind_that_carries_power_is_refused_until_it_is_granted()
    {
        const string parameters = """{"kind": "Pod", "api_version": "v1", "name": "nothing", "merge": {"metadata": {"labels": {"a": "b"} } } }""";
        var context = Acting.Context(_world.Service);

        (await PatchUse.Create(_world).RefusedAsync(context, Acting.Json(parameters))).Text.ShouldContain("the kind Pod is not granted to the team rental");
        (await PatchUse.Create(_world, "Pod").RefusedAsync(context, Acting.Json(parameters))).Reason.ShouldBe(Reason.NotFound);
    }

    [Fact]
    public async Task What_the_API_would_reject_is_refused_and_what_is_so_already_is_done()
    {
        var (action, context) = (PatchUse.Create(_world), Acting.Context(_world.Service));

        (await action.RefusedAsync(context, Acting.Json("""{"json": [{"op": "replace", "path": "/spec/nothing/here", "value": 1}]}"""))).Reason.ShouldBe(Reason.RejectedByApi);
        var pin = await action.PinAsync(context, Acting.Json(Image.Replace(":v1", ":v2", StringComparison.Ordinal)));
        (await action.ApplyAsync(context, pin)).ShouldBeOfType<StepOutcome.Done>();
        _world.Writes.ShouldBe(0);
    }

    private static JsonObject Template(string spec) => Acting.Json($$"""{"spec": {"template": {"spec": {{spec}} } } }""");

    private async Task ContainersAsync(string containers)
    {
        await _world.Api.JsonPatchAsync(
            _world.Workload.Object, [new JsonObject { ["op"] = "replace", ["path"] = "/spec/template/spec/containers", ["value"] = JsonNode.Parse(containers) }],
            new WriteOptions(), TestContext.Current.CancellationToken);
        _world.Cluster.Forget();
    }

    private async Task<JsonNode> TemplateAsync() => (await _world.LiveAsync()).At("spec", "template", "spec")!;

    private async Task<string> ContainersAsync() => string.Join(' ', ((JsonArray)(await _world.LiveAsync()).At("spec", "template", "spec", "containers")!).Select(c => $"{c!["name"]}={c["image"]}"));
}
