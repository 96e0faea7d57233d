using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Containers;
using AlertRollback.Rollbacks;
using AlertRollback.Tests.Matrix;
using AlertRollback.Tests.Playbooks.Containers;
using AlertRollback.Tests.Rollbacks.Guards;
using AlertRollback.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.Rollbacks;

/// <summary>What is remembered of containers: the same as of workloads, by the image's id.</summary>
public sealed class ContainerObserverTests : IAsyncDisposable
{
    private static readonly TimeSpan Soak = TimeSpan.FromMinutes(1);

    private readonly Unwatched _unwatched = new();
    private readonly FakeTimeProvider _time = new(Runs.Noon);
    private readonly MemoryJournal _journal = new();
    private PretendEngine _engine = null!;
    private Chronicle _chronicle = null!;
    private ContainerObserver? _observer;
    private string _address = "";

    [Fact]
    public async Task S3_S9_A_container_that_runs_for_the_soak_period_is_known_good_and_as_old_as_it_is()
    {
        await StartAsync();

        var known = await UntilAsync(k => k.Good.Count == 1);

        known.Current!.Digest.ShouldBe(PretendEngine.Good);
        known.Current.Images.ShouldBe(["rental-api:v1"]);
        known.Current.At.ShouldBe(new DateTimeOffset(2026, 11, 23, 9, 0, 0, TimeSpan.Zero));
        known.CurrentIsComplete.ShouldBeTrue();
        (_time.GetUtcNow() - Runs.Noon).ShouldBeGreaterThanOrEqualTo(Soak);
    }

    [Fact]
    public async Task What_ran_before_is_remembered_once_another_image_runs_and_found_in_the_ledger()
    {
        await StartAsync();
        await UntilAsync(k => k.Good.Count == 1);
        _engine.Run("rental-api-prod", "rental-api:v2");
        await UntilAsync(k => k.Current!.Digest == PretendEngine.Bad);

        var ledger = new RevisionLedger(_chronicle, Operators(), _time);
        ledger.Earlier(_address).ShouldBe([new EarlierRelease(PretendEngine.Good, "rental-api:v1")]);
        ledger.IsKnownGood(_address, PretendEngine.Good).ShouldBeTrue();
        ledger.IsKnownGood(_address, PretendEngine.Bad).ShouldBeFalse();
    }

    [Theory]
    [InlineData("rental", "rental-api-prod", true)]
    [InlineData("rental", "another", false)]
    [InlineData("reports", "rental-api-prod", false)]
    public async Task A_service_is_known_by_the_address_of_the_container_it_declares_as_far_as_its_team_was_granted_it(string team, string name, bool known)
    {
        await StartAsync();
        var service = new ServiceDefinition(team, "rental-api", null, null, null, null);

        GrantedEngines.AddressOf(Operators(), service).ShouldBeNull();
        var declaring = service with { Settings = new JsonObject { ["container"] = new JsonObject { ["host"] = "rental-vm", ["name"] = name } } };
        GrantedEngines.AddressOf(Operators(), declaring).ShouldBe(known ? _address : null);
    }

    [Fact]
    public async Task A_container_that_is_gone_begins_its_soak_period_anew()
    {
        await StartAsync();
        await UntilAsync(k => k.CurrentIsComplete);
        _engine.Remove("rental-api-prod");
        var gone = _time.GetUtcNow() + Soak * 2;
        await UntilAsync(_ => _time.GetUtcNow() > gone);

        _chronicle.Book.Knowledge(_address).Good.ShouldBeEmpty();
        _engine.Run("rental-api-prod", "rental-api:v1");
        await UntilAsync(k => k.Good.Count == 1);
        (_time.GetUtcNow() - gone).ShouldBeGreaterThanOrEqualTo(Soak);
    }

    public async ValueTask DisposeAsync()
    {
        if (_observer is not null)
            await _observer.StopAsync(CancellationToken.None);
        _observer?.Dispose();
        await _engine.DisposeAsync();
    }

    private OperatorConfiguration Operators() => new()
    {
        Matrix = "unused",
        Journal = "",
        Safety = new SafetyLimits { Soak = Soak },
        Teams = new Dictionary<string, TeamGrants> { ["rental"] = new() { Engines = new Dictionary<string, GrantedEngine> { ["rental-vm"] = _engine.Grant } } },
    };

    private async Task StartAsync()
    {
        _engine = await PretendEngine.StartAsync();
        _engine.Run("rental-api-prod", "rental-api:v1");
        var operators = Operators();
        var catalog = FakeCatalog.Create();
        _chronicle = new Chronicle(_journal, _time);
        var matrix = new MatrixSource(operators, catalog, _journal, _time, NullLogger<MatrixSource>.Instance);
        var engines = new GrantedEngines(operators, _time);
        _address = engines.Find("rental", "rental-vm", "rental-api-prod")!.Address;
        var parts = new ObserverParts(new Clusters(new NoCluster("none")), matrix, catalog, _chronicle, new JournalSalt(_journal), operators, _time, new Presence(_journal, _time), _unwatched, NullLogger<RevisionObserver>.Instance);
        _observer = new ContainerObserver(parts, engines);
        await _observer.StartAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Lets time pass until the container is known as wanted.</summary>
    private async Task<WorkloadKnowledge> UntilAsync(Func<WorkloadKnowledge, bool> wanted, [CallerArgumentExpression(nameof(wanted))] string what = "")
    {
        await Until.TrueAsync(
            () =>
            {
                if (wanted(_chronicle.Book.Knowledge(_address)))
                    return true;
                _time.Advance(TimeSpan.FromSeconds(1));
                return false;
            },
            what, TimeSpan.FromMilliseconds(1));
        return _chronicle.Book.Knowledge(_address);
    }
}
