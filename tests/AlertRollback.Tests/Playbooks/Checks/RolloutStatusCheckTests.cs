using System.Text.Json.Nodes;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Playbooks.Checks;
using AlertRollback.Sandbox.Cluster;
using AlertRollback.Tests.Playbooks.Actions;
using AlertRollback.Tests.Playbooks.Contract;
using AlertRollback.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.Playbooks.Checks;

public sealed class RolloutStatusCheckTests : IAsyncLifetime
{
    private TestCluster _cluster = null!;
    private JsonObject _undo = null!;

    public async ValueTask InitializeAsync()
    {
        (_cluster, _) = await KubernetesWorld.TwoReleasesAsync(real: false);
        _undo = await PlanAsync(Undo, """{"to": "previous"}""");
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task What_an_undo_was_pinned_to_is_asked_for()
    {
        (await AskAsync(TimeProvider.System, _undo)).Verdict.ShouldBe(Verdict.Inconclusive, "something else runs");
        await Undo.ApplyAsync(Step, _undo);

        (await AskAsync(TimeProvider.System, _undo)).Verdict.ShouldBe(Verdict.Pass);
    }

    [Fact]
    public async Task S16_an_API_that_does_not_answer_measures_nothing()
    {
        var time = new FakeTimeProvider(Asking.Noon);
        _cluster.Faults.Next("GET", "deployments", SandboxFault.InternalError, 10_000);
        var asked = AskAsync(time, _undo);
        await Until.TrueAsync(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(1));
                return asked.IsCompleted;
            },
            "the check's answer", TimeSpan.FromMilliseconds(1));

        (await asked).ShouldSatisfyAllConditions(a => a.Verdict.ShouldBe(Verdict.Inconclusive), a => a.Measured.ShouldContain("cannot be read"));
    }

    [Fact]
    public async Task A_later_step_of_the_same_plan_is_part_of_what_was_rolled_out()
    {
        var image = new SetImageAction(Clusters, new FakeRevisionLedger(), TimeProvider.System);
        await Undo.ApplyAsync(Step, _undo);
        var later = await PlanAsync(image, """{"image": "rental-api:v3"}""");
        (await image.ApplyAsync(Step, later)).ShouldBeOfType<StepOutcome.Done>();

        (await AskAsync(TimeProvider.System, _undo, later)).Verdict.ShouldBe(Verdict.Pass);
        (await AskAsync(TimeProvider.System, later, _undo)).Verdict.ShouldBe(Verdict.Inconclusive, "the undo came last");
    }

    private Clusters Clusters => new(_cluster.Api);

    private RolloutUndoAction Undo => new(Clusters, new FakeRevisionLedger(), TimeProvider.System);

    private StepContext Step => Acting.Context(Acting.Service() with { Workload = new("deployment", _cluster.Namespace, "rental-api") });

    private Task<JsonObject> PlanAsync(IAction action, string parameters) => action.PinAsync(Step, Acting.Json(parameters));

    private async Task<CheckResult> AskAsync(TimeProvider time, params JsonObject[] pins)
    {
        var context = Asking.Context(@namespace: _cluster.Namespace) with
        {
            Pins = new OrderedDictionary<string, JsonObject>(pins.Select((p, i) => KeyValuePair.Create($"steps/{i}", p))),
        };
        return (await new RolloutStatusCheck(Clusters, time).AskAsync(context, [], TestContext.Current.CancellationToken)).ShouldHaveSingleItem();
    }
}
