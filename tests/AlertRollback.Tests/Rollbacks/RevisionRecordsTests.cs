using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Rollbacks;
using AlertRollback.Tests.Kubernetes.Workloads;
using AlertRollback.Tests.Matrix;
using AlertRollback.Tests.Rollbacks.Guards;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.Rollbacks;

public sealed class RevisionRecordsTests
{
    private readonly FakeTimeProvider _time = new(Runs.Noon);
    private readonly Shop _shop = Shop.WithReleases("v1");
    private readonly Chronicle _chronicle;
    private readonly RevisionRecords _records;
    private readonly RunningRevision _revision;

    public RevisionRecordsTests()
    {
        var (journal, operators, catalog) = (new MemoryJournal(), new OperatorConfiguration { Matrix = "", Journal = "" }, FakeCatalog.Create());
        _shop.Cluster.Change(Shop.Api.Object, o => o["spec"]!["template"]!["spec"]!["containers"]![0]!["envFrom"] = new JsonArray(new JsonObject { ["configMapRef"] = new JsonObject { ["name"] = "settings" } }));
        _chronicle = new Chronicle(journal, _time);
        var matrix = new MatrixSource(operators, catalog, journal, _time, NullLogger<MatrixSource>.Instance);
        _records = new RevisionRecords(new ObserverParts(
            new Clusters(_shop.Cluster), matrix, catalog, _chronicle, new JournalSalt(journal), operators, _time, new Presence(journal, _time), new Unwatched(), NullLogger<RevisionObserver>.Instance));
        _revision = new RunningRevision("default", Shop.Api, "deployment/shop/api", Shop.Uid, LiveTemplate.Digest(_shop.Live), LiveTemplate.Of(_shop.Live));
    }

    private WorkloadEvent.ConfigurationSeen? Recorded => _chronicle.Book.Knowledge(Shop.Uid).ConfigurationAt(_revision.Digest);

    private (string?, bool?) Known => (Recorded?.Configuration.ConfigMaps[0].Data!["MODE"], Recorded?.Good);

    [Fact]
    public async Task A_ConfigMap_that_was_edited_meanwhile_is_good_only_after_a_period_of_its_own()
    {
        await BecomesCurrentAsync(_revision.Digest);
        await RecordAsync("on", soaked: false);
        Known.ShouldBe(("on", false));
        await RecordAsync("edited", soaked: true);
        Known.ShouldBe(("edited", false), "it was not there for the whole period");
        await RecordAsync("edited", soaked: true);
        Known.ShouldBe(("edited", true));

        var told = _chronicle.Book.Sequence;
        await RecordAsync("broken", soaked: true);
        Known.ShouldBe(("edited", true));
        _chronicle.Book.Sequence.ShouldBe(told, "what has not lasted yet is no news of what is known to be good");
        await RecordAsync("broken", soaked: true);
        Known.ShouldBe(("broken", true));
    }

    [Fact]
    public async Task What_is_configured_now_is_not_recorded_of_a_revision_that_is_not_the_current_one_any_more()
    {
        await BecomesCurrentAsync("another");
        await RecordAsync("on", soaked: false);

        Recorded.ShouldBeNull();
    }

    private Task BecomesCurrentAsync(string digest) =>
        _chronicle.ChangeAsync(_ => [Entry.Of(Shop.Uid, new WorkloadEvent.BecameCurrent("w", digest, 1, ["v1"], Runs.Noon))], TestContext.Current.CancellationToken);

    private Task RecordAsync(string mode, bool soaked)
    {
        _shop.Cluster.Put(ResourceKind.ConfigMap, $$"""{"metadata": {"name": "settings", "namespace": "shop", "uid": "settings"}, "data": {"MODE": "{{mode}}"} }""");
        return _records.RecordAsync(_revision, soaked, TestContext.Current.CancellationToken);
    }
}
