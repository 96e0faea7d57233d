using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Rollbacks;
using AlertRollback.Tests.Playbooks.Contract;
using AlertRollback.Tests.Rollbacks;

namespace AlertRollback.Tests.Playbooks.Actions;

/// <summary>What was taken away by whichever step is not gone back to (S3).</summary>
public sealed class LeftReleaseTests : IAsyncLifetime
{
    private const string Image = """{"image": "rental-api:v1.4"}""";
    private const string Patch = """{"strategic": {"spec": {"template": {"spec": {"containers": [{"name": "app", "image": "rental-api:v1.4"}]} } } } }""";

    private static readonly OperatorConfiguration Operators = new() { Matrix = "", Journal = "" };

    private readonly RevisionLedger _ledger = new(new Chronicle(new MemoryJournal(), TimeProvider.System), Operators, TimeProvider.System);
    private TestCluster _cluster = null!;
    private WorkloadRef _workload = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await TestCluster.SandboxAsync();
        _workload = await _cluster.TwoReleasesAsync();
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Theory]
    [InlineData("set_image", Image)]
    [InlineData("patch", Patch)]
    public async Task S3_the_undo_after_it_goes_further_back_and_not_to_the_bad_release(string action, string parameters)
    {
        await ApplyAsync(Action(action), Context(), parameters);

        (await UndoAsync()).To.ShouldBe("rental-api:v1 (revision 1)");
        _ledger.IsQuarantined(await UidAsync(), await DigestAsync("rental-api:v2")).ShouldBeTrue("also for the next rollback");
    }

    [Theory]
    [InlineData("set_image", Image)]
    [InlineData("patch", Patch)]
    public async Task What_is_put_back_at_the_end_is_not_left(string action, string parameters)
    {
        await ApplyAsync(Action(action), Context() with { IsPutBack = true }, parameters);

        (await UndoAsync()).To.ShouldBe("rental-api:v2 (revision 2)");
    }

    [Theory]
    [InlineData("set_image", """{"image": "rental-api:v2"}""")]
    [InlineData("patch", """{"merge": {"spec": {"template": {"spec": {"terminationGracePeriodSeconds": 5} } } } }""")]
    [InlineData("patch", """{"strategic": {"spec": {"template": {"spec": {"containers": [{"name": "app", "env": [{"name": "MODE", "value": "safe"}]}]} } } } }""")]
    [InlineData("patch", """{"strategic": {"spec": {"template": {"spec": {"containers": [{"name": "app", "args": ["--safe"]}]} } } } }""")]
    public async Task What_runs_on_as_it_was_is_not_left(string action, string parameters)
    {
        await ApplyAsync(Action(action), Context(), parameters);

        _ledger.IsQuarantined(await UidAsync(), await DigestAsync("rental-api:v2")).ShouldBeFalse();
    }

    [Theory]
    [InlineData("set_image", """{"image": "rental-api:v1.4", "container": "app"}""")]
    [InlineData("patch", Patch)]
    public async Task An_image_that_runs_on_beside_it_is_not_what_was_left(string action, string parameters)
    {
        await _cluster.Api.StrategicMergePatchAsync(
            _workload.Object, Acting.Json("""{"spec": {"template": {"spec": {"containers": [{"name": "app"}, {"name": "proxy", "image": "proxy:v1"}]} } } }"""), new(), TestContext.Current.CancellationToken);
        await _cluster.CompleteAsync(_workload, "rental-api:v2");

        var pin = await Action(action).PinAsync(Context(), Acting.Json(parameters));

        pin["origin"]!["images"]!.ToJsonString().ShouldBe("""["rental-api:v2"]""");
    }

    [Fact]
    public async Task After_a_crash_it_is_remembered_all_the_same()
    {
        var pin = await Action("set_image").PinAsync(Context(), Acting.Json(Image));
        await new SetImageAction(new Clusters(_cluster.Api), new FakeRevisionLedger(), TimeProvider.System).ApplyAsync(Context(), pin);

        (await Action("set_image").ApplyAsync(Context() with { Attempt = 2 }, pin)).ShouldBeOfType<StepOutcome.Done>();

        _ledger.IsQuarantined(await UidAsync(), await DigestAsync("rental-api:v2")).ShouldBeTrue();
    }

    private IAction Action(string name) => name == "set_image"
        ? new SetImageAction(new Clusters(_cluster.Api), _ledger, TimeProvider.System)
        : new PatchAction(new Clusters(_cluster.Api), new GrantedKinds(Operators), _ledger, TimeProvider.System);

    private static async Task ApplyAsync(IAction action, StepContext context, string parameters) =>
        (await action.ApplyAsync(context, await action.PinAsync(context, Acting.Json(parameters)))).ShouldBeOfType<StepOutcome.Done>();

    private StepContext Context() => Acting.Context(Acting.Service() with { Workload = new("deployment", _workload.Namespace, _workload.Name) });

    private async Task<PinOutcome.Pinned> UndoAsync() =>
        (await new RolloutUndoAction(new Clusters(_cluster.Api), _ledger, TimeProvider.System).PinAsync(Context(), Acting.Json("""{"to": "previous"}"""), TestContext.Current.CancellationToken))
            .ShouldBeOfType<PinOutcome.Pinned>();

    private async Task<string> UidAsync() => (await SnapshotAsync()).Uid;

    private async Task<string> DigestAsync(string image) => (await SnapshotAsync()).Revisions.First(r => r.Images[0].Image == image && r.Number < 3).Digest;

    private async Task<WorkloadSnapshot> SnapshotAsync() => (await new WorkloadReader(_cluster.Api).ReadAsync(_workload, TestContext.Current.CancellationToken))!;
}
