using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Sandbox.Cluster;

namespace AlertRollback.Tests.Playbooks.Contract;

/// <summary>
/// What every action promises: a plan changes nothing, twice is once, a crash between the write and the journal loses and
/// repeats nothing, restore puts back, faults of the API end in a word and never in a second write.
/// </summary>
public sealed class ActionContractTests
{
    internal static readonly IReadOnlyDictionary<string, ActionUse> Uses = typeof(ActionUse).Assembly.GetTypes()
        .Where(t => t is { IsClass: true, IsAbstract: false } && t.IsAssignableTo(typeof(ActionUse)))
        .Select(t => (ActionUse)Activator.CreateInstance(t)!)
        .ToDictionary(u => u.ToString(), StringComparer.Ordinal);

    public static TheoryData<string> All => [.. Uses.Keys.Order()];

    public static TheoryData<string> OnRealCluster => Where(u => u.OnRealCluster);

    public static TheoryData<string> Writing => Where(u => u.Writes);

    public static TheoryData<string> WritingOnRealCluster => Where(u => u is { Writes: true, OnRealCluster: true });

    public static TheoryData<string> SeeingOthers => Where(u => u.SeesOthers);

    public static TheoryData<string, string> UnderFaults => [.. Uses.Where(u => u.Value.KubernetesWrite is not null).OrderBy(u => u.Key).SelectMany(u =>
        new[] { "409", "422", "429", "500", "answer lost", "never answered" }.Select(f => (u.Key, f)))];

    private static TheoryData<string> Where(Func<ActionUse, bool> wanted) => [.. Uses.Where(u => wanted(u.Value)).Select(u => u.Key).Order()];

    [Fact]
    public void Every_action_is_under_contract() =>
        typeof(IAction).Assembly.GetTypes().Where(t => t is { IsClass: true, IsAbstract: false } && t.IsAssignableTo(typeof(IAction)))
            .Except(Uses.Values.Select(u => u.Action)).Select(t => t.Name)
            .ShouldBeEmpty("an action without an ActionUse beside its tests");

    [Theory]
    [MemberData(nameof(All))]
    public async Task A_plan_changes_nothing(string name)
    {
        await using var run = await Run.ArrangeAsync(name);
        await run.PinAsync();

        run.World.Writes.ShouldBe(0);
        (await run.World.LookAsync()).ShouldBe(run.World.Before);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task The_same_world_gives_the_same_plan(string name)
    {
        await using var run = await Run.ArrangeAsync(name);

        (await run.PinAsync()).ToJsonString().ShouldBe((await run.PinAsync()).ToJsonString(), "an approval is bound to it");
    }

    [Theory]
    [MemberData(nameof(All))]
    public Task Applying_twice_equals_once(string name) => AppliesTwiceAsync(name, real: false);

    [Theory]
    [MemberData(nameof(OnRealCluster))]
    public Task Applying_twice_equals_once_on_a_real_cluster(string name) => AppliesTwiceAsync(name, real: true);

    private static async Task AppliesTwiceAsync(string name, bool real)
    {
        await using var run = await Run.ArrangeAsync(name, real);
        var pin = await run.PinAsync();
        Done(await run.ApplyAsync(pin));
        var once = run.World.Writes;
        Done(await run.ApplyAsync(pin));

        run.World.Writes.ShouldBe(once);
        once.ShouldBe(run.Use.Writes ? run.World.WritesOfOneApply : 0);
        (await run.World.LookAsync()).ShouldBe(run.World.After);
    }

    [Theory]
    [MemberData(nameof(OnRealCluster))]
    public async Task The_rights_that_deploy_grants_for_it_suffice_on_a_real_cluster(string name)
    {
        await using var run = await Run.ArrangeAsync(name, real: true);
        await run.World.RestrictAsync(run.Use.Rights);
        var restricted = run.Anew(attempt: 1);
        var pin = await restricted.PinAsync();
        Done(await restricted.ApplyAsync(pin));
        if (run.Action.Repeatability == Repeatability.Converges)
            Done(await run.Anew(attempt: 2).ApplyAsync(pin));
        if (run.Action.Restores)
            Done(await restricted.Action.RestoreAsync(restricted.Context, pin, TestContext.Current.CancellationToken)!);
    }

    [Theory]
    [MemberData(nameof(Writing))]
    public Task A_crash_before_the_journal_knew_never_makes_a_second_write(string name) => CrashesAsync(name, real: false);

    [Theory]
    [MemberData(nameof(WritingOnRealCluster))]
    public Task A_crash_before_the_journal_knew_never_makes_a_second_write_on_a_real_cluster(string name) => CrashesAsync(name, real: true);

    private static async Task CrashesAsync(string name, bool real)
    {
        await using var run = await Run.ArrangeAsync(name, real);
        var pin = await run.PinAsync();
        await run.ApplyAsync(pin);
        var outcome = await run.Anew(attempt: 2).ApplyAsync(pin);

        // What converges is found to be done; what is done once is known by its read-back, or a person is asked.
        if (run.Action.Repeatability == Repeatability.Converges)
            Done(outcome);
        else
            (outcome is StepOutcome.Done or StepOutcome.CannotTell { Reason: Reason.OutcomeUnknown }).ShouldBeTrue(outcome.ToString());
        run.World.Writes.ShouldBe(run.World.WritesOfOneApply);
        (await run.World.LookAsync()).ShouldBe(run.World.After);
    }

    [Theory]
    [MemberData(nameof(SeeingOthers))]
    public async Task A_change_by_somebody_else_after_a_crash_is_left_alone(string name)
    {
        await using var run = await Run.ArrangeAsync(name);
        var pin = await run.PinAsync();
        await run.ApplyAsync(pin);
        await run.World.ChangeByHandAsync();
        var writes = run.World.Writes;

        (await run.Anew(attempt: 2).ApplyAsync(pin)).ShouldBeOfType<StepOutcome.Superseded>();
        run.World.Writes.ShouldBe(writes);
        (await run.World.LookAsync()).ShouldBe(run.World.AfterHand);
    }

    [Theory]
    [MemberData(nameof(Writing))]
    public async Task Restore_puts_back_what_apply_changed_or_is_not_there(string name)
    {
        await using var run = await Run.ArrangeAsync(name);
        var pin = await run.PinAsync();
        Done(await run.ApplyAsync(pin));
        var restore = run.Action.RestoreAsync(run.Context, pin, TestContext.Current.CancellationToken);

        (restore is not null).ShouldBe(run.Action.Restores);
        if (restore is null)
            return;
        Done(await restore);
        (await run.World.LookAsync()).ShouldBe(run.World.Before);
        var writes = run.World.Writes;
        Done(await run.Action.RestoreAsync(run.Context, pin, TestContext.Current.CancellationToken)!);
        run.World.Writes.ShouldBe(writes, "restored twice is restored once");
    }

    [Theory]
    [MemberData(nameof(SeeingOthers))]
    public async Task Restore_leaves_alone_what_somebody_else_changed(string name)
    {
        await using var run = await Run.ArrangeAsync(name);
        if (!run.Action.Restores)
            return;
        var pin = await run.PinAsync();
        Done(await run.ApplyAsync(pin));
        await run.World.ChangeByHandAsync();
        var writes = run.World.Writes;
        await run.Action.RestoreAsync(run.Context, pin, TestContext.Current.CancellationToken)!;

        run.World.Writes.ShouldBe(writes);
        (await run.World.LookAsync()).ShouldBe(run.World.AfterHand);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task What_it_needs_and_is_not_there_is_refused(string name)
    {
        await using var run = await Run.ArrangeAsync(name);
        foreach (var (service, reason) in run.World.Refused)
        {
            var outcome = await run.Action.PinAsync(run.Context with { Service = service }, run.World.Parameters, TestContext.Current.CancellationToken);
            outcome.ShouldBeOfType<PinOutcome.Refused>().Reason.ShouldBe(reason);
        }

        run.World.Writes.ShouldBe(0);
    }

    [Theory]
    [MemberData(nameof(Writing))]
    public async Task The_kill_switch_stops_it_before_its_write(string name)
    {
        await using var run = await Run.ArrangeAsync(name);
        var pin = await run.PinAsync();
        var stop = new StepOutcome.CannotTell(Reason.StoppedByPerson, "stopped");
        ((FakeStepJournal)run.Context.Journal).Stop = stop;

        (await run.ApplyAsync(pin)).ShouldBe(stop);
        run.World.Writes.ShouldBe(0);
    }

    [Theory]
    [MemberData(nameof(UnderFaults))]
    public async Task A_fault_of_the_API_never_makes_a_second_write(string name, string fault)
    {
        await using var run = await Run.ArrangeAsync(name);
        var pin = await run.PinAsync();
        var (method, path) = run.Use.KubernetesWrite!.Value;
        run.World.Faults.Next(method, path, FaultOf(fault));
        var outcome = await run.ApplyAsync(pin);
        for (var attempt = 2; outcome is StepOutcome.CannotTell { Reason: Reason.ApiError or Reason.OutcomeUnknown } && attempt < 5; attempt++)
            outcome = await run.Again(attempt).ApplyAsync(pin);
        run.World.Faults.Pending.ShouldBe(0, "the fault was met");

        if (fault == "422")
        {
            outcome.ShouldBeOfType<StepOutcome.CannotTell>().Reason.ShouldBe(Reason.RejectedByApi);
            (await run.World.LookAsync()).ShouldBe(run.World.Before);
            return;
        }

        Done(outcome);
        (await run.World.LookAsync()).ShouldBe(run.World.After);
        run.World.Writes.ShouldBe(run.World.WritesOfOneApply);
    }

    private static void Done(StepOutcome outcome) => outcome.ShouldBeOfType<StepOutcome.Done>(outcome.Text);

    private static SandboxFault FaultOf(string word) => word switch
    {
        "409" => SandboxFault.Conflict,
        "422" => SandboxFault.Invalid,
        "429" => SandboxFault.TooManyRequests(1),
        "500" => SandboxFault.InternalError,
        "answer lost" => SandboxFault.AnswerLost,
        _ => SandboxFault.NeverAnswered,
    };

    /// <summary>One use of an action in its world.</summary>
    private sealed record Run(ActionUse Use, ActionWorld World, IAction Action, StepContext Context) : IAsyncDisposable
    {
        public static async Task<Run> ArrangeAsync(string name, bool real = false)
        {
            var use = Uses[name];
            var world = await use.ArrangeAsync(real);
            return new Run(use, world, world.Create(), ContextFor(world, 1));
        }

        public async Task<JsonObject> PinAsync()
        {
            var outcome = await Action.PinAsync(Context, World.Parameters, TestContext.Current.CancellationToken);

            // As the journal gives it back.
            return (JsonObject)JsonNode.Parse(outcome.ShouldBeOfType<PinOutcome.Pinned>(outcome.ToString()).Pin.ToJsonString())!;
        }

        public Task<StepOutcome> ApplyAsync(JsonObject pin) => Action.ApplyAsync(Context, pin, TestContext.Current.CancellationToken);

        /// <summary>As after a crash: a new process, and a journal that knows of no write.</summary>
        public Run Anew(int attempt) => this with { Action = World.Create(), Context = ContextFor(World, attempt) };

        /// <summary>As the runner asks again: the same journal.</summary>
        public Run Again(int attempt) => this with { Context = Context with { Attempt = attempt } };

        private static StepContext ContextFor(ActionWorld world, int attempt) => new(
            "rental-api-1", "kubernetes/0", world.Service, attempt, TimeProvider.System.GetUtcNow() + TimeSpan.FromMinutes(1), new FakeStepJournal());

        public ValueTask DisposeAsync() => World.DisposeAsync();
    }
}
