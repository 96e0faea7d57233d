using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Checks;
using AlertRollback.Playbooks.Manifests;
using AlertRollback.Tests.Playbooks.Actions;
using AlertRollback.Tests.Playbooks.Contract;

namespace AlertRollback.Tests.Playbooks.Checks;

public sealed class ManifestsCheckTests : IAsyncLifetime
{
    private readonly string _file = Path.GetTempFileName();
    private ObjectWorld _world = null!;

    public async ValueTask InitializeAsync() => _world = (ObjectWorld)await new ApplyUse().ArrangeAsync(real: false);

    public ValueTask DisposeAsync()
    {
        System.IO.File.Delete(_file);
        return _world.DisposeAsync();
    }

    [Theory]
    [InlineData("{MODULE: 'true', KEPT: x}", Verdict.Pass, "as written")]
    [InlineData("{MODULE: 'true'}", Verdict.Pass, "as written")]
    [InlineData("{MODULE: 'false', MORE: '1'}", Verdict.Fail, "data.MODULE: true -> false; data.MORE: added (1)")]
    [InlineData("{MODULE: 'true', API_TOKEN: abc}", Verdict.Fail, "data.API_TOKEN: added (***)")]
    public async Task The_cluster_is_compared_with_what_is_written(string data, Verdict verdict, string measured)
    {
        var result = await AskAsync(File(data, "feature-flags"));

        result.ShouldBe(new CheckResult(verdict, $"configmap/{_world.Namespace}/feature-flags", measured, "as written"));
        _world.Writes.ShouldBe(0);
    }

    [Fact]
    public async Task What_does_not_exist_fails_and_what_may_not_be_asked_is_inconclusive()
    {
        (await AskAsync(File("{A: '1'}", "absent"))).Measured.ShouldBe("it does not exist");
        (await AskAsync("""{"manifest": {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "x"} } }""")).Verdict.ShouldBe(Verdict.Inconclusive);
    }

    [Theory]
    [InlineData("{A: '1'}", Verdict.Pass, "as written")]
    [InlineData("{A: '2'}", Verdict.Fail, "data.A: 1 -> 2; it belongs to Argo CD application shop")]
    public async Task S6_what_another_tool_owns_is_compared_as_well_and_whose_it_is_is_told(string data, Verdict verdict, string measured)
    {
        await _world.AddAsync(ResourceKind.ConfigMap, """
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "owned", "annotations": {"argocd.argoproj.io/tracking-id": "shop:/ConfigMap:x/owned"} }, "data": {"A": "1"} }
            """);

        var result = await AskAsync(File(data, "owned"));

        (result.Verdict, result.Measured).ShouldBe((verdict, measured));
    }

    [Theory]
    [InlineData("old", Verdict.Pass, "as written")]
    [InlineData("s3cr3t", Verdict.Fail, "1 value differs (not shown)")]
    public async Task S19_of_a_Secret_only_that_it_differs_is_told(string password, Verdict verdict, string measured)
    {
        await _world.AddAsync(ResourceKind.Secret, """{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "settings"}, "data": {"PASSWORD": "b2xk"} }""");
        System.IO.File.WriteAllText(_file, $"{{apiVersion: v1, kind: Secret, metadata: {{name: settings}}, stringData: {{PASSWORD: {password}}}}}");

        var result = await AskAsync("""{"secret": ["settings"]}""");

        (result.Verdict, result.Measured).ShouldBe((verdict, measured));
    }

    [Theory]
    [InlineData("name: settings, namespace: elsewhere")]
    [InlineData("name: ../settings")]
    public async Task S16_a_Secret_that_may_not_be_asked_for_is_not_called_absent(string metadata)
    {
        System.IO.File.WriteAllText(_file, $"{{apiVersion: v1, kind: Secret, metadata: {{{metadata}}}, stringData: {{PASSWORD: old}}}}");

        (await AskAsync("""{"secret": ["settings"]}""")).Verdict.ShouldBe(Verdict.Inconclusive);
    }

    private static string File(string data, string name) =>
        new JsonObject { ["file"] = new JsonArray(new JsonObject { ["file"] = "a.yml", ["text"] = $"{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}}}, data: {data}}}" }) }.ToJsonString();

    private async Task<CheckResult> AskAsync(string parameters)
    {
        var operators = Acting.Granting(new TeamGrants { Secrets = new Dictionary<string, GrantedSecret> { ["settings"] = new(_file, []) { Namespaces = [_world.Namespace] } } });
        var check = new ManifestsCheck(_world.Clusters, new GrantedKinds(operators), new SecretManifests(operators, new FakeConfigurationLedger(), TimeProvider.System));
        check.Validate(Acting.Json(parameters)).ShouldBeEmpty();
        var context = new CheckContext("rental-api-1", _world.Service, Asking.Noon, Asking.Noon, new Dictionary<string, JsonObject>());
        return (await check.AskAsync(context, Acting.Json(parameters), TestContext.Current.CancellationToken)).ShouldHaveSingleItem();
    }
}
