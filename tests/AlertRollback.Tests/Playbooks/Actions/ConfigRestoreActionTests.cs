using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Tests.Playbooks.Contract;

namespace AlertRollback.Tests.Playbooks.Actions;

public sealed class ConfigRestoreActionTests : IAsyncLifetime
{
    private ObjectWorld _world = null!;
    private RecordedConfiguration? _recorded;

    public async ValueTask InitializeAsync()
    {
        var (cluster, workload) = await KubernetesWorld.TwoReleasesAsync(real: false);
        await cluster.TwoReleasesAsync("workers");
        _world = new ObjectWorld(cluster, workload, "{}", w => Action) { States = ("", ""), Look = ConfigRestoreUse.LookAsync };
        _recorded = await ConfigRestoreUse.ArrangeAsync(_world);
    }

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    private WorkloadRef Workers => _world.Workload with { Name = "workers" };

    private StepContext Context => Acting.Context(_world.Service);

    private ConfigRestoreAction Action => new(_world.Clusters, new FakeRevisionLedger(), new FakeConfigurationLedger(_recorded), TimeProvider.System);

    [Theory]
    [InlineData("""{"to": "current"}""", true, true)]
    [InlineData("""{"to": "current", "restart": "others"}""", false, true)]
    [InlineData("""{"to": "current", "restart": "nobody"}""", false, false)]
    public async Task Everybody_who_reads_it_is_started_anew_not_half_of_them(string parameters, bool own, bool others)
    {
        await ConfigRestoreUse.ReadAsync(_world, Workers);
        await _world.Cluster.TwoReleasesAsync("stranger");
        var pin = await Action.PinAsync(Context, Acting.Json(parameters));

        (await Action.ApplyAsync(Context, pin)).ShouldBeOfType<StepOutcome.Done>();

        (await ConfigMapUse.LookAsync(_world)).ShouldBe("LIMIT=100 OLD=x");
        (await RestartedAsync("rental-api"), await RestartedAsync("workers"), await RestartedAsync("stranger")).ShouldBe((own, others, false));
    }

    [Fact]
    public async Task An_Argo_Rollout_that_reads_it_is_started_anew_without_a_canary_and_again_when_it_is_put_back()
    {
        var argo = new ArgoReleases(_world.Cluster, "gateway");
        await argo.CreateAsync("""{"canary": {"steps": [{"setWeight": 10}, {"pause": {} }]} }""");
        await argo.SetAsync("""{"template": {"spec": {"containers": [{"name": "app", "image": "rental-api:v1", "envFrom": [{"configMapRef": {"name": "feature-flags"} }]}]} } }""");
        await argo.PhaseAsync("Paused", "2");
        await argo.SetStatusAsync("promoteFull", true);
        await argo.PhaseAsync("Healthy", "2");
        var pin = await Action.PinAsync(Context, Acting.Json("""{"to": "current"}"""));

        (await Action.ApplyAsync(Context, pin)).ShouldBeOfType<StepOutcome.Done>();
        var once = await argo.PhaseAsync("Healthy", "2");
        for (var i = 0; i < 2; i++)
            (await Action.RestoreAsync(Context, pin, TestContext.Current.CancellationToken)).ShouldBeOfType<StepOutcome.Done>();
        var again = await argo.PhaseAsync("Healthy", "2");

        once.Time("status", "restartedAt").ShouldNotBeNull();
        again.Time("status", "restartedAt")!.Value.ShouldBeGreaterThan(once.Time("status", "restartedAt")!.Value);
        again.Text("spec", "restartAt").ShouldBe(again.Text("status", "restartedAt"), "and not a third time");
    }

    [Fact]
    public async Task The_configuration_goes_back_with_the_code()
    {
        await _world.Cluster.SetImageAsync(_world.Workload, "rental-api:v4");
        await _world.Cluster.CompleteAsync(_world.Workload, "rental-api:v4");
        var pinned = (await Action.PinAsync(Context, Acting.Json("""{"to": {"version": "v3"} }"""), TestContext.Current.CancellationToken)).ShouldBeOfType<PinOutcome.Pinned>();

        (await Action.RefusedAsync(Context, Acting.Json("""{"to": {"version": "v9"} }"""))).Reason.ShouldBe(Reason.NoCandidate);
        (await Action.RefusedAsync(Context, Acting.Json("""{"to": {"version": "v2"} }"""))).Text.ShouldEndWith("reads no ConfigMap and no Secret");
        pinned.To.ShouldStartWith("feature-flags as rental-api:v3 (revision 3) ran with");
        pinned.Diff.ShouldContain(d => d.EndsWith("data.LIMIT: 0 -> 100", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_a_record_nothing_is_guessed()
    {
        _recorded = null;

        (await Action.RefusedAsync(Context, Acting.Json("""{"to": "current"}"""))).Reason.ShouldBe(Reason.ValuesGone);
    }

    [Fact]
    public async Task S19_a_Secret_that_changed_is_said_and_asked_about_and_never_put_back()
    {
        await _world.PatchAsync(ResourceKind.Secret, "settings", """{"data": {"PASSWORD": "bmV3"} }""");
        var pinned = (await Action.PinAsync(Context, Acting.Json("""{"to": "current"}"""), TestContext.Current.CancellationToken)).ShouldBeOfType<PinOutcome.Pinned>();
        await Action.ApplyAsync(Context, pinned.Pin);

        pinned.Irreversible.ShouldNotBeNull().ShouldEndWith("never put back from memory: settings");
        (await _world.GetAsync(ResourceKind.Secret, "settings"))!.Text("data", "PASSWORD").ShouldBe("bmV3");
        pinned.Pin.ToJsonString().ShouldNotContain("bmV3");
    }

    [Fact]
    public async Task A_configuration_that_is_as_it_was_starts_nobody_anew()
    {
        await _world.PatchAsync(ResourceKind.ConfigMap, "feature-flags", """{"data": {"LIMIT": "100", "MORE": null, "OLD": "x"} }""");
        _world.Cluster.Forget();
        var pinned = (await Action.PinAsync(Context, Acting.Json("""{"to": "current"}"""), TestContext.Current.CancellationToken)).ShouldBeOfType<PinOutcome.Pinned>();
        await Action.ApplyAsync(Context, pinned.Pin);

        (pinned.Irreversible, pinned.Warnings.Count, _world.Writes).ShouldBe((null, 0, 0));
    }

    [Fact]
    public async Task A_ConfigMap_that_was_deleted_is_made_again_and_one_known_by_hash_alone_is_refused()
    {
        var live = (await _world.GetAsync(ResourceKind.ConfigMap, "feature-flags"))!;
        await _world.Api.DeleteAsync(new ObjectRef(ResourceKind.ConfigMap, _world.Namespace, "feature-flags"), live.Uid, new DeleteOptions(), TestContext.Current.CancellationToken);
        var pin = await Action.PinAsync(Context, Acting.Json("""{"to": "current"}"""));
        await Action.ApplyAsync(Context, pin);
        (await ConfigMapUse.LookAsync(_world)).ShouldBe("LIMIT=100 OLD=x");

        await _world.PatchAsync(ResourceKind.ConfigMap, "feature-flags", """{"data": {"LIMIT": "0"} }""");
        _recorded = _recorded! with { Configuration = _recorded.Configuration with { ConfigMaps = [.. _recorded.Configuration.ConfigMaps.Select(m => m with { Data = null })] } };
        (await Action.RefusedAsync(Context, Acting.Json("""{"to": "current"}"""))).Text.ShouldEndWith("it was too large to be kept");
    }

    [Fact]
    public async Task What_was_never_proven_good_or_could_not_be_read_is_said()
    {
        var configuration = _recorded!.Configuration with { Secrets = [new SecretRecord("settings", null, "may not be read")] };
        _recorded = new RecordedConfiguration(configuration, Good: false);
        var pinned = (await Action.PinAsync(Context, Acting.Json("""{"to": "current"}"""), TestContext.Current.CancellationToken)).ShouldBeOfType<PinOutcome.Pinned>();

        pinned.Warnings.ShouldContain("This configuration was recorded, but never proven good for the soak period.");
        pinned.Warnings.ShouldContain("Whether secret settings changed since is not known: it may not be read.");
    }

    private async Task<bool> RestartedAsync(string name) => ConfigRestoreUse.IsRestarted((await _world.GetAsync(ResourceKind.Deployment, name))!);
}
