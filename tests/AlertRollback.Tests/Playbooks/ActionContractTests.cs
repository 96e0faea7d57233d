using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Sandbox.Cluster;

namespace AlertRollback.Tests.Playbooks;

/// <summary>
/// What every action promises: a plan changes nothing, twice is once, a crash between the write and the journal loses and
/// repeats nothing, restore puts back, faults of the API end in a word and never in a second write.
/// </summary>
public sealed class ActionContractTests
{
    private const string Before = "rental-api:v2 x2";

    /// <summary>How each action is used here, and what the world is after it. An action without an entry fails <see cref="Every_action_is_under_contract"/>.</summary>
    private static readonly IReadOnlyDictionary<string, Use> Uses = new Dictionary<string, Use>
    {
        ["rollout_undo"] = new("""{"to": "previous"}""", "rental-api:v1 x2", Restores: false),
        ["scale"] = new("""{"replicas": 0}""", "rental-api:v2 x0", Restores: true),
        ["capture"] = new("{}", Before, Restores: false),
        ["page"] = new("""{"role": "devops-lead"}""", Before, Restores: false),
    };

    public static TheoryData<string> Actions => [.. Uses.Keys];

    public static TheoryData<string> Writing => ["rollout_undo", "scale"];

    public static TheoryData<string, string> WritingUnderFaults => [.. Writing.SelectMany(a =>
        new[] { "409", "422", "429", "500", "answer lost", "never answered" }.Select(f => (a.Data, f)))];

    [Fact]
    public void Every_action_is_under_contract() =>
        typeof(IAction).Assembly.GetTypes().Where(t => t.IsClass && t.IsAssignableTo(typeof(IAction))).Select(t => NameOf(t)).Order()
            .ShouldBe(Uses.Keys.Order());

    [Theory]
    [MemberData(nameof(Actions))]
    public async Task A_plan_changes_nothing(string name)
    {
        await using var cluster = await TestCluster.SandboxAsync();
        var run = await Run.ArrangeAsync(cluster, name);
        await run.PinAsync();

        cluster.Writes.ShouldBe(0);
        (await run.WorldAsync()).ShouldBe(Before);
    }

    [Theory]
    [MemberData(nameof(Actions))]
    public Task Applying_twice_equals_once(string name) => AppliesTwiceAsync(name, TestCluster.SandboxAsync);

    [Theory]
    [MemberData(nameof(Actions))]
    public Task Applying_twice_equals_once_on_a_real_cluster(string name) => AppliesTwiceAsync(name, TestCluster.RealAsync);

    private static async Task AppliesTwiceAsync(string name, Func<Task<TestCluster>> start)
    {
        await using var cluster = await start();
        var run = await Run.ArrangeAsync(cluster, name);
        var pin = await run.PinAsync();
        (await run.ApplyAsync(pin)).ShouldBeOfType<StepOutcome.Done>();
        var once = cluster.Writes;
        (await run.ApplyAsync(pin)).ShouldBeOfType<StepOutcome.Done>();

        cluster.Writes.ShouldBe(once);
        once.ShouldBeLessThanOrEqualTo(1);
        (await run.WorldAsync()).ShouldBe(Uses[name].After);
    }

    [Theory]
    [MemberData(nameof(Writing))]
    public Task A_crash_before_the_journal_knew_ends_the_same_with_one_write(string name) => CrashesAsync(name, TestCluster.SandboxAsync);

    [Theory]
    [MemberData(nameof(Writing))]
    public Task A_crash_before_the_journal_knew_ends_the_same_on_a_real_cluster(string name) => CrashesAsync(name, TestCluster.RealAsync);

    private static async Task CrashesAsync(string name, Func<Task<TestCluster>> start)
    {
        await using var cluster = await start();
        var run = await Run.ArrangeAsync(cluster, name);
        var pin = await run.PinAsync();
        await run.ApplyAsync(pin);
        var afterCrash = run.Anew(attempt: 2);
        (await afterCrash.ApplyAsync(pin)).ShouldBeOfType<StepOutcome.Done>();

        cluster.Writes.ShouldBe(1);
        (await run.WorldAsync()).ShouldBe(Uses[name].After);
    }

    [Theory]
    [MemberData(nameof(Writing))]
    public async Task A_change_by_somebody_else_after_a_crash_is_left_alone(string name)
    {
        await using var cluster = await TestCluster.SandboxAsync();
        var run = await Run.ArrangeAsync(cluster, name);
        var pin = await run.PinAsync();
        await run.ApplyAsync(pin);
        await run.PutBackByHandAsync();
        var writes = cluster.Writes;

        (await run.Anew(attempt: 2).ApplyAsync(pin)).ShouldBeOfType<StepOutcome.Superseded>();
        cluster.Writes.ShouldBe(writes);
        (await run.WorldAsync()).ShouldBe(Before);
    }

    [Theory]
    [MemberData(nameof(Writing))]
    public async Task Restore_puts_back_what_apply_changed_or_is_not_there(string name)
    {
        await using var cluster = await TestCluster.SandboxAsync();
        var run = await Run.ArrangeAsync(cluster, name);
        var pin = await run.PinAsync();
        await run.ApplyAsync(pin);
        var restore = run.Action.RestoreAsync(run.Context, pin, TestContext.Current.CancellationToken);

        (restore is not null).ShouldBe(Uses[name].Restores);
        if (restore is null)
            return;
        (await restore).ShouldBeOfType<StepOutcome.Done>();
        (await run.WorldAsync()).ShouldBe(Before);
    }

    [Theory]
    [MemberData(nameof(Writing))]
    public async Task A_workload_that_is_not_there_or_not_declared_is_refused(string name)
    {
        await using var cluster = await TestCluster.SandboxAsync();
        var run = await Run.ArrangeAsync(cluster, name);

        (await run.For("nothing").Action.PinAsync(run.For("nothing").Context, run.Parameters, TestContext.Current.CancellationToken))
            .ShouldBeOfType<PinOutcome.Refused>().Reason.ShouldBe(Reason.NotFound);
        (await run.Action.PinAsync(run.For(null).Context, run.Parameters, TestContext.Current.CancellationToken))
            .ShouldBeOfType<PinOutcome.Refused>().Reason.ShouldBe(Reason.WorkloadNotDeclared);
        cluster.Writes.ShouldBe(0);
    }

    [Theory]
    [MemberData(nameof(WritingUnderFaults))]
    public async Task A_fault_of_the_API_never_makes_a_second_write(string name, string fault)
    {
        await using var cluster = await TestCluster.SandboxAsync();
        var run = await Run.ArrangeAsync(cluster, name);
        var pin = await run.PinAsync();
        cluster.Faults.Next("PATCH", "deployments/rental-api", FaultOf(fault));
        var outcome = await run.ApplyAsync(pin);
        for (var attempt = 2; outcome is StepOutcome.CannotTell { Reason: Reason.ApiError or Reason.OutcomeUnknown } && attempt < 5; attempt++)
            outcome = await run.Again(attempt).ApplyAsync(pin);

        if (fault == "422")
        {
            outcome.ShouldBeOfType<StepOutcome.CannotTell>().Reason.ShouldBe(Reason.RejectedByApi);
            (await run.WorldAsync()).ShouldBe(Before);
            return;
        }

        outcome.ShouldBeOfType<StepOutcome.Done>(outcome.Text);
        (await run.WorldAsync()).ShouldBe(Uses[name].After);
        (await run.TimesWrittenAsync()).ShouldBe(1);
    }

    private static SandboxFault FaultOf(string word) => word switch
    {
        "409" => SandboxFault.Conflict,
        "422" => SandboxFault.Invalid,
        "429" => SandboxFault.TooManyRequests(1),
        "500" => SandboxFault.InternalError,
        "answer lost" => SandboxFault.AnswerLost,
        _ => SandboxFault.NeverAnswered,
    };

    private static string NameOf(Type type) =>
        ((IAction)System.Runtime.CompilerServices.RuntimeHelpers.GetUninitializedObject(type)).Name;

    private sealed record Use(string Parameters, string After, bool Restores);

    /// <summary>One action on one workload.</summary>
    private sealed record Run(TestCluster Cluster, WorkloadRef Workload, IAction Action, JsonObject Parameters, StepContext Context)
    {
        public static async Task<Run> ArrangeAsync(TestCluster cluster, string name)
        {
            var workload = await cluster.TwoReleasesAsync();
            return new Run(cluster, workload, Create(name, cluster.Api), (JsonObject)JsonNode.Parse(Uses[name].Parameters)!, ContextFor(workload, 1, new FakeStepJournal()));
        }

        public async Task<JsonObject> PinAsync() =>
            (await Action.PinAsync(Context, Parameters, TestContext.Current.CancellationToken)).ShouldBeOfType<PinOutcome.Pinned>().Pin;

        public Task<StepOutcome> ApplyAsync(JsonObject pin) => Action.ApplyAsync(Context, pin, TestContext.Current.CancellationToken);

        /// <summary>As after a crash: a new process, and a journal that knows of no write.</summary>
        public Run Anew(int attempt) => this with { Action = Create(Action.Name, Cluster.Api), Context = ContextFor(Workload, attempt, new FakeStepJournal()) };

        /// <summary>As the runner asks again: the same journal.</summary>
        public Run Again(int attempt) => this with { Context = Context with { Attempt = attempt } };

        public Run For(string? name) => this with
        {
            Context = Context with { Service = Context.Service with { Workload = name is null ? null : Context.Service.Workload! with { Name = name } } },
        };

        public Task<string> WorldAsync() => Cluster.WorldAsync(Workload);

        public async Task PutBackByHandAsync()
        {
            JsonArray patch =
            [
                new JsonObject { ["op"] = "replace", ["path"] = "/spec/template/spec/containers/0/image", ["value"] = "rental-api:v2" },
                new JsonObject { ["op"] = "replace", ["path"] = "/spec/replicas", ["value"] = 2 },
            ];
            await Cluster.Api.JsonPatchAsync(Workload.Object, patch, new WriteOptions(), TestContext.Current.CancellationToken);
        }

        /// <summary>Every write of these actions is one generation of the workload: created, v2, and then what the action did.</summary>
        public async Task<long> TimesWrittenAsync() =>
            (await Cluster.Api.GetAsync(Workload.Object, TestContext.Current.CancellationToken))!.Generation - 2;

        private static StepContext ContextFor(WorkloadRef workload, int attempt, IStepJournal journal) => new(
            "rental-api-1", "kubernetes/0",
            new ServiceDefinition("rental", "rental-api", new WorkloadDefinition("deployment", workload.Namespace, workload.Name), null, null, null),
            attempt, TimeProvider.System.GetUtcNow() + TimeSpan.FromMinutes(1), journal);

        private static IAction Create(string name, IKubernetesApi api) => name switch
        {
            "rollout_undo" => new RolloutUndoAction(api, new FakeRevisionLedger(), TimeProvider.System),
            "scale" => new ScaleAction(api, TimeProvider.System),
            "capture" => new CaptureAction(api, TimeProvider.System),
            _ => new PageAction(),
        };
    }

    private sealed class FakeStepJournal : IStepJournal
    {
        private readonly Dictionary<string, JsonObject> _marks = [];

        public IReadOnlyDictionary<string, JsonObject> Marks => _marks;

        public StepOutcome? MayWrite() => null;

        public Task MarkAsync(string name, JsonObject data, string text, CancellationToken cancellation)
        {
            _marks[name] = data;
            return Task.CompletedTask;
        }

        public Task PageAsync(string role, string text, CancellationToken cancellation) => Task.CompletedTask;

        public Task ProgressAsync(int percent, string text, CancellationToken cancellation) => Task.CompletedTask;
    }

    private sealed class FakeRevisionLedger : IRevisionLedger
    {
        public bool IsQuarantined(string uid, string digest) => false;

        public bool IsKnownGood(string uid, string digest) => false;

        public IReadOnlyCollection<string> KnownGood(string uid) => [];

        public DateTimeOffset? BecameCurrentAt(string uid, string digest) => null;

        public Task QuarantineAsync(string uid, string workload, string digest, IReadOnlyList<string> images, string rollbackId, CancellationToken cancellation) => Task.CompletedTask;
    }
}
