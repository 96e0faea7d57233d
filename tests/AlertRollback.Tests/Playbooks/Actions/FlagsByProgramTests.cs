using AlertRollback.Kubernetes;
using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Tests.Playbooks.Contract;

namespace AlertRollback.Tests.Playbooks.Actions;

/// <summary>Flags that a program sets one after the other.</summary>
public sealed class FlagsByProgramTests : IAsyncLifetime
{
    private readonly FakeStepJournal _journal = new();
    private readonly Dictionary<string, string> _flags = new() { ["enabled"] = "true", ["rollout"] = "100" };
    private TestCluster _cluster = null!;
    private IKubernetesApi _api = null!;
    private bool _refuses;

    public async ValueTask InitializeAsync()
    {
        (_cluster, _) = await KubernetesWorld.TwoReleasesAsync(real: false);
        (_api, _) = ExecRecorder.Over(_cluster.Api, Run);
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task One_that_is_not_set_does_not_hide_that_another_was()
    {
        _refuses = true;

        var outcome = await ApplyAsync();

        outcome.ShouldBeOfType<StepOutcome.Failed>().Text.ShouldMatch("^enabled false was sent; flags of .* was not set: rollout: exit code 3$");
    }

    [Fact]
    public async Task S8_when_it_is_stopped_in_between_what_was_set_is_said()
    {
        var asked = 0;
        _journal.BeforeWrite = () => _journal.Stop = ++asked > 2 ? new StepOutcome.CannotTell(Reason.StoppedByPerson, "stopped by kim") : null;

        (await ApplyAsync()).ShouldBe(new StepOutcome.CannotTell(Reason.StoppedByPerson, "enabled false was sent; stopped by kim"));
        (await ApplyAsync(attempt: 2)).ShouldBe(new StepOutcome.CannotTell(Reason.StoppedByPerson, "stopped by kim; it was begun before, and read enabled false, rollout 100"));
    }

    private async Task<StepOutcome> ApplyAsync(int attempt = 1)
    {
        var service = new ServiceDefinition("rental", "rental-api", new WorkloadDefinition("deployment", _cluster.Namespace, "rental-api"), null, null, null)
        {
            Settings = Acting.Json("""{"flag": {"get": ["flags", "get"], "set": ["flags", "set"]} }"""),
        };
        var action = new FeatureFlagAction(Unused.Http, new Clusters(_api), TimeProvider.System);
        var pin = await action.PinAsync(Acting.Context(service), Acting.Json("""{"set": {"enabled": false, "rollout": 0} }"""));
        if (attempt > 1)
            pin["from"] = Acting.Json("""{"enabled": "true", "rollout": "100"}""");
        return await action.ApplyAsync(Acting.Context(service, attempt, _journal), pin);
    }

    private ExecResult Run(IReadOnlyList<string> command)
    {
        if (command[1] == "get")
            return new ExecResult(0, $"{_flags[command[2]]}\n", "");
        if (_refuses && command[2] == "rollout")
            return new ExecResult(3, "", "");
        _flags[command[2]] = command[3];
        return new ExecResult(0, "", "");
    }
}
