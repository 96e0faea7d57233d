using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Playbooks.Containers;
using AlertRollback.Tests.Playbooks.Actions;
using AlertRollback.Tests.Playbooks.Contract;

namespace AlertRollback.Tests.Playbooks.Containers;

internal sealed class ContainerUse : ActionUse
{
    public override Type Action => typeof(ContainerAction);

    public override async Task<ActionWorld> ArrangeAsync(bool real)
    {
        var engine = await PretendEngine.StartAsync();
        engine.Run("rental-api-prod", "rental-api:v2");
        return new World(engine);
    }

    private sealed class World(PretendEngine engine) : ActionWorld
    {
        private readonly TeamGrants _grants = new() { Engines = new Dictionary<string, GrantedEngine> { ["rental-vm"] = engine.Grant } };

        public override ServiceDefinition Service => Acting.Service();

        public override JsonObject Parameters => Acting.Json("""{"name": "rental-api-prod", "host": "rental-vm", "image": "rental-api:v1", "runs_for": "0s"}""");

        public override string Before => "v2 running";

        public override string After => "v1 running";

        public override string AfterHand => Before;

        // Create, stop, two names, start, and the restart policy of what is kept.
        public override int WritesOfOneApply => 6;

        public override int Writes => engine.Writes.Count;

        public override IAction Create() => new ContainerAction(new GrantedEngines(Acting.Granting(_grants), TimeProvider.System), new FakeRevisionLedger(), TimeProvider.System);

        public override Task<string> LookAsync() => Task.FromResult(engine.Look().Split("; ").Single(c => c.StartsWith("rental-api-prod ", StringComparison.Ordinal))["rental-api-prod ".Length..]);

        public override Task ChangeByHandAsync()
        {
            engine.Run("rental-api-prod", "rental-api:v2");
            return Task.CompletedTask;
        }

        public override IEnumerable<(ServiceDefinition Service, Reason Reason)> Refused => [(Service with { Team = "others" }, Reason.NotGranted)];

        public override ValueTask DisposeAsync() => engine.DisposeAsync();
    }
}
