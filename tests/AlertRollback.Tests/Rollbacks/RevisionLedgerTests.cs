using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Rollbacks;
using AlertRollback.Tests.Rollbacks.Guards;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.Rollbacks;

public sealed class RevisionLedgerTests
{
    private const string Here = "deployment/production/rental-api";

    private readonly FakeTimeProvider _time = new(Runs.Noon);
    private readonly Chronicle _chronicle;
    private readonly RevisionLedger _ledger;

    public RevisionLedgerTests()
    {
        _chronicle = new Chronicle(new MemoryJournal(), _time);
        _ledger = new RevisionLedger(_chronicle, new OperatorConfiguration { Matrix = "", Journal = "" }, _time);
    }

    [Fact]
    public async Task S3_a_quarantine_ends_by_its_journalled_deadline()
    {
        (await QuarantineAsync("r1")).ShouldBeNull();
        _ledger.IsQuarantined("u", "d").ShouldBeTrue();
        _time.Advance(TimeSpan.FromDays(30) - TimeSpan.FromSeconds(1));
        _ledger.IsQuarantined("u", "d").ShouldBeTrue();
        _time.Advance(TimeSpan.FromSeconds(1));
        _ledger.IsQuarantined("u", "d").ShouldBeFalse();
        (await QuarantineAsync("r2")).ShouldBeNull();
        _ledger.IsQuarantined("u", "d").ShouldBeTrue("rolled back from once more");
    }

    [Fact]
    public async Task What_a_person_let_go_is_not_quarantined_again_by_the_same_rollback()
    {
        await QuarantineAsync("r1");
        await AppendAsync("u", new WorkloadEvent.Unpinned(Here, "d", "ada", "fixed"));
        await QuarantineAsync("r1");
        _ledger.IsQuarantined("u", "d").ShouldBeFalse();
        await QuarantineAsync("r2");
        _ledger.IsQuarantined("u", "d").ShouldBeTrue();
    }

    [Theory]
    // services that fire | seen complete elsewhere | that workload fires too | spared
    [InlineData(6, true, false, true)]
    [InlineData(5, true, false, false)]
    [InlineData(6, false, false, false)]
    [InlineData(6, true, true, false)]
    public async Task In_a_storm_of_the_platform_a_version_that_runs_well_elsewhere_is_not_blamed(int firing, bool complete, bool firesToo, bool spared)
    {
        await AppendAsync("other", new WorkloadEvent.BecameCurrent(firesToo ? "deployment/production/s0" : "deployment/production/well", "d", 0, ["shop/api:v2"], Runs.Noon));
        if (complete)
            await AppendAsync("other", new WorkloadEvent.Completed("w", "d"));
        await _chronicle.ChangeAsync(_ => Enumerable.Range(0, firing).Select(i => Entry.Of(RunOf(i), ProposedOf(i))), TestContext.Current.CancellationToken);

        var why = await QuarantineAsync("r1");

        (why is not null).ShouldBe(spared, why);
        _ledger.IsQuarantined("u", "d").ShouldBe(!spared);
        (await QuarantineAsync("r1")).ShouldBe(why, "the same after a crash");
    }

    [Fact]
    public async Task A_rollback_that_goes_further_back_never_goes_where_it_came_from_although_a_storm_spared_it()
    {
        await AppendAsync("other", new WorkloadEvent.BecameCurrent("deployment/production/well", "d", 0, ["shop/api:v2"], Runs.Noon));
        await AppendAsync("other", new WorkloadEvent.Completed("w", "d"));
        await _chronicle.ChangeAsync(_ => Enumerable.Range(0, 6).Select(i => Entry.Of(RunOf(i), ProposedOf(i))), TestContext.Current.CancellationToken);
        (await QuarantineAsync("r1")).ShouldNotBeNull();

        bool IsRefused(string? rollback) => ((IRevisionLedger)_ledger).Knowledge("u", rollback).IsQuarantined("d");
        IsRefused("r1").ShouldBeTrue();
        IsRefused("r1-undo").ShouldBeTrue("the playbook that took over");
        IsRefused("r10").ShouldBeFalse("another one");
        IsRefused(null).ShouldBeFalse("a person who looks");
    }

    [Theory]
    [InlineData("rollout_undo", true)]
    [InlineData("helm_rollback", false)]
    public async Task When_a_release_was_left_is_told_unless_helm_itself_went_away_from_it(string action, bool told)
    {
        var step = Runs.PlanOf(null).Steps[0] with { Action = action, Pin = new() { ["origin"] = new System.Text.Json.Nodes.JsonObject { ["digest"] = "d" } } };
        var run = RunOf(1);
        await _chronicle.ChangeAsync(_ => [Entry.Of(run, ProposedOf(1)), Entry.Of(run, new RollbackEvent.PlanMade(Plan.Of(0, "kubernetes", [step])))], TestContext.Current.CancellationToken);
        await QuarantineAsync("r1");

        _ledger.TimesLeft(Here).ShouldBe(told ? [new LeftTime(Runs.Noon, true)] : []);
        _ledger.TimesLeft("deployment/production/other").ShouldBeEmpty();
        await AppendAsync("u", new WorkloadEvent.Unpinned(Here, "d", "ada", "fixed"));
        _ledger.TimesLeft(Here).ShouldBe(told ? [new LeftTime(Runs.Noon, false)] : []);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Since_when_a_release_ran_that_was_left_is_told_until_it_comes_back(bool back)
    {
        await AppendAsync("u", new WorkloadEvent.BecameCurrent(Here, "d", 1, [], Runs.At(-10)));
        await QuarantineAsync("r1");
        await AppendAsync("u", new WorkloadEvent.BecameCurrent(Here, "before", 2, [], Runs.At(0)));
        if (back)
            await AppendAsync("u", new WorkloadEvent.BecameCurrent(Here, "d", 3, [], Runs.At(1)));

        _ledger.TimesLeft(Here).ShouldBe([new LeftTime(Runs.Noon, true, back ? null : Runs.At(-10))]);
    }

    [Fact]
    public async Task What_is_barred_is_barred_in_a_storm_too_and_until_a_person_or_its_own_rollback_lets_it_go()
    {
        await AppendAsync("other", new WorkloadEvent.BecameCurrent("deployment/production/well", "d", 0, ["shop/api:v2"], Runs.Noon));
        await AppendAsync("other", new WorkloadEvent.Completed("w", "d"));
        await _chronicle.ChangeAsync(_ => Enumerable.Range(0, 6).Select(i => Entry.Of(RunOf(i), ProposedOf(i))), TestContext.Current.CancellationToken);

        await BarAsync("r1");
        _time.Advance(TimeSpan.FromDays(400));
        _ledger.IsQuarantined("u", "d").ShouldBeTrue();
        _ledger.WhyBarred("u", "d").ShouldBe("reads it");
        _ledger.WasLeftBy("r1", "u", "d").ShouldBeFalse("it may never have run in this rollback");

        await BarAsync("r2");
        await _ledger.UnbarAsync("u", Here, "r2", TestContext.Current.CancellationToken);
        _ledger.IsQuarantined("u", "d").ShouldBeTrue("another rollback's");
        await _ledger.UnbarAsync("u", Here, "r1", TestContext.Current.CancellationToken);
        _ledger.IsQuarantined("u", "d").ShouldBeFalse();

        await BarAsync("r3");
        await AppendAsync("u", new WorkloadEvent.Unpinned(Here, "d", "ada", "revoked"));
        await BarAsync("r3");
        _ledger.IsQuarantined("u", "d").ShouldBeFalse("a person let it go");
    }

    [Fact]
    public async Task S3_what_is_rolled_back_from_once_more_is_kept_out_for_as_long_as_the_first_time()
    {
        await QuarantineAsync("r1");
        _time.Advance(TimeSpan.FromDays(10));
        await QuarantineAsync("r2");
        _time.Advance(TimeSpan.FromDays(29));
        _ledger.IsQuarantined("u", "d").ShouldBeTrue();
        _time.Advance(TimeSpan.FromDays(1));
        _ledger.IsQuarantined("u", "d").ShouldBeFalse();
    }

    [Fact]
    public async Task That_a_storm_spared_it_once_is_not_said_when_it_is_quarantined_by_another_rollback()
    {
        await AppendAsync("u", new WorkloadEvent.QuarantineWithheld(Here, "d", ["shop/api:v2"], "r0", "a storm"));

        (await QuarantineAsync("r1")).ShouldBeNull();
        _ledger.IsQuarantined("u", "d").ShouldBeTrue();
    }

    [Fact]
    public async Task In_a_storm_a_release_is_not_spared_because_of_its_own_good_days()
    {
        await AppendAsync("u", new WorkloadEvent.BecameCurrent(Here, "d", 0, ["shop/api:v2"], Runs.Noon));
        await AppendAsync("u", new WorkloadEvent.Completed(Here, "d"));
        await _chronicle.ChangeAsync(_ => Enumerable.Range(0, 6).Select(i => Entry.Of(RunOf(i), ProposedOf(i))), TestContext.Current.CancellationToken);

        (await QuarantineAsync("r1")).ShouldBeNull();
    }

    [Fact]
    public async Task S9_a_release_that_was_good_for_a_while_before_it_went_bad_was_not_put_back()
    {
        _time.Advance(TimeSpan.FromMinutes(31));
        await AppendAsync("u", new WorkloadEvent.KnownGood(Here, "d", 0, []));

        _ledger.WasPutBack("u", "d", Runs.Noon).ShouldBeFalse("it became current before it was known to be good");
        _ledger.WasPutBack("u", "d", Runs.At(60)).ShouldBeTrue();
    }

    [Theory]
    [InlineData(-10, false)]
    [InlineData(0.2, true)]
    [InlineData(10, false)]
    public async Task S9_what_became_current_before_or_after_an_undo_is_not_what_it_went_back_to(double since, bool putBack)
    {
        var run = Runs.Proposed("undo");
        await _chronicle.ChangeAsync(_ => [Entry.Of(run, run.Timeline[0].Event), Entry.Of(run, new RollbackEvent.Started([], []))], TestContext.Current.CancellationToken);
        await QuarantineAsync("undo");

        _ledger.WasPutBack("u", "other", Runs.At(since)).ShouldBe(putBack);
    }

    private static RollbackState RunOf(int i) => Runs.Proposed($"r{i}", workload: $"s{i}");

    private static RollbackEvent ProposedOf(int i)
    {
        var proposed = (RollbackEvent.Proposed)RunOf(i).Timeline[0].Event;
        return proposed with { Service = proposed.Service with { Name = $"s{i}" } };
    }

    private Task AppendAsync(string uid, WorkloadEvent e) => _chronicle.ChangeAsync(_ => [Entry.Of(uid, e)], TestContext.Current.CancellationToken);

    private Task BarAsync(string rollback) => _ledger.BarAsync("u", Here, "d", ["shop/api:v2"], rollback, "reads it", TestContext.Current.CancellationToken);

    private Task<string?> QuarantineAsync(string rollback) => _ledger.QuarantineAsync("u", Here, "d", ["shop/api:v2"], rollback, TestContext.Current.CancellationToken);
}
