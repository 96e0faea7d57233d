using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Playbooks.Containers;
using AlertRollback.Playbooks.Git;
using AlertRollback.Playbooks.Programs;
using AlertRollback.Tests.Playbooks.Actions;
using AlertRollback.Tests.Playbooks.Contract;

namespace AlertRollback.Tests.Playbooks.Git;

internal sealed class GitRevertUse : ActionUse
{
    public override Type Action => typeof(GitRevertAction);

    public override Task<ActionWorld> ArrangeAsync(bool real)
    {
        var place = new GitPlace();
        var bad = place.Commit("bad", ("rentals.py", "one\nBAD\nthree\n"));
        place.Push();
        place.CountPushes();
        return Task.FromResult<ActionWorld>(new World(place, bad));
    }

    /// <summary>The action on a real repository.</summary>
    public static GitRevertAction Create(GrantedRepository granted, LocalPrograms? programs = null, TimeProvider? time = null, IKubernetesApi? api = null, GrantedEngine? engine = null)
    {
        var operators = Acting.Granting(new TeamGrants
        {
            Repositories = new Dictionary<string, GrantedRepository> { ["rental"] = granted },
            Engines = engine is null ? [] : new Dictionary<string, GrantedEngine> { ["rental-vm"] = engine },
        });
        var clock = time ?? TimeProvider.System;
        var clusters = new Clusters(api ?? new NoCluster("none"));
        return new GitRevertAction(
            new GrantedRepositories(operators, programs ?? new LocalPrograms(clock)), new PullRequests(new HttpClient(), clock),
            new DeployedCommit(clusters, new GrantedEngines(operators, clock), new FakeRevisionLedger()), clusters, clock);
    }

    private sealed class World(GitPlace place, string bad) : ActionWorld
    {
        private int _byHand;

        public override ServiceDefinition Service => Acting.Service();

        public override JsonObject Parameters => new() { ["repository"] = "rental", ["commit"] = bad, ["by"] = "merge" };

        public override string Before => "one\nBAD\nthree";

        public override string After => "one\ntwo\nthree";

        public override int Writes => place.Pushes - _byHand;

        public override IAction Create() => GitRevertUse.Create(place.Grant);

        public override Task<string> LookAsync() => Task.FromResult(place.Content("rentals.py"));

        public override Task ChangeByHandAsync()
        {
            place.RevertByHand(place.Head(place.Remote, "main"));
            _byHand++;
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
