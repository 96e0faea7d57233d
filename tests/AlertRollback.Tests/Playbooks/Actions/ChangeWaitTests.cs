using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Tests.Playbooks.Contract;

namespace AlertRollback.Tests.Playbooks.Actions;

/// <summary>Somebody starts the pods anew while a change of the template is waited for.</summary>
public sealed class ChangeWaitTests : IAsyncLifetime
{
    private TestCluster _cluster = null!;
    private WorkloadRef _workload = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await TestCluster.SandboxAsync();
        _workload = await _cluster.TwoReleasesAsync();
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task A_restart_of_what_was_written_is_what_was_written() =>
        (await AgainAsync(new SetImageAction(new Clusters(_cluster.Api), new FakeRevisionLedger(), TimeProvider.System), """{"image": "rental-api:v3"}""", "\"2026-11-23T21:00:40Z\""))
            .ShouldBeOfType<StepOutcome.Done>();

    [Fact]
    public async Task A_restart_that_was_taken_back_is_none() =>
        (await AgainAsync(new RolloutRestartAction(new Clusters(_cluster.Api), TimeProvider.System), "{}", "null")).ShouldBeOfType<StepOutcome.Superseded>();

    /// <summary>The step is carried out, its process dies, and it waits again.</summary>
    private async Task<StepOutcome> AgainAsync(IAction action, string parameters, string restartedAt)
    {
        var context = Acting.Context(Acting.Service() with { Workload = new("deployment", _workload.Namespace, _workload.Name) });
        var pin = await action.PinAsync(context, Acting.Json(parameters));
        (await action.ApplyAsync(context, pin)).ShouldBeOfType<StepOutcome.Done>();
        await _cluster.Api.MergePatchAsync(
            _workload.Object,
            Acting.Json($$$"""{"spec": {"template": {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": {{{restartedAt}}}} } } } }"""),
            new WriteOptions(), TestContext.Current.CancellationToken);

        return await action.ApplyAsync(context with { Attempt = 2 }, pin);
    }
}
