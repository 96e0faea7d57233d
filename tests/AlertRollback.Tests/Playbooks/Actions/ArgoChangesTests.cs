using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Tests.Playbooks.Contract;

namespace AlertRollback.Tests.Playbooks.Actions;

/// <summary>What else than an undo is done to an Argo Rollout: another image, other variables, pods started anew.</summary>
public sealed class ArgoChangesTests : IAsyncDisposable
{
    private const string Restart = "rollout_restart";
    private const string Env = """{"set": {"BREAKER": "on"} }""";
    private const string Image = """{"image": "rental-api:v3"}""";

    private TestCluster _cluster = null!;
    private ArgoReleases _argo = null!;

    [Fact]
    public async Task Pods_are_started_anew_without_a_new_version_and_its_canary()
    {
        await ArrangeAsync(steps: true);
        var (hash, before) = ((await _argo.LiveAsync()).Text("status", "currentPodHash"), await PodsAsync());

        (await ApplyAsync(Restart, await PinAsync(Restart, "{}"))).ShouldBeOfType<StepOutcome.Done>();

        (await PodsAsync()).Intersect(before).ShouldBeEmpty();
        var live = await _argo.LiveAsync();
        live.Text("status", "currentPodHash").ShouldBe(hash);
        live.Text("status", "restartedAt").ShouldBe(live.Text("spec", "restartAt"));
    }

    [Fact]
    public async Task A_pod_that_came_after_the_plan_is_started_anew_too()
    {
        await ArrangeAsync();
        var pin = await PinAsync(Restart, "{}");
        await _argo.SetAsync("""{"replicas": 3}""");
        await _argo.PhaseAsync("Healthy", "2");
        var before = await PodsAsync();

        (await ApplyAsync(Restart, pin)).ShouldBeOfType<StepOutcome.Done>();

        (await PodsAsync()).Intersect(before).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_new_version_that_comes_during_a_restart_is_somebody_elses()
    {
        await ArrangeAsync();
        var pin = await PinAsync(Restart, "{}");
        var journal = new FakeStepJournal();
        (await ApplyAsync(Restart, pin, journal)).ShouldBeOfType<StepOutcome.Done>();
        await _cluster.SetImageAsync(_argo.Workload, "rental-api:v3");

        (await ApplyAsync(Restart, pin, journal)).ShouldBeOfType<StepOutcome.Superseded>();
    }

    [Fact]
    public async Task Another_image_goes_by_way_of_the_steps_and_people_are_told_beforehand()
    {
        await ArrangeAsync(steps: true);
        var pinned = await PinAsync("set_image", Image);
        pinned.Warnings.ShouldContain(w => w.StartsWith("Argo goes there by way of the Rollout's steps"));

        (await ApplyAsync("set_image", pinned, deadline: TimeSpan.FromSeconds(3))).ShouldBeOfType<StepOutcome.Failed>().ShouldSatisfyAllConditions(
            f => f.Reason.ShouldBe(Reason.TimedOut),
            f => f.Text.ShouldEndWith("CanaryPauseStep"));
        Patches().ShouldBe([""]);
    }

    [Theory]
    [InlineData("set_image", """{"image": "rental-api:v3", "canary_steps": "skip"}""")]
    [InlineData("env", """{"set": {"BREAKER": "on"}, "canary_steps": "skip"}""")]
    public async Task Past_the_steps_it_is_there_at_once_and_comes_back_as_fast(string action, string parameters)
    {
        await ArrangeAsync(steps: true);
        var before = LiveTemplate.Digest(await _argo.LiveAsync());
        var pinned = await PinAsync(action, parameters);

        (await ApplyAsync(action, pinned)).ShouldBeOfType<StepOutcome.Done>();
        Patches().ShouldBe(["", "/status"]);
        (await All[action].RestoreAsync(Acting.Context(_argo.Service), pinned.Pin, Cancellation)!).ShouldBeOfType<StepOutcome.Done>();

        Patches().ShouldBe(["", "/status", "", "/status"]);
        var live = await _argo.LiveAsync();
        LiveTemplate.Digest(live).ShouldBe(before);
        live.Text("status", "stableRS").ShouldBe(live.Text("status", "currentPodHash"), "the old version has all traffic again");
    }

    [Fact]
    public async Task The_kill_switch_stops_it_between_the_template_and_the_promotion()
    {
        await ArrangeAsync(steps: true);
        var stop = new StepOutcome.CannotTell(Reason.StoppedByPerson, "stopped");
        var pinned = await PinAsync("set_image", """{"image": "rental-api:v3", "canary_steps": "skip"}""");

        (await ApplyAsync("set_image", pinned, new FakeStepJournal { Stop = stop, StopsAfter = "written-0" })).ShouldBe(stop);

        Patches().ShouldBe([""]);
    }

    [Theory]
    [InlineData(Restart, "{}")]
    [InlineData("set_image", Image)]
    [InlineData("env", Env)]
    public async Task A_version_that_is_on_its_way_has_to_end_first(string action, string parameters)
    {
        await ArrangeAsync(underWay: true);
        var live = await _argo.LiveAsync();
        var undo = new EarlierStep("rollout_undo", new JsonObject { ["uid"] = live.Uid });

        (await All[action].RefusedAsync(Acting.Context(_argo.Service), Acting.Json(parameters))).Reason.ShouldBe(Reason.CanaryUnderWay);
        (await All[action].PinAsync(Acting.Context(_argo.Service) with { Earlier = [undo] }, Acting.Json(parameters), Cancellation))
            .ShouldBeOfType<PinOutcome.Pinned>("the plan takes it back before");
    }

    [Theory]
    [InlineData(Restart, "{}")]
    [InlineData("env", Env)]
    public async Task A_version_that_began_since_the_plan_has_to_end_first(string action, string parameters)
    {
        await ArrangeAsync(steps: true);
        var pinned = await PinAsync(action, parameters);
        await _cluster.SetImageAsync(_argo.Workload, "rental-api:v4");
        await _argo.PhaseAsync("Paused", "3");
        _cluster.Forget();

        (await ApplyAsync(action, pinned)).ShouldBeOfType<StepOutcome.CannotTell>().Reason.ShouldBe(Reason.CanaryUnderWay);

        _cluster.Writes.ShouldBe(0);
    }

    [Theory]
    [InlineData("set_image", Image)]
    [InlineData("env", Env)]
    public async Task A_template_that_is_kept_elsewhere_is_refused_by_its_name(string action, string parameters)
    {
        await ArrangeAsync();
        await _argo.SetAsync("""{"workloadRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "rental-web"} }""");

        var refused = await All[action].RefusedAsync(Acting.Context(_argo.Service), Acting.Json(parameters));

        refused.Reason.ShouldBe(Reason.TemplateElsewhere);
        refused.Text.ShouldContain("from Deployment rental-web (workloadRef)");
    }

    [Theory]
    [InlineData(Restart, "{}")]
    [InlineData("set_image", Image)]
    [InlineData("env", Env)]
    public async Task What_was_paused_by_hand_or_belongs_to_a_GitOps_tool_is_refused(string action, string parameters)
    {
        await ArrangeAsync();
        await _argo.SetAsync("""{"paused": true}""");
        await _argo.PhaseAsync("Paused", null);
        (await All[action].RefusedAsync(Acting.Context(_argo.Service), Acting.Json(parameters))).Reason.ShouldBe(Reason.Paused);

        await _argo.SetAsync("""{"paused": null}""");
        await _argo.PhaseAsync("Healthy", null);
        var owner = new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { ["argocd.argoproj.io/tracking-id"] = "rental:argoproj.io/Rollout:x/y" } } };
        await _cluster.Api.MergePatchAsync(_argo.Workload.Object, owner, new WriteOptions(), Cancellation);
        (await All[action].RefusedAsync(Acting.Context(_argo.Service), Acting.Json(parameters))).Reason.ShouldBe(Reason.OwnedByGitops);
    }

    [Fact]
    public async Task Argos_analysis_that_could_not_tell_is_no_success()
    {
        await ArrangeAsync(steps: true);
        var pinned = await PinAsync("set_image", Image);
        var action = new SetImageAction(new Clusters(UndecidedArgo.Over(_cluster.Api)), new FakeRevisionLedger(), TimeProvider.System);

        (await action.ApplyAsync(Acting.Context(_argo.Service), pinned.Pin)).ShouldBeOfType<StepOutcome.CannotTell>().Reason.ShouldBe(Reason.Inconclusive);
    }

    private async Task ArrangeAsync(bool steps = false, bool underWay = false) => (_cluster, _argo) = await ArgoReleases.ArrangeAsync(steps, underWay);

    private Dictionary<string, IAction> All => new()
    {
        ["env"] = new EnvAction(new Clusters(_cluster.Api), TimeProvider.System),
        ["set_image"] = new SetImageAction(new Clusters(_cluster.Api), new FakeRevisionLedger(), TimeProvider.System),
        [Restart] = new RolloutRestartAction(new Clusters(_cluster.Api), TimeProvider.System),
    };

    private async Task<PinOutcome.Pinned> PinAsync(string action, string parameters)
    {
        var outcome = await All[action].PinAsync(Acting.Context(_argo.Service), Acting.Json(parameters), Cancellation);
        return outcome.ShouldBeOfType<PinOutcome.Pinned>(outcome.ToString());
    }

    private Task<StepOutcome> ApplyAsync(string action, PinOutcome.Pinned pinned, IStepJournal? journal = null, TimeSpan? deadline = null) => All[action].ApplyAsync(
        Acting.Context(_argo.Service, journal: journal, deadline: deadline is { } span ? TimeProvider.System.GetUtcNow() + span : null), pinned.Pin);

    private async Task<IReadOnlyList<string>> PodsAsync() => [.. (await _argo.PodsAsync()).Select(p => p.Uid)];

    /// <summary>What was patched of the Rollout since it was arranged: the object, or a subresource.</summary>
    private IEnumerable<string> Patches() => _cluster.Sandbox!.Requests.CarriedOut.TakeLast(_cluster.Writes)
        .Select(r => r.Path.Split('?')[0]).Select(p => p[(p.IndexOf("rental-api", StringComparison.Ordinal) + "rental-api".Length)..]);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();
}

/// <summary>Argo's controller whose analysis of the new version could not tell.</summary>
public class UndecidedArgo : System.Reflection.DispatchProxy
{
    private IKubernetesApi _inner = null!;

    public static IKubernetesApi Over(IKubernetesApi inner)
    {
        var api = Create<IKubernetesApi, UndecidedArgo>();
        ((UndecidedArgo)(object)api)._inner = inner;
        return api;
    }

    protected override object? Invoke(System.Reflection.MethodInfo? targetMethod, object?[]? args)
    {
        var answer = targetMethod!.Invoke(_inner, System.Reflection.BindingFlags.DoNotWrapExceptions, null, args, null);
        return answer is IAsyncEnumerable<WatchEvent> events ? Undecided(events, (CancellationToken)args![^1]!) : answer;
    }

    private static async IAsyncEnumerable<WatchEvent> Undecided(IAsyncEnumerable<WatchEvent> events, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var e in events.WithCancellation(cancellation))
        {
            if (e.Object.Text("status", "phase") == "Paused")
                e.Object.Json["status"]!["pauseConditions"] = new JsonArray(new JsonObject { ["reason"] = "InconclusiveAnalysisRun" });
            yield return e;
        }
    }
}

internal abstract class ArgoChangeUse : ArgoUse
{
    public override bool OnRealCluster => true;

    public override (string Method, string Path)? KubernetesWrite => ("PATCH", "rollouts/rental-api");
}

internal sealed class RolloutRestartArgoUse : ArgoChangeUse
{
    public override Type Action => typeof(RolloutRestartAction);

    protected override string Parameters => "{}";

    protected override string Before => "as it ran";

    protected override string After => "started anew";

    protected override string Hand => """{"restartAt": null}""";

    protected override async Task<string> LookAsync(KubernetesWorld world)
    {
        var live = (await world.Cluster.Api.GetAsync(world.Workload.Object, TestContext.Current.CancellationToken))!;
        var asked = live.Text("spec", "restartAt");
        return asked is null ? "as it ran" : live.Text("status", "restartedAt") == asked ? "started anew" : "asked for";
    }

    protected override IAction Create(KubernetesWorld world) => new RolloutRestartAction(world.Clusters, TimeProvider.System);
}

internal sealed class SetImageArgoUse : ArgoChangeUse
{
    public override Type Action => typeof(SetImageAction);

    protected override string Parameters => """{"image": "rental-api:v1.9"}""";

    protected override string After => "rental-api:v1.9 x2";

    protected override IAction Create(KubernetesWorld world) => new SetImageAction(world.Clusters, new FakeRevisionLedger(), TimeProvider.System);
}

internal sealed class EnvArgoUse : ArgoChangeUse
{
    public override Type Action => typeof(EnvAction);

    protected override string Parameters => """{"set": {"BREAKER": "on"} }""";

    protected override string Before => "";

    protected override string After => """[{"name":"BREAKER","value":"on"}]""";

    protected override string Hand => """{"template": {"spec": {"containers": [{"name": "app", "image": "rental-api:v2"}]} } }""";

    protected override async Task<string> LookAsync(KubernetesWorld world)
    {
        var live = (await world.Cluster.Api.GetAsync(world.Workload.Object, TestContext.Current.CancellationToken))!;
        return live.At("spec", "template", "spec", "containers")![0]!["env"]?.ToJsonString() ?? "";
    }

    protected override IAction Create(KubernetesWorld world) => new EnvAction(world.Clusters, TimeProvider.System);
}
