using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Tests.Playbooks.Contract;

namespace AlertRollback.Tests.Playbooks.Actions;

public sealed class RolloutUndoArgoTests : IAsyncDisposable
{
    private TestCluster _cluster = null!;
    private ArgoReleases _argo = null!;

    [Fact]
    public async Task A_canary_under_way_is_aborted_first_and_the_stable_version_stays()
    {
        await ArrangeAsync(underWay: true);
        var journal = new FakeStepJournal();
        var pinned = (await PinAsync()).ShouldBeOfType<PinOutcome.Pinned>();
        pinned.Warnings.ShouldContain("rental-api:v2 (revision 2) is still being rolled out: that is aborted first.");
        pinned.Warnings.ShouldNotContain(w => w.Contains("without the Rollout's steps"), "going back to the stable version, Argo takes none");

        (await ApplyAsync(pinned, journal)).ShouldBeOfType<StepOutcome.Done>();

        journal.Marks.Keys.ShouldBe(["aborted", "patched"]);
        Patches().ShouldBe(["/status", ""]);
        (await _argo.PhaseAsync("Healthy", "3")).Text("status", "stableRS").ShouldBe((await _argo.LiveAsync()).Text("status", "currentPodHash"));
    }

    [Fact]
    public async Task S6_a_canary_is_not_aborted_either_where_its_owner_was_resumed_meanwhile()
    {
        await ArrangeAsync(underWay: true);
        var owner = await Owners.OwnAsync(_cluster.Api, _argo.Workload, "application", "{}", "argocd");
        var service = _argo.Service with { Settings = Acting.Json($$"""{"owned_by": "{{owner.Address}}"}""") };
        var pin = await Action.PinAsync(Acting.Context(service), Acting.Json("""{"to": "previous"}"""));
        await _cluster.Api.MergePatchAsync(owner.Object, Acting.Json($$"""{"spec": {{Owners.Automated}} }"""), new WriteOptions(), Cancellation);
        _cluster.Forget();

        (await Action.ApplyAsync(Acting.Context(service), pin)).ShouldBeOfType<StepOutcome.CannotTell>().Reason.ShouldBe(Reason.OwnedByGitops);
        Patches().ShouldBeEmpty();
    }

    [Fact]
    public async Task Beside_a_canary_the_previous_version_is_the_stable_one_and_not_a_canary_that_failed_before()
    {
        await ArrangeAsync(underWay: true);
        await _argo.SetStatusAsync("abort", true);
        await _argo.PhaseAsync("Degraded", "2");
        await _cluster.SetImageAsync(_argo.Workload, "rental-api:v3");
        await _argo.PhaseAsync("Paused", "3");

        (await PinAsync()).ShouldBeOfType<PinOutcome.Pinned>().To.ShouldBe("rental-api:v1 (revision 1)");
    }

    [Fact]
    public async Task Nothing_to_abort_is_no_fault()
    {
        await ArrangeAsync();

        (await ApplyAsync(await PinAsync())).ShouldBeOfType<StepOutcome.Done>().Text.ShouldStartWith("rental-api:v1 (revision 1) runs");

        Patches().ShouldBe([""]);
    }

    [Fact]
    public async Task A_version_that_was_promoted_is_undone_without_waiting_in_the_steps()
    {
        await ArrangeAsync(steps: true);
        var journal = new FakeStepJournal();
        var pinned = (await PinAsync()).ShouldBeOfType<PinOutcome.Pinned>();
        pinned.Warnings.ShouldContain("Argo goes to rental-api:v1 (revision 1) at once, without the Rollout's steps and analyses.");

        (await ApplyAsync(pinned, journal)).ShouldBeOfType<StepOutcome.Done>();

        journal.Marks.Keys.ShouldBe(["patched", "promoted"]);
        Patches().ShouldBe(["", "/status"]);
    }

    [Fact]
    public async Task Steps_that_are_kept_are_waited_for_and_not_being_done_in_time_is_measured()
    {
        await ArrangeAsync(steps: true);
        var pinned = await PinAsync("""{"to": "previous", "canary_steps": "keep"}""");

        var outcome = await ApplyAsync(pinned, deadline: TimeSpan.FromSeconds(3));

        outcome.ShouldBeOfType<StepOutcome.Failed>().ShouldSatisfyAllConditions(
            f => f.Reason.ShouldBe(Reason.TimedOut),
            f => f.Text.ShouldEndWith("CanaryPauseStep"));
        Patches().ShouldBe([""]);
    }

    [Fact]
    public async Task The_kill_switch_stops_it_between_the_template_and_the_promotion()
    {
        await ArrangeAsync(steps: true);
        var stop = new StepOutcome.CannotTell(Reason.StoppedByPerson, "stopped");

        (await ApplyAsync(await PinAsync(), new FakeStepJournal { Stop = stop, StopsAfter = "patched" })).ShouldBe(stop);

        Patches().ShouldBe([""]);
    }

    [Fact]
    public async Task A_template_that_is_kept_elsewhere_is_refused()
    {
        await ArrangeAsync();
        await _argo.SetAsync("""{"workloadRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "rental-api"} }""");

        var refused = (await PinAsync()).ShouldBeOfType<PinOutcome.Refused>();

        refused.Reason.ShouldBe(Reason.TemplateElsewhere);
        refused.Text.ShouldContain("from Deployment rental-api (workloadRef)");
    }

    [Fact]
    public async Task A_Rollout_that_was_paused_by_hand_is_refused()
    {
        await ArrangeAsync();
        await _argo.SetAsync("""{"paused": true}""");

        (await PinAsync()).ShouldBeOfType<PinOutcome.Refused>().Reason.ShouldBe(Reason.Paused);
    }

    [Fact]
    public async Task S3_what_was_rolled_back_from_is_known_again_by_the_template_its_ReplicaSet_keeps()
    {
        await ArrangeAsync();
        var pin = UndoPin.FromJson((await PinAsync()).ShouldBeOfType<PinOutcome.Pinned>().Pin);
        var read = (await new WorkloadReader(_cluster.Api).ReadAsync(_argo.Workload, Cancellation))!;

        pin.Origin.Digest.ShouldBe(read.Revisions.Single(r => r.Number == 2).Digest);
        pin.LiveDigest.ShouldBe(LiveTemplate.Digest(read.Live), "a Rollout's own template has no defaults");
        pin.LiveDigest.ShouldNotBe(pin.Origin.Digest);
        Candidates.Explain(read, new RevisionKnowledge(d => d == pin.Origin.Digest, _ => false, [])).Select(r => r.Why).ShouldBe(
            ["is the current one", "was never seen healthy for the soak period"]);
    }

    private async Task ArrangeAsync(bool steps = false, bool underWay = false) => (_cluster, _argo) = await ArgoReleases.ArrangeAsync(steps, underWay);

    private RolloutUndoAction Action => new(new Clusters(_cluster.Api), new FakeRevisionLedger(), TimeProvider.System);

    private Task<PinOutcome> PinAsync(string parameters = """{"to": "previous"}""") =>
        Action.PinAsync(Acting.Context(_argo.Service), Acting.Json(parameters), Cancellation);

    private Task<StepOutcome> ApplyAsync(PinOutcome pinned, IStepJournal? journal = null, TimeSpan? deadline = null) => Action.ApplyAsync(
        Acting.Context(_argo.Service, journal: journal, deadline: deadline is { } span ? TimeProvider.System.GetUtcNow() + span : null),
        pinned.ShouldBeOfType<PinOutcome.Pinned>(pinned.ToString()).Pin);

    /// <summary>What was patched of the Rollout since it was arranged: the object, or a subresource.</summary>
    private IEnumerable<string> Patches() => _cluster.Sandbox!.Requests.CarriedOut.TakeLast(_cluster.Writes)
        .Select(r => r.Path.Split('?')[0]).Select(p => p[(p.IndexOf("rental-api", StringComparison.Ordinal) + "rental-api".Length)..]);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();
}

internal sealed class RolloutUndoArgoUse : ArgoUse
{
    public override Type Action => typeof(RolloutUndoAction);

    public override bool OnRealCluster => true;

    public override (string Method, string Path)? KubernetesWrite => ("PATCH", "rollouts/rental-api");

    protected override string Parameters => """{"to": "previous"}""";

    protected override string After => "rental-api:v1 x2";

    protected override IAction Create(KubernetesWorld world) => new RolloutUndoAction(world.Clusters, new FakeRevisionLedger(), TimeProvider.System);
}

internal sealed class RolloutUndoCanaryUse : ArgoUse
{
    public override Type Action => typeof(RolloutUndoAction);

    public override string Way => " of a canary under way";

    public override (string Method, string Path)? KubernetesWrite => ("PATCH", "rollouts/rental-api/status");

    protected override string Parameters => """{"to": "previous"}""";

    protected override string After => "rental-api:v1 x2";

    protected override int WritesOfOneApply => 2;

    protected override Task<(TestCluster Cluster, ArgoReleases Releases)> ReleasesAsync(bool real) => ArgoReleases.ArrangeAsync(underWay: true);

    protected override IAction Create(KubernetesWorld world) => new RolloutUndoAction(world.Clusters, new FakeRevisionLedger(), TimeProvider.System);
}

internal sealed class ScaleArgoUse : ArgoUse
{
    public override Type Action => typeof(ScaleAction);

    public override bool OnRealCluster => true;

    public override (string Method, string Path)? KubernetesWrite => ("PATCH", "rollouts/rental-api");

    protected override string Parameters => """{"replicas": 0}""";

    protected override string After => "rental-api:v2 x0";

    protected override IAction Create(KubernetesWorld world) => new ScaleAction(world.Clusters, TimeProvider.System);
}
