using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Tests.Playbooks.Actions;
using AlertRollback.Tests.Playbooks.Contract;

namespace AlertRollback.Tests.Playbooks.Trees;

internal sealed class FilesUse : ActionUse
{
    public override Type Action => typeof(FilesAction);

    public override Task<ActionWorld> ArrangeAsync(bool real) => Task.FromResult<ActionWorld>(new World(new TreePlace()));

    private sealed class World(TreePlace place) : ActionWorld
    {
        public override ServiceDefinition Service => Acting.Service();

        public override JsonObject Parameters => TreePlace.Parameters;

        public override string Before => "bad";

        public override string After => "good";

        public override string AfterHand => "by hand";

        // What was there, as a directory and as an archive.
        public override int WritesOfOneApply => 2;

        public override int Writes => place.Beside.Count;

        public override IAction Create() => place.Create();

        public override Task<string> LookAsync() => Task.FromResult(place.Content);

        public override Task ChangeByHandAsync()
        {
            place.Write("by hand");
            return Task.CompletedTask;
        }

        public override IEnumerable<(ServiceDefinition Service, Reason Reason)> Refused => [(Service with { Team = "others" }, Reason.NotGranted)];

        public override ValueTask DisposeAsync()
        {
            place.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
