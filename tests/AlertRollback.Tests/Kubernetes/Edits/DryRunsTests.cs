using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Edits;
using AlertRollback.Tests.Kubernetes.Workloads;

namespace AlertRollback.Tests.Kubernetes.Edits;

public sealed class DryRunsTests
{
    private static readonly ObjectRef Target = new(ResourceKind.Deployment, "rental", "web");

    private readonly InMemoryKubernetes _api = new();
    private int _writes;

    public DryRunsTests() => _api.Put(ResourceKind.Deployment, """{"metadata": {"namespace": "rental", "name": "web", "uid": "u1", "annotations": {"deployment.kubernetes.io/revision": "1"}}, "spec": {"replicas": 2, "paused": false}, "status": {"replicas": 0}}""");

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 2)]
    [InlineData(3, 4)]
    public async Task What_others_write_between_read_and_dry_run_is_no_part_of_the_difference(int writes, int asked)
    {
        _api.BeforeDryRun = () => Write(writes, o => o["spec"]!["replicas"] = 2 + _writes);

        var (live, after) = await AskAsync();

        ObjectDifference.Between(live.Json, after.Json).ShouldHaveSingleItem().Path.ToString().ShouldBe("paused");
        live.Number("spec", "replicas").ShouldBe(2 + writes);
        _api.Calls.Count(c => c.StartsWith("DRY", StringComparison.Ordinal)).ShouldBe(asked);
    }

    [Fact]
    public async Task A_status_that_moves_all_the_time_keeps_nothing_from_being_planned()
    {
        _api.BeforeDryRun = () => Write(int.MaxValue, o => o["status"]!["replicas"] = _writes);

        var (live, after) = await AskAsync();

        ObjectDifference.Between(live.Json, after.Json).ShouldHaveSingleItem().Path.ToString().ShouldBe("paused");
        _api.Calls.Count(c => c.StartsWith("DRY", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public async Task What_others_write_all_the_time_is_planned_another_time()
    {
        _api.BeforeDryRun = () => Write(int.MaxValue, o => o["spec"]!["replicas"] = 2 + _writes);

        (await Should.ThrowAsync<KubernetesException>(AskAsync)).ShouldSatisfyAllConditions(
            e => e.Fault.ShouldBe(KubernetesFault.Unavailable), e => e.Message.ShouldContain("changes too fast to be planned"));
    }

    [Fact]
    public async Task What_was_deleted_meanwhile_is_not_planned()
    {
        _api.BeforeDryRun = () => Write(1, _ => { });
        _api.BeforeRead = _ => { if (_writes > 0) _api.Remove(Target); };

        (await Should.ThrowAsync<KubernetesException>(AskAsync)).Fault.ShouldBe(KubernetesFault.NotFound);
    }

    private void Write(int most, Action<JsonObject> change)
    {
        if (_writes++ < most)
            _api.Change(Target, change);
        else
            _writes = most;
    }

    private async Task<(KubernetesObject Live, KubernetesObject After)> AskAsync()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var live = (await _api.GetAsync(Target, cancellation)).ShouldNotBeNull();
        var patch = new JsonObject { ["op"] = "replace", ["path"] = "/spec/paused", ["value"] = true };
        return await DryRuns.BesideAsync(_api, Target, live, _ => _api.JsonPatchAsync(Target, [patch.DeepClone()], new WriteOptions(DryRun: true), cancellation), cancellation);
    }
}
