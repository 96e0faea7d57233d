using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Isolation;
using AlertRollback.Rollbacks;
using AlertRollback.Rollbacks.Guards;
using AlertRollback.Tests.Kubernetes.Workloads;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.Rollbacks.Guards;

public sealed class ReadingGuardsTests
{
    private static readonly ServiceDefinition Service = new("rental", "rental-api", new WorkloadDefinition("deployment", "shop", "api"), null, null, null);

    private readonly Shop _shop = Shop.WithReleases("v1", "v2");
    private readonly ScriptedCheck _check = new();
    private readonly FakeTimeProvider _time = new(Runs.Noon);
    private readonly Chronicle _chronicle;

    public ReadingGuardsTests() => _chronicle = new Chronicle(new MemoryJournal(), _time);

    [Fact]
    public async Task A_playbook_that_asks_for_none_has_none() => (await JudgeAsync(GuardSettings.Default)).ShouldBeEmpty();

    [Theory]
    [InlineData("none", null)]
    [InlineData("safe", null)]
    [InlineData("caution", Reason.DatabaseChange)]
    [InlineData("breaking", Reason.DatabaseChange)]
    [InlineData("maybe", Reason.DatabaseChangeUnknown)]
    [InlineData(null, Reason.DatabaseChangeUnknown)]
    public async Task The_release_says_what_it_changed_in_the_database_or_people_decide(string? said, Reason? refusal)
    {
        _shop.Cluster.Change(Shop.Api.Object, o => o["spec"]!["template"]!["metadata"]!["annotations"] = said is null ? null : new JsonObject { [Marks.DatabaseChange] = said });

        (await JudgeAsync(GuardSettings.Default with { DatabaseChange = ["none", "safe"] })).ShouldHaveSingleItem().Refusal.ShouldBe(refusal);
    }

    [Theory]
    [InlineData("0", Verdict.Pass, null)]
    [InlineData("0", Verdict.Fail, null)]
    [InlineData("2", Verdict.Pass, Reason.NotZero)]
    [InlineData("no rows", Verdict.Pass, Reason.NotZero)]
    [InlineData("0", Verdict.Inconclusive, Reason.CannotTell)]
    public async Task Every_number_has_to_be_zero(string measured, Verdict verdict, Reason? refusal)
    {
        _check.Answer = [new CheckResult(Verdict.Pass, "first", "0", null), new CheckResult(verdict, "second", measured, null)];

        (await JudgeAsync(GuardSettings.Default with { AllZero = [Check("a")] })).ShouldHaveSingleItem().Refusal.ShouldBe(refusal);
    }

    [Fact]
    public async Task No_answer_at_all_is_not_zero()
    {
        _check.Answer = [];

        (await JudgeAsync(GuardSettings.Default with { AllZero = [Check("a")] })).ShouldHaveSingleItem().Refusal.ShouldBe(Reason.CannotTell);
    }

    [Theory]
    [InlineData("0042", "0042", null)]
    [InlineData("0042", "0043", Reason.ChangedSinceTarget)]
    [InlineData(null, "0042", Reason.CannotTell)]
    public async Task What_was_measured_while_the_target_ran_has_to_be_so_now(string? then, string now, Reason? refusal)
    {
        if (then is not null)
            await RecordAsync(then, Check("a"));
        _check.Answer = [new CheckResult(Verdict.Pass, "migration", now, null)];

        (await JudgeAsync(GuardSettings.Default with { SameAsAtTarget = [Check("a")] })).ShouldHaveSingleItem().Refusal.ShouldBe(refusal);
    }

    [Fact]
    public async Task An_answer_to_another_question_is_none()
    {
        await RecordAsync("0042", Check("b"));
        _check.Answer = [new CheckResult(Verdict.Pass, "migration", "0042", null)];

        (await JudgeAsync(GuardSettings.Default with { SameAsAtTarget = [Check("a")] })).ShouldHaveSingleItem().Refusal.ShouldBe(Reason.CannotTell);
    }

    [Theory]
    [InlineData(1, null, true)]
    [InlineData(14.9, null, true)]
    [InlineData(15, null, false)]
    [InlineData(20, null, false)]
    [InlineData(20, 6.0, true)]
    public async Task What_cannot_be_told_is_asked_again_while_the_alert_is_fresh(double minutes, double? lookingSince, bool parks)
    {
        _shop.Cluster.BeforeRead = _ => throw new KubernetesException(KubernetesFault.Unavailable, "away");

        var result = (await JudgeAsync(GuardSettings.Default with { DatabaseChange = ["none"] }, [Undo("u")], _shop, minutes, lookingSince: lookingSince)).ShouldHaveSingleItem();

        (result.Refusal, result.Parks).ShouldBe((Reason.CannotTell, parks));
    }

    [Theory]
    [InlineData("0042", null, "one: the same as while v1 ran, two: the same as while v1 ran")]
    [InlineData("0041", Reason.ChangedSinceTarget, "two: migration: 0042 now, 0041 while v1 ran")]
    [InlineData(null, Reason.CannotTell, "two: what scripted answered while v1 ran was not recorded")]
    public async Task Each_of_several_services_is_asked_about_its_own_target(string? second, Reason? refusal, string text)
    {
        var services = new[] { Service with { Name = "one" }, Service with { Name = "two" } };
        await RecordAsync("0042", Check("a"), services[0]);
        if (second is not null)
            await RecordAsync(second, Check("a"), services[1]);
        _check.Answer = [new CheckResult(Verdict.Pass, "migration", "0042", null)];

        var result = (await JudgeAsync(GuardSettings.Default with { SameAsAtTarget = [Check("a")] }, services: services)).ShouldHaveSingleItem();
        (result.Refusal, result.Text).ShouldBe((refusal, text));
        _check.AskedFor.ShouldBe(second is null ? ["one"] : ["one", "two"]);
    }

    [Theory]
    [InlineData("safe", null, "none")]
    [InlineData("breaking", Reason.DatabaseChange, "v2 (revision 2), which is jumped over, changed the database: breaking; allowed here: none, safe")]
    [InlineData(null, Reason.DatabaseChangeUnknown, "v2 (revision 2), which is jumped over, does not say what its release changed in the database (alertrollback.io/database-change: none, safe, caution, breaking)")]
    public async Task A_release_that_is_jumped_over_counts_as_well(string? between, Reason? refusal, string text)
    {
        var shop = Shop.WithReleases("v1", "v2", "v3");
        Annotate(shop, Shop.ReplicaSetRef(1), "breaking");
        Annotate(shop, Shop.ReplicaSetRef(2), between);
        Annotate(shop, Shop.ReplicaSetRef(3), "none");
        Annotate(shop, Shop.Api.Object, "none");
        var pin = new JsonObject { ["uid"] = "u", ["target"] = new JsonObject { ["digest"] = "d", ["number"] = 1 } };

        var result = (await JudgeAsync(Allowed, Undo("u") with { Pin = pin }, shop)).ShouldHaveSingleItem();
        (result.Refusal, result.Text).ShouldBe((refusal, text));
    }

    [Fact]
    public async Task Of_two_steps_for_one_service_the_one_that_goes_further_back_counts_as_well()
    {
        var shop = Shop.WithReleases("v1", "v2", "v3");
        Annotate(shop, Shop.ReplicaSetRef(2), "breaking");
        Annotate(shop, Shop.ReplicaSetRef(3), "none");
        Annotate(shop, Shop.Api.Object, "none");
        PlannedStep To(int number) => Undo("u") with { Pin = new JsonObject { ["uid"] = "u", ["target"] = new JsonObject { ["digest"] = "d", ["number"] = number } } };

        (await JudgeAsync(Allowed, [To(2)], shop, 1)).ShouldHaveSingleItem().Passed.ShouldBeTrue();
        (await JudgeAsync(Allowed, [To(2), To(1)], shop, 1)).ShouldHaveSingleItem().Refusal.ShouldBe(Reason.DatabaseChange);
    }

    [Theory]
    [InlineData(false, null)]
    [InlineData(true, Reason.DatabaseChange)]
    public async Task What_takes_no_code_back_does_not_depend_on_the_database_unless_nobody_knows_what_it_does(bool opaque, Reason? refusal)
    {
        Annotate(_shop, Shop.Api.Object, "breaking");
        var step = Undo("u") with { Action = opaque ? "command" : "feature_flag", HasSuspect = false };

        (await JudgeAsync(Allowed, step, _shop)).ShouldHaveSingleItem().Refusal.ShouldBe(refusal);
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData(1, false)]
    public async Task What_an_earlier_method_put_back_is_not_taken_back_where_it_is_not_said_how_far_back_it_goes(int? target, bool passes)
    {
        Annotate(_shop, Shop.Api.Object, "breaking");
        var pin = new JsonObject { ["uid"] = "u", ["target"] = target is { } number ? new JsonObject { ["digest"] = "d", ["number"] = number } : "revision 4" };
        var plan = Plan.Of(1, "helm", [Undo("u") with { Pin = pin, SuspectIs = "u/1" }]);
        var context = new CheckContext("r", Service, Runs.Noon, Runs.At(1), new Dictionary<string, JsonObject>());

        var judge = new ReadingGuards(new Catalog([], [_check]), new Clusters(_shop.Cluster), _chronicle, new OperatorConfiguration { Matrix = "", Journal = "" }, new FakeTimeProvider(Runs.Noon));
        var results = await judge.JudgeUndoneAsync(Runs.Proposed("r", guards: Allowed).Playbook, Service, plan, ["u/1"], context, TestContext.Current.CancellationToken);
        results.ShouldHaveSingleItem().Passed.ShouldBe(passes);
    }

    private static GuardSettings Allowed => GuardSettings.Default with { DatabaseChange = ["none", "safe"] };

    private static void Annotate(Shop shop, ObjectRef place, string? said) => shop.Cluster.Change(
        place, o => o["spec"]!["template"]!["metadata"]!["annotations"] = said is null ? null : new JsonObject { [Marks.DatabaseChange] = said });

    [Fact]
    public async Task Each_of_several_releases_says_what_it_changed_in_the_database()
    {
        _shop.Cluster.Change(Shop.Api.Object, o => o["spec"]!["template"]!["metadata"]!["annotations"] = new JsonObject { [Marks.DatabaseChange] = "safe" });
        ServiceDefinition[] services = [Service with { Name = "one" }, Service with { Name = "two", Workload = Service.Workload! with { Name = "worker" } }];

        var guards = GuardSettings.Default with { DatabaseChange = ["safe"] };
        var result = (await JudgeAsync(guards, services: services)).ShouldHaveSingleItem();
        (result.Refusal, result.Text).ShouldBe((Reason.NotFound, "two: deployment/shop/worker does not exist"));
        (await JudgeAsync(guards, services: services[0])).ShouldHaveSingleItem().Text.ShouldBe("one: safe");
    }

    [Fact]
    public async Task Pods_that_are_isolated_are_evidence_and_nothing_changes_them_by_itself()
    {
        await IsolatedAsync();
        AddPolicy();

        var result = (await JudgeAsync(GuardSettings.Default)).ShouldHaveSingleItem();

        (result.Guard, result.Refusal, result.Parks).ShouldBe(("isolated", Reason.Isolated, false));
        result.Text.ShouldBe("deployment/shop/api is isolated by incident (security_incident) since 2026-11-23 12:03 UTC: its pods are evidence; lift the isolation, or start it by hand");
        (await JudgeAsync(GuardSettings.Default, by: "kim")).ShouldBeEmpty("a person has looked");
        (await JudgeAsync(GuardSettings.Default, [Undo("u") with { Action = "network_isolation" }], _shop, 1)).ShouldBeEmpty("isolating more takes no evidence away");
        (await JudgeAsync(GuardSettings.Default, [Undo("u") with { ChangesProduction = false }], _shop, 1)).ShouldBeEmpty("looking changes nothing");
        (await JudgeAsync(GuardSettings.Default, [Undo("u") with { Service = Service with { Workload = new("deployment", "shop", "other") } }], _shop, 1)).ShouldBeEmpty("another workload");
    }

    [Fact]
    public async Task An_isolation_whose_policies_are_gone_is_over_and_one_that_cannot_be_read_is_not()
    {
        await IsolatedAsync();
        (await JudgeAsync(GuardSettings.Default)).ShouldHaveSingleItem().Passed.ShouldBeTrue();

        _shop.Cluster.BeforeRead = _ => throw new KubernetesException(KubernetesFault.Unavailable, "down");
        var result = (await JudgeAsync(GuardSettings.Default)).ShouldHaveSingleItem();
        (result.Refusal, result.Parks).ShouldBe((Reason.CannotTell, true));
    }

    [Fact]
    public async Task An_isolation_whose_policy_is_being_deleted_is_over()
    {
        await IsolatedAsync();
        AddPolicy();
        _shop.Cluster.Change(new ObjectRef(ResourceKind.NetworkPolicy, "shop", "isolate-api"), o => o["metadata"]!["deletionTimestamp"] = "2026-11-23T12:04:00Z");

        (await JudgeAsync(GuardSettings.Default)).ShouldHaveSingleItem().Passed.ShouldBeTrue();
    }

    [Theory]
    [InlineData(false, false, true)]
    [InlineData(true, false, false)]
    [InlineData(false, true, false)]
    public async Task Where_no_isolation_stands_by_the_journal_the_cluster_is_not_asked(bool lifted, bool meanwhile, bool asked)
    {
        await IsolatedAsync(meanwhile);
        if (lifted)
            await RunAsync("back", "new_credentials", new JsonObject { ["lifted"] = new JsonArray() }, meanwhile: false, at: 5);
        AddPolicy();

        (await JudgeAsync(GuardSettings.Default)).Count.ShouldBe(asked ? 1 : 0);
        _shop.Cluster.Calls.Count.ShouldBe(asked ? 1 : 0);
    }

    [Fact]
    public async Task What_takes_over_from_the_run_that_isolated_goes_on_with_its_playbook()
    {
        await IsolatedAsync();
        AddPolicy();
        var after = Runs.Proposed("r", workload: "api", @namespace: "shop");
        await _chronicle.ChangeAsync(_ => [Entry.Of(after, (RollbackEvent.Proposed)after.Timeline[0].Event with { After = "incident" })], TestContext.Current.CancellationToken);

        (await JudgeAsync(GuardSettings.Default)).ShouldBeEmpty();
    }

    private Task IsolatedAsync(bool meanwhile = false) => RunAsync("incident", "security_incident", new JsonObject { ["edits"] = new JsonArray() }, meanwhile, at: 3);

    private async Task RunAsync(string id, string playbook, JsonObject pin, bool meanwhile, double at)
    {
        var rollback = Runs.Proposed(id, workload: "api", playbook: playbook, @namespace: "shop");
        var step = new PlannedStep("steps/0", "network_isolation", pin, "", "", [], [], [], null, false, true) { Meanwhile = meanwhile };
        _time.SetUtcNow(Runs.At(at));
        await _chronicle.ChangeAsync(
            _ => new[]
            {
                rollback.Timeline[0].Event, new RollbackEvent.PlanMade(Plan.Of(0, "steps", [step])), new RollbackEvent.StepStarted("steps/0", step.Action, 1),
                new RollbackEvent.StepEnded("steps/0", step.Action, StepResult.Done, Reason.Applied, "done"),
            }.Select(e => Entry.Of(rollback, e)),
            TestContext.Current.CancellationToken);
    }

    private void AddPolicy() => _shop.Cluster.Put(ResourceKind.NetworkPolicy, $$$"""
        {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
         "metadata": {"name": "isolate-api", "namespace": "shop", "uid": "np", "labels": {"{{{IsolationPolicy.LabelSelector(Shop.Api).Split('=')[0]}}}": "{{{IsolationPolicy.LabelSelector(Shop.Api).Split('=')[1]}}}"} }, "spec": {} }
        """);

    private Task<IReadOnlyList<GuardResult>> JudgeAsync(GuardSettings guards, string by) => JudgeAsync(guards, [Undo("u")], _shop, 1, by);

    private Task<IReadOnlyList<GuardResult>> JudgeAsync(GuardSettings guards, double minutes = 1, params ServiceDefinition[] services) =>
        JudgeAsync(guards, services.Length == 0 ? [Undo("u")] : [.. services.Select(s => Undo($"u-{s.Name}") with { Service = s })], _shop, minutes);

    private Task<IReadOnlyList<GuardResult>> JudgeAsync(GuardSettings guards, PlannedStep step, Shop shop) => JudgeAsync(guards, [step], shop, 1);

    private Task<IReadOnlyList<GuardResult>> JudgeAsync(GuardSettings guards, IReadOnlyList<PlannedStep> steps, Shop shop, double minutes, string by = RunFacts.Alertmanager, double? lookingSince = null)
    {
        var judge = new ReadingGuards(
            new Catalog([new Named("command", opaque: true), new Named("feature_flag", opaque: false)], [_check]),
            new Clusters(shop.Cluster), _chronicle, new OperatorConfiguration { Matrix = "", Journal = "" }, new FakeTimeProvider(Runs.Noon));
        var playbook = Runs.Proposed("r", guards: guards).Playbook;
        var plan = Plan.Of(0, "kubernetes", steps);
        var context = new CheckContext("r", Service, Runs.Noon, Runs.At(minutes), new Dictionary<string, JsonObject>())
        {
            Run = new RunFacts(Runs.Noon, by, RunFacts.None.Inputs),
            LookingSince = lookingSince is { } since ? Runs.At(since) : null,
        };
        return judge.JudgeAsync(playbook, Service, plan, context, TestContext.Current.CancellationToken);
    }

    private static PlannedStep Undo(string uid) =>
        new("kubernetes/0", "rollout_undo", new JsonObject { ["uid"] = uid, ["target"] = new JsonObject { ["digest"] = "d" } }, "v2", "v1", [], [], [], Runs.Noon, true, true);

    private Task RecordAsync(string measured, CheckDefinition check, ServiceDefinition? other = null) => _chronicle.ChangeAsync(
        _ => [Entry.Of(other is null ? "u" : $"u-{other.Name}", new WorkloadEvent.Measured("w", "d", [new RecordedAnswer(CheckKey.Of(other ?? Service, check), [measured])], Good: true))],
        TestContext.Current.CancellationToken);

    private static CheckDefinition Check(string query) => new("scripted", new JsonObject { ["query"] = query }, Report: true);

    private sealed class Named(string name, bool opaque) : IAction
    {
        public string Name => name;
        public string Summary => "test";
        public Repeatability Repeatability => Repeatability.Once;
        public IReadOnlyList<Parameter> Parameters => [];
        public bool ChangesProduction => true;
        public bool IsOpaque => opaque;
        public Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, CancellationToken cancellation) => throw new NotSupportedException();
        public Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation) => throw new NotSupportedException();
    }

    private sealed class ScriptedCheck : ICheck
    {
        public IReadOnlyList<CheckResult> Answer { get; set; } = [];

        /// <summary>The services it was asked for.</summary>
        public List<string> AskedFor { get; } = [];

        public string Name => "scripted";

        public string Summary => "test";

        public IReadOnlyList<Parameter> Parameters => [];

        public Task<IReadOnlyList<CheckResult>> AskAsync(CheckContext context, JsonObject parameters, CancellationToken cancellation)
        {
            AskedFor.Add(context.Service.Name);
            return Task.FromResult(Answer);
        }
    }
}
