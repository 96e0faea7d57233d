using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Playbooks;
using AlertRollback.Tests.Kubernetes.Workloads;
using AlertRollback.Tests.Playbooks.Contract;
using AlertRollback.Tests.Support;

namespace AlertRollback.Tests.Playbooks.Actions;

public sealed class HelmRollbackActionTests : IDisposable
{
    private readonly PretendHelm _helm = new();
    private readonly PassingTime _time = new(Acting.Started);

    [Fact]
    public async Task Goes_back_to_the_revision_that_was_deployed_for_the_soak_period_and_looks_afterwards()
    {
        var outcome = await ApplyAsync("{}");

        outcome.ShouldBeOfType<StepOutcome.Done>().Text.ShouldBe("helm release production/user-service: user-service-1.4.0 (2.4.0), revision 4 is deployed again, as revision 8");
        _helm.Calls.ShouldBe(["rollback user-service 4 --namespace production --wait --timeout 300s"]);
    }

    [Fact]
    public async Task Helm_waits_no_longer_than_it_may_run_as_it_would_leave_the_release_unfinished_when_it_is_killed()
    {
        var action = _helm.Action(_time, timeout: TimeSpan.FromMinutes(2));
        await action.ApplyAsync(Context(), await action.PinAsync(Context(), []));

        _helm.Calls.ShouldBe(["rollback user-service 4 --namespace production --wait --timeout 115s"]);
    }

    [Theory]
    [InlineData("{}", "user-service-1.4.0 (2.4.0), revision 4")]
    [InlineData("""{"to": "previous"}""", "user-service-1.4.2 (2.4.2), revision 6")]
    [InlineData("""{"to": {"revision": "6"}}""", "user-service-1.4.2 (2.4.2), revision 6")]
    public async Task The_plan_names_both_revisions(string parameters, string to)
    {
        var pinned = (await PinAsync(parameters)).ShouldBeOfType<PinOutcome.Pinned>();

        pinned.From.ShouldBe("user-service-1.4.3 (2.4.3), revision 7");
        pinned.To.ShouldBe(to);
    }

    [Theory]
    [InlineData("""{"to": {"revision": "5"}}""", Reason.NoCandidate, "revision 5 is failed")]
    [InlineData("""{"to": {"revision": "7"}}""", Reason.TargetEqualsCurrent, "revision 7 is deployed already")]
    [InlineData("""{"to": {"revision": "2"}}""", Reason.TargetPruned, "revision 2 is not in the history (4, 5, 6, 7)")]
    public async Task A_revision_that_cannot_be_gone_back_to_is_refused(string parameters, Reason reason, string text)
    {
        var refused = (await PinAsync(parameters)).ShouldBeOfType<PinOutcome.Refused>();
        refused.Reason.ShouldBe(reason);
        refused.Text.ShouldEndWith(text);
    }

    [Fact]
    public async Task S3_what_was_rolled_back_from_before_is_no_candidate()
    {
        // From 7 back to 4, and then the same bad one again.
        _helm.Be(PretendHelm.With(PretendHelm.With(PretendHelm.History, 8, "superseded", "Rollback to 4"), 9, "deployed", "Upgrade complete"));

        (await PinAsync("""{"to": "previous"}""")).ShouldBeOfType<PinOutcome.Pinned>().Pin["to"]!.GetValue<long>().ShouldBe(8);
        (await PinAsync("""{"to": {"revision": "6"}}""")).ShouldBeOfType<PinOutcome.Refused>().Text.ShouldEndWith("was rolled back from before");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task S3_what_the_current_revision_is_a_copy_of_is_no_candidate(bool twice)
    {
        var history = PretendHelm.With(PretendHelm.History, 8, "deployed", "Rollback to 4");
        _helm.Be(twice ? PretendHelm.With(history, 9, "deployed", "Rollback to 8") : history);

        (await PinAsync("{}")).ShouldBeOfType<PinOutcome.Refused>().Reason.ShouldBe(Reason.NoCandidate);
        (await PinAsync("""{"to": "previous"}""")).ShouldBeOfType<PinOutcome.Refused>().Reason.ShouldBe(Reason.NoCandidate);
        var named = (await PinAsync("""{"to": {"revision": "4"}}""")).ShouldBeOfType<PinOutcome.Refused>();
        named.Reason.ShouldBe(Reason.TargetEqualsCurrent);
        named.Text.ShouldEndWith($"revision {(twice ? 9 : 8)} is a copy of revision 4");
    }

    // 4 from the 22nd 09:00 on, 6 from the 23rd 11:50 on, 7 from 11:55 on.
    [Theory]
    // what was undone when | still in quarantine | last known good | previous
    [InlineData("2026-11-23T11:52:00Z", true, 4, 4)]
    [InlineData("2026-11-23T11:52:00Z", false, 4, 6)]
    [InlineData("2026-11-22T20:00:00Z", true, null, 6)]
    [InlineData("2026-11-22T20:00:00Z", false, 4, 6)]
    [InlineData("2026-11-22T09:10:00Z", false, null, 6)]
    [InlineData("2026-11-23T11:56:00Z", true, 4, 6)]
    public async Task S3_what_was_undone_while_a_revision_was_the_newest_is_taken_into_account(string at, bool quarantined, int? good, int previous)
    {
        var ledger = new FakeRevisionLedger { Left = { new LeftTime(DateTimeOffset.Parse(at, System.Globalization.CultureInfo.InvariantCulture), quarantined) } };

        (await ToAsync("{}")).ShouldBe(good);
        (await ToAsync("""{"to": "previous"}""")).ShouldBe(previous);
        (await ToAsync("""{"to": {"revision": "6"}}""")).ShouldBe(previous == 6 ? 6 : null);

        async Task<long?> ToAsync(string parameters) =>
            await _helm.Action(_time, ledger: ledger).PinAsync(Acting.Context(PretendHelm.Service with { Workload = new("deployment", "production", "user-service") }), Acting.Json(parameters), TestContext.Current.CancellationToken)
                is PinOutcome.Pinned pinned ? pinned.Pin["to"]!.GetValue<long>() : null;
    }

    // Revision 7 changed something else of the release: what was undone ran since revision 6.
    [Theory]
    [InlineData("2026-11-23T11:51:00Z", 4)]
    [InlineData("2026-11-23T11:49:58Z", 4)]
    [InlineData("2026-11-23T11:55:01Z", 6)]
    [InlineData("2026-11-23T11:54:58Z", 6)]
    [InlineData(null, 6)]
    public async Task S3_every_revision_that_was_the_newest_while_what_was_undone_ran_is_no_candidate(string? since, long previous)
    {
        var ledger = new FakeRevisionLedger { Left = { new LeftTime(At("2026-11-23T11:56:00Z"), true, since is null ? null : At(since)) } };
        var context = Acting.Context(PretendHelm.Service with { Workload = new("deployment", "production", "user-service") });

        (await _helm.Action(_time, ledger: ledger).PinAsync(context, Acting.Json("""{"to": "previous"}""")))["to"]!.GetValue<long>().ShouldBe(previous);

        static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task S3_what_was_undone_while_a_copy_ran_counts_against_the_original_too()
    {
        _helm.Be(PretendHelm.With(PretendHelm.With(PretendHelm.History, 8, "superseded", "Rollback to 4"), 9, "deployed", "Upgrade complete").Replace("2026-11-23T12:00:00Z\",\"status\":\"deployed", "2026-11-23T13:00:00Z\",\"status\":\"deployed", StringComparison.Ordinal));
        var ledger = new FakeRevisionLedger { Left = { new LeftTime(new(2026, 11, 23, 12, 30, 0, TimeSpan.Zero), true) } };
        var context = Acting.Context(PretendHelm.Service with { Workload = new("deployment", "production", "user-service") });

        (await _helm.Action(_time, ledger: ledger).RefusedAsync(context, Acting.Json("""{"to": {"revision": "4"}}"""))).Text.ShouldEndWith("was rolled back from before");
    }

    [Fact]
    public async Task Nothing_that_lasted_is_no_known_good()
    {
        _helm.Be(new JsonArray([.. JsonNode.Parse(PretendHelm.History)!.AsArray().Skip(1).Select(r => r!.DeepClone())]).ToJsonString());
        (await PinAsync("{}")).ShouldBeOfType<PinOutcome.Refused>().Reason.ShouldBe(Reason.NoKnownGood);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Only_what_helm_went_away_from_is_quarantined(bool goesAway)
    {
        await using var cluster = await TestCluster.SandboxAsync();
        var workload = await cluster.TwoReleasesAsync();
        var ledger = new FakeRevisionLedger();
        var action = _helm.Action(_time, cluster: cluster.Api, ledger: ledger);
        var context = Acting.Context(PretendHelm.Service with { Workload = new("deployment", workload.Namespace, workload.Name) }, deadline: Acting.Started + TimeSpan.FromMinutes(5));
        var pin = await action.PinAsync(context, []);
        if (goesAway)
            await cluster.SetImageAsync(workload, "rental-api:v1");

        (await action.ApplyAsync(context, pin)).ShouldBeOfType<StepOutcome.Done>();

        ledger.Quarantined.ShouldBe(goesAway ? ["rental-api:v2"] : [], "where an undo was there before, helm changes everything but the code");
    }

    [Fact]
    public async Task S6_a_release_that_another_tool_upgrades_by_itself_is_refused()
    {
        await using var cluster = await TestCluster.SandboxAsync();
        var workload = await cluster.TwoReleasesAsync();
        var context = Acting.Context(PretendHelm.Service with { Workload = new("deployment", workload.Namespace, workload.Name) });
        var action = _helm.Action(_time, cluster: cluster.Api);

        await LabelAsync("app.kubernetes.io/managed-by", "Helm");
        (await action.PinAsync(context, [])).ShouldNotBeEmpty("Helm itself is no other tool");
        await LabelAsync("helm.toolkit.fluxcd.io/name", "user-service");
        var refused = await action.RefusedAsync(context, []);

        (refused.Reason, refused.Text).ShouldBe((Reason.OwnedByGitops, "helm release production/user-service belongs to Flux HelmRelease user-service, which would deploy its own version again"));

        Task LabelAsync(string name, string value) => cluster.Api.MergePatchAsync(
            workload.Object, new JsonObject { ["metadata"] = new JsonObject { ["labels"] = new JsonObject { [name] = value } } }, new(), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task S6_a_release_that_Flux_upgrades_is_taken_back_while_that_is_suspended()
    {
        await using var cluster = await TestCluster.SandboxAsync();
        var workload = await cluster.TwoReleasesAsync();
        var owner = await Owners.OwnAsync(cluster.Api, workload, "helmrelease", "{}", "helm.toolkit.fluxcd.io");
        var service = PretendHelm.Service with { Workload = new("deployment", workload.Namespace, workload.Name) };
        service.Settings["owned_by"] = owner.Address;
        var context = Acting.Context(service);
        var action = _helm.Action(_time, cluster: cluster.Api);
        (await action.RefusedAsync(context, [])).Text.ShouldStartWith($"{owner}, to which {workload} belongs, is not suspended and would put it back");

        await SuspendAsync(true);
        var pin = await action.PinAsync(context, []);
        await SuspendAsync(false);
        var stopped = (await action.ApplyAsync(context, pin)).ShouldBeOfType<StepOutcome.CannotTell>();
        (stopped.Reason, stopped.Text).ShouldBe((Reason.OwnedByGitops, $"not changed: {owner}, to which {workload} belongs, is not suspended and would put it back"));
        _helm.Calls.ShouldBeEmpty();

        await SuspendAsync(true);
        (await action.ApplyAsync(context, pin)).ShouldBeOfType<StepOutcome.Done>();
        _helm.Calls.ShouldHaveSingleItem();

        Task SuspendAsync(bool suspended) => cluster.Api.MergePatchAsync(
            owner.Object, new JsonObject { ["spec"] = new JsonObject { ["suspend"] = suspended } }, new(), TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData(KubernetesFault.Unavailable, null)]
    [InlineData(KubernetesFault.Forbidden, Reason.NotGranted)]
    public async Task S6_whose_a_release_is_cannot_be_told_where_its_workload_cannot_be_read(KubernetesFault fault, Reason? refusal)
    {
        var shop = Shop.WithReleases("v1", "v2");
        shop.Cluster.BeforeRead = _ => throw new KubernetesException(fault, "no");
        var context = Acting.Context(PretendHelm.Service with { Workload = new("deployment", "shop", "api") });

        var outcome = await _helm.Action(_time, cluster: shop.Cluster).PinAsync(context, [], TestContext.Current.CancellationToken);

        (outcome is PinOutcome.CannotTell).ShouldBe(refusal is null);
        (outcome as PinOutcome.Refused)?.Reason.ShouldBe(refusal!.Value);
    }

    [Fact]
    public async Task While_the_cluster_cannot_be_reached_it_cannot_be_told()
    {
        _helm.BeUnreachable();
        (await PinAsync("{}")).ShouldBeOfType<PinOutcome.CannotTell>().Text.ShouldEndWith("Kubernetes cluster unreachable");
    }

    [Fact]
    public async Task Where_there_is_no_such_release_or_no_helm_the_next_method_is_planned()
    {
        _helm.Forget();
        (await PinAsync("{}")).ShouldBeOfType<PinOutcome.Refused>().Reason.ShouldBe(Reason.NotFound);
        (await _helm.Action().RefusedAsync(Acting.Context(), [])).Reason.ShouldBe(Reason.NotFound, "nor when the service has none");
        (await _helm.Action(granted: false).RefusedAsync(Acting.Context(PretendHelm.Service), [])).Reason.ShouldBe(Reason.NotGranted);
    }

    [Theory]
    [InlineData(8L, "failed", "Release \\\"user-service\\\" failed: timed out waiting for the condition", Reason.RolloutFailed)]
    [InlineData(8L, "pending-rollback", "Rollback to 4", Reason.TimedOut)]
    [InlineData(null, "", "", Reason.CommandFailed)]
    public async Task S16_helm_failing_is_a_measured_failure(long? number, string status, string description, Reason reason)
    {
        _helm.Next(number, status, description, error: "Error: something is wrong");
        var outcome = await ApplyAsync("{}");
        outcome.ShouldBeOfType<StepOutcome.Failed>().Reason.ShouldBe(reason);
        outcome.Text.ShouldContain("exit code 1: Error: something is wrong");
    }

    [Fact]
    public async Task A_release_that_somebody_upgraded_meanwhile_is_left_alone()
    {
        var context = Context();
        var pin = await _helm.Action(_time).PinAsync(context, []);
        _helm.Be(PretendHelm.With(PretendHelm.History, 8, "deployed", "Upgrade complete"));

        (await _helm.Action(_time).ApplyAsync(context, pin)).ShouldBeOfType<StepOutcome.Superseded>();
        _helm.Calls.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("""{"to": {"version": "1.2"}}""")]
    [InlineData("""{"to": {"revision": "latest"}}""")]
    public void Faults_are_found_when_the_matrix_is_loaded(string parameters) => _helm.Action().Validate(Acting.Json(parameters)).ShouldHaveSingleItem();

    [Fact]
    public async Task S16_a_secret_of_helm_s_that_cannot_be_read_now_refuses_nothing_for_good()
    {
        var action = _helm.Action(_time, secret: "/no/such/token");
        (await action.PinAsync(Context(), [], TestContext.Current.CancellationToken)).ShouldBe(
            new PinOutcome.CannotTell("helm history was not run: the file of the variable HELM_KUBETOKEN cannot be read"));
    }

    private static StepContext Context() => Acting.Context(PretendHelm.Service, deadline: Acting.Started + TimeSpan.FromMinutes(5));

    private Task<PinOutcome> PinAsync(string parameters) => _helm.Action(_time).PinAsync(Context(), Acting.Json(parameters), TestContext.Current.CancellationToken);

    private async Task<StepOutcome> ApplyAsync(string parameters)
    {
        var context = Context();
        return await _helm.Action(_time).ApplyAsync(context, (await PinAsync(parameters)).ShouldBeOfType<PinOutcome.Pinned>().Pin);
    }

    public void Dispose() => _helm.Dispose();
}

internal sealed class HelmRollbackUse : ActionUse
{
    public override Type Action => typeof(AlertRollback.Playbooks.Actions.HelmRollbackAction);

    public override Task<ActionWorld> ArrangeAsync(bool real) => Task.FromResult<ActionWorld>(new World(new PretendHelm()));

    private sealed class World(PretendHelm helm) : ActionWorld
    {
        public override AlertRollback.Matrix.ServiceDefinition Service => PretendHelm.Service;

        public override JsonObject Parameters => [];

        public override string Before => "7 deployed: Upgrade complete";

        public override string After => "8 deployed: Rollback to 4";

        public override string AfterHand => "9 deployed: Upgrade complete";

        public override int Writes => helm.Calls.Count;

        public override IEnumerable<(AlertRollback.Matrix.ServiceDefinition Service, Reason Reason)> Refused =>
            [(Service with { Settings = [] }, Reason.NotFound), (Service with { Team = "other" }, Reason.NotGranted)];

        public override IAction Create() => helm.Action();

        public override Task<string> LookAsync() => Task.FromResult(helm.Newest);

        public override Task ChangeByHandAsync()
        {
            helm.Be(PretendHelm.With(PretendHelm.With(PretendHelm.History, 8, "deployed", "Rollback to 4"), 9, "deployed", "Upgrade complete"));
            return Task.CompletedTask;
        }

        public override ValueTask DisposeAsync()
        {
            helm.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
