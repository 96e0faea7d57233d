using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Tests.Playbooks.Contract;

namespace AlertRollback.Tests.Playbooks.Actions;

/// <summary>S6: what belongs to Flux or Argo CD is undone only while that is suspended, and as its service says.</summary>
public sealed class SuspendOwnerActionTests : IAsyncLifetime
{
    private static readonly JsonObject Previous = Acting.Json("""{"to": "previous"}""");
    private TestCluster _cluster = null!;
    private WorkloadRef _workload = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private RolloutUndoAction Undo => new(new Clusters(_cluster.Api), new FakeRevisionLedger(), TimeProvider.System);

    public async ValueTask InitializeAsync()
    {
        _cluster = await TestCluster.SandboxAsync();
        _workload = await _cluster.TwoReleasesAsync();
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Theory]
    [InlineData("kustomization", """{"interval": "10m"}""", "kustomize.toolkit.fluxcd.io", "flux resume kustomization rental -n NAMESPACE")]
    [InlineData("helmrelease", """{"interval": "10m"}""", "helm.toolkit.fluxcd.io", "flux resume helmrelease rental -n NAMESPACE")]
    [InlineData("application", Owners.Automated, "argocd", "argocd app set NAMESPACE/rental --sync-policy automated --auto-prune --self-heal")]
    public async Task S6_what_an_earlier_step_suspends_is_undone_and_people_are_told_how_to_go_on(string kind, string spec, string sign, string resuming)
    {
        var service = await OwnedAsync(kind, spec, sign);
        var suspend = Suspend(service);
        var planned = await PlanAsync(suspend, service);
        var pin = await Undo.PinAsync(After(service, planned), Previous);

        (await suspend.ApplyAsync(Acting.Context(service), planned.Pin)).ShouldBeOfType<StepOutcome.Done>();
        (await Undo.ApplyAsync(Acting.Context(service, stepKey: "steps/1"), pin)).ShouldBeOfType<StepOutcome.Done>();

        (await _cluster.WorldAsync(_workload)).ShouldBe("rental-api:v1 x2");
        SuspendedOwner.Of(service)!.IsSuspended(await OwnerAsync(service)).ShouldBeTrue();
        planned.Warnings.ShouldHaveSingleItem().ShouldEndWith(" stays suspended, with all that it deploys, until somebody resumes it: with the release still in git, that would come back.");
        planned.Afterwards.ShouldBe($"Revert the release in git, then resume what was suspended: {resuming.Replace("NAMESPACE", _cluster.Namespace, StringComparison.Ordinal)}");
        planned.Locks.ShouldBeEmpty("it deploys other services, too");
    }

    [Fact]
    public async Task S6_without_the_suspension_nothing_is_undone()
    {
        var service = await OwnedAsync("kustomization", "{}", "kustomize.toolkit.fluxcd.io");

        var refused = await Undo.RefusedAsync(Acting.Context(service), Previous);

        (refused.Reason, refused.Text).ShouldBe((Reason.OwnedByGitops,
            $"Flux Kustomization {_cluster.Namespace}/rental, to which {_workload} belongs, is not suspended and would put it back: let suspend_owner come before, suspend it yourself, or revert the release in git"));
        (await Undo.RefusedAsync(Acting.Context(service with { Settings = [] }), Previous)).Text.ShouldEndWith("belongs to Flux Kustomization rental, which would undo the undo");
    }

    [Fact]
    public async Task S6_what_a_person_suspended_is_undone_and_left_suspended()
    {
        var service = await OwnedAsync("kustomization", """{"suspend": true}""", "kustomize.toolkit.fluxcd.io");
        var planned = await PlanAsync(Suspend(service), service);
        var pin = await Undo.PinAsync(Acting.Context(service), Previous);
        var writes = _cluster.Writes;

        (await Suspend(service).ApplyAsync(Acting.Context(service), planned.Pin)).ShouldBeOfType<StepOutcome.Done>();
        _cluster.Writes.ShouldBe(writes);
        (await Undo.ApplyAsync(Acting.Context(service, stepKey: "steps/1"), pin)).ShouldBeOfType<StepOutcome.Done>();
        planned.To.ShouldBe("suspended already");
    }

    [Fact]
    public async Task S6_what_is_resumed_between_the_plan_and_the_write_is_not_written()
    {
        var service = await OwnedAsync("kustomization", """{"suspend": true}""", "kustomize.toolkit.fluxcd.io");
        var undo = Undo;
        var pin = await undo.PinAsync(Acting.Context(service), Previous);
        await _cluster.Api.MergePatchAsync(SuspendedOwner.Of(service)!.Object, Acting.Json("""{"spec": {"suspend": false} }"""), new WriteOptions(), Cancellation);

        var stopped = (await undo.ApplyAsync(Acting.Context(service), pin)).ShouldBeOfType<StepOutcome.CannotTell>();

        (stopped.Reason, stopped.Text).ShouldBe((Reason.OwnedByGitops, $"not changed: Flux Kustomization {_cluster.Namespace}/rental, to which {_workload} belongs, is not suspended and would put it back"));
        (await _cluster.WorldAsync(_workload)).ShouldBe("rental-api:v2 x2");
    }

    public static TheoryData<string, string, string> OtherChanges => new()
    {
        { "scale", """{"replicas": 0}""", "rental-api:v2 x0" },
        { "set_image", """{"image": "rental-api:v1"}""", "rental-api:v1 x2" },
    };

    [Theory]
    [MemberData(nameof(OtherChanges))]
    public async Task S6_whatever_else_is_changed_of_it_needs_the_suspension_as_well(string name, string parameters, string after)
    {
        var service = await OwnedAsync("kustomization", "{}", "kustomize.toolkit.fluxcd.io");
        var (action, suspend) = (Other(name), Suspend(service));
        var refused = await action.RefusedAsync(Acting.Context(service), Acting.Json(parameters));
        (refused.Reason, refused.Text).ShouldBe((Reason.OwnedByGitops,
            $"Flux Kustomization {_cluster.Namespace}/rental, to which {_workload} belongs, is not suspended and would put it back: let suspend_owner come before, suspend it yourself, or revert the release in git"));
        (await action.RefusedAsync(Acting.Context(service with { Settings = [] }), Acting.Json(parameters))).Text.ShouldContain("belongs to Flux Kustomization rental, which would put ");

        var planned = await PlanAsync(suspend, service);
        var pin = await action.PinAsync(After(service, planned), Acting.Json(parameters));
        (await suspend.ApplyAsync(Acting.Context(service), planned.Pin)).ShouldBeOfType<StepOutcome.Done>();
        (await action.ApplyAsync(Acting.Context(service, stepKey: "steps/1"), pin)).ShouldBeOfType<StepOutcome.Done>();
        (await _cluster.WorldAsync(_workload)).ShouldBe(after);
    }

    [Theory]
    [MemberData(nameof(OtherChanges))]
    public async Task S6_what_is_resumed_before_any_other_write_is_not_written_but_what_was_written_before_a_crash_is(string name, string parameters, string after)
    {
        var service = await OwnedAsync("kustomization", """{"suspend": true}""", "kustomize.toolkit.fluxcd.io");
        var pin = await Other(name).PinAsync(Acting.Context(service), Acting.Json(parameters));
        var owner = SuspendedOwner.Of(service)!;
        await SuspendAsync(false);
        var stopped = (await Other(name).ApplyAsync(Acting.Context(service), pin)).ShouldBeOfType<StepOutcome.CannotTell>();
        (stopped.Reason, stopped.Text).ShouldBe((Reason.OwnedByGitops, $"not changed: Flux Kustomization {_cluster.Namespace}/rental, to which {_workload} belongs, is not suspended and would put it back"));
        (await _cluster.WorldAsync(_workload)).ShouldBe("rental-api:v2 x2");

        await SuspendAsync(true);
        (await Other(name).ApplyAsync(Acting.Context(service), pin)).ShouldBeOfType<StepOutcome.Done>();
        await SuspendAsync(false);
        (await Other(name).ApplyAsync(Acting.Context(service), pin)).ShouldBeOfType<StepOutcome.Done>();
        (await _cluster.WorldAsync(_workload)).ShouldBe(after);

        Task SuspendAsync(bool suspended) => _cluster.Api.MergePatchAsync(owner.Object, new JsonObject { ["spec"] = new JsonObject { ["suspend"] = suspended } }, new WriteOptions(), Cancellation);
    }

    [Fact]
    public async Task S6_what_belongs_to_somebody_else_by_the_time_it_would_be_scaled_is_left_alone()
    {
        var service = await OwnedAsync("kustomization", """{"suspend": true}""", "kustomize.toolkit.fluxcd.io");
        var pin = await Other("scale").PinAsync(Acting.Context(service), Acting.Json("""{"replicas": 0}"""));
        await _cluster.Api.MergePatchAsync(_workload.Object, Acting.Json("""{"metadata": {"labels": {"kustomize.toolkit.fluxcd.io/name": "other"} } }"""), new WriteOptions(), Cancellation);

        (await Other("scale").ApplyAsync(Acting.Context(service), pin)).ShouldBeOfType<StepOutcome.CannotTell>().Text
            .ShouldBe($"nothing was changed: {_workload} belongs to Flux Kustomization other, which would put its replicas back");
    }

    [Theory]
    [InlineData("""{"labels": {"kustomize.toolkit.fluxcd.io/name": "rental", "kustomize.toolkit.fluxcd.io/namespace": "elsewhere"} }""")]
    [InlineData("""{"labels": {"kustomize.toolkit.fluxcd.io/name": "other"} }""")]
    [InlineData("""{"annotations": {"argocd.argoproj.io/tracking-id": "rental:apps/Deployment:shop/rental-api"} }""")]
    [InlineData(null)]
    public async Task S6_what_belongs_to_somebody_else_as_well_is_refused_though_the_declared_owner_is_suspended(string? metadata)
    {
        var service = await OwnedAsync("kustomization", """{"suspend": true}""", "kustomize.toolkit.fluxcd.io");
        await _cluster.Api.MergePatchAsync(_workload.Object, metadata is null ? await MadeByAsync("Shop", "rental") : new JsonObject { ["metadata"] = Acting.Json(metadata) }, new WriteOptions(), Cancellation);

        (await Undo.RefusedAsync(Acting.Context(service), Previous)).Reason.ShouldBe(Reason.OwnedByGitops);
    }

    [Fact]
    public async Task An_application_that_an_ApplicationSet_or_another_application_would_switch_on_again_is_refused()
    {
        var service = await OwnedAsync("application", Owners.Automated, "argocd");
        var owner = SuspendedOwner.Of(service)!;
        await _cluster.Api.MergePatchAsync(owner.Object, await MadeByAsync("ApplicationSet", "shops"), new WriteOptions(), Cancellation);
        (await Suspend(service).RefusedAsync(Acting.Context(service), [])).Text.ShouldEndWith("belongs to ApplicationSet shops, which would put it back");

        await _cluster.Api.MergePatchAsync(owner.Object, Acting.Json("""{"metadata": {"ownerReferences": null, "annotations": {"argocd.argoproj.io/tracking-id": "apps:argoproj.io/Application:argocd/rental"} } }"""), new WriteOptions(), Cancellation);
        (await Suspend(service).RefusedAsync(Acting.Context(service), [])).Text.ShouldEndWith("belongs to Argo CD application apps, which would put it back");
    }

    // As flux suspend relies on: whoever deploys the Kustomization puts back only what stands in its own manifest.
    [Fact]
    public async Task A_Kustomization_that_another_one_deploys_is_suspended_unless_git_says_otherwise()
    {
        var service = await OwnedAsync("kustomization", "{}", "kustomize.toolkit.fluxcd.io");
        var owner = SuspendedOwner.Of(service)!;
        await _cluster.Api.MergePatchAsync(owner.Object, Acting.Json("""{"metadata": {"labels": {"kustomize.toolkit.fluxcd.io/name": "flux-system"} } }"""), new WriteOptions(), Cancellation);
        (await PlanAsync(Suspend(service), service)).To.ShouldBe("suspended");

        var live = await OwnerAsync(service);
        live.Json["metadata"]!["managedFields"] = JsonNode.Parse("""[{"manager": "kustomize-controller", "operation": "Apply", "fieldsV1": {"f:spec": {"f:suspend": {} } } }]""");
        GitopsOwner.IsLeftAlone(GitopsOwner.Kustomization, live, [owner.Suspending.Path]).ShouldBeFalse();
    }

    [Theory]
    [InlineData("kustomization/flux-system/rental", "kustomization/flux-system/rental")]
    [InlineData("HelmRelease/flux-system/rental", "helmrelease/flux-system/rental")]
    [InlineData("deployment/production/rental", null)]
    [InlineData("kustomization/rental", null)]
    [InlineData("kustomization//rental", null)]
    [InlineData("kustomization/a/b/c", null)]
    public void An_owner_is_a_kind_a_namespace_and_a_name(string text, string? address) => (GitopsOwner.Parse(text)?.Address).ShouldBe(address);

    [Theory]
    [InlineData("""{"syncPolicy": {"automated": {} } }""", false)]
    [InlineData("""{"syncPolicy": {"automated": {"enabled": true} } }""", false)]
    [InlineData("""{"syncPolicy": {"automated": {"enabled": false} } }""", true)]
    [InlineData("""{"syncPolicy": {"retry": {"limit": 5} } }""", true)]
    [InlineData("{}", true)]
    public void An_application_deploys_by_itself_as_its_sync_policy_says(string spec, bool suspended) =>
        new GitopsOwner(new ObjectRef(GitopsOwner.Application, "argocd", "rental")).IsSuspended(new KubernetesObject(new JsonObject { ["spec"] = JsonNode.Parse(spec) })).ShouldBe(suspended);

    private IAction Other(string name) => name == "scale"
        ? new ScaleAction(new Clusters(_cluster.Api), TimeProvider.System)
        : new SetImageAction(new Clusters(_cluster.Api), new FakeRevisionLedger(), TimeProvider.System);

    private SuspendOwnerAction Suspend(ServiceDefinition service) => new(new Clusters(_cluster.Api), Owners.Granting(SuspendedOwner.Of(service)!.Address), TimeProvider.System);

    private static async Task<PinOutcome.Pinned> PlanAsync(SuspendOwnerAction suspend, ServiceDefinition service) =>
        (await suspend.PinAsync(Acting.Context(service), [], Cancellation)).ShouldBeOfType<PinOutcome.Pinned>();

    private static StepContext After(ServiceDefinition service, PinOutcome.Pinned planned) =>
        Acting.Context(service, stepKey: "steps/1") with { Earlier = [new EarlierStep("suspend_owner", planned.Pin)] };

    private async Task<KubernetesObject> OwnerAsync(ServiceDefinition service) => (await _cluster.Api.GetAsync(SuspendedOwner.Of(service)!.Object, Cancellation))!;

    // By the uid of something that is there, or it would be collected as garbage.
    private async Task<JsonObject> MadeByAsync(string kind, string name)
    {
        var uid = (await _cluster.Api.GetAsync(new ObjectRef(ResourceKind.Namespace, "", _cluster.Namespace), Cancellation))!.Uid;
        return Acting.Json($$"""{"metadata": {"ownerReferences": [{"apiVersion": "shop.example/v1", "kind": "{{kind}}", "name": "{{name}}", "uid": "{{uid}}", "controller": true}]} }""");
    }

    /// <summary>The workload belongs to an object of that kind by the sign that its tool leaves.</summary>
    private async Task<ServiceDefinition> OwnedAsync(string kind, string spec, string sign)
    {
        var owner = await Owners.OwnAsync(_cluster.Api, _workload, kind, spec, sign);
        return Acting.Service($$"""{"owned_by": "{{owner.Address}}"}""") with { Workload = new("deployment", _workload.Namespace, _workload.Name) };
    }
}
