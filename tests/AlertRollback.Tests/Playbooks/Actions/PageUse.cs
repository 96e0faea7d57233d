using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Tests.Playbooks.Contract;

namespace AlertRollback.Tests.Playbooks.Actions;

internal sealed class PageUse : ActionUse
{
    public override Type Action => typeof(PageAction);

    public override bool Writes => false;

    public override Task<ActionWorld> ArrangeAsync(bool real) => Task.FromResult<ActionWorld>(new World());

    private sealed class World : ActionWorld
    {
        public override ServiceDefinition Service => new("rental", "rental-api", null, null, null, null);

        public override JsonObject Parameters => new() { ["role"] = "devops-lead" };

        public override string Before => "nothing changed";

        public override string After => Before;

        public override int Writes => 0;

        public override IAction Create() => new PageAction();

        public override Task<string> LookAsync() => Task.FromResult(Before);
    }
}
