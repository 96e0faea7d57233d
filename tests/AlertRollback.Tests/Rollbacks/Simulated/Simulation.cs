using System.Collections.Concurrent;
using AlertRollback.Alerts;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Rollbacks;
using AlertRollback.Rollbacks.Running;
using AlertRollback.Storage;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.Rollbacks.Simulated;

/// <summary>Hours in which alerts, people, other releases, faults and kills come as the lot has it.</summary>
internal sealed partial class Simulation
{
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(3);

    private readonly Random _lot;
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly Disk _disk = new(new MemoryJournal(), new ConcurrentDictionary<string, DateTimeOffset>());
    private readonly Fleet _fleet;
    private readonly bool _standsStill;
    private OperatorConfiguration _operators;
    private readonly ConcurrentDictionary<string, Alert> _firing = [];
    private readonly HashSet<string> _delivered = [];
    private readonly List<string> _story = [];
    private Process _process = null!;
    private DecisionMatrix _matrix = null!;
    private DecisionMatrix _inUse = null!;
    private DateTimeOffset? _onlyPlansSince;
    private long _receipt;
    private int _key;

    private Simulation(int seed)
    {
        _lot = new Random(seed);
        _operators = Shop.Operators() with { Safety = new SafetyLimits { BreakerTargets = _lot.Next(4) == 0 ? 2 : 50 } };
        _standsStill = _lot.Next(2) == 0;
        _fleet = new Fleet(_time) { Fires = _firing.ContainsKey };
    }

    /// <summary>What went against the rules, with all that happened; empty when nothing did. And the journal of it, as it was committed.</summary>
    public static async Task<(IReadOnlyList<string> Violations, IReadOnlyList<IReadOnlyList<StoredEvent>> Commits)> RunAsync(int seed, int steps)
    {
        var simulation = new Simulation(seed);
        await simulation.BeginAsync();
        for (var step = 0; step < steps; step++)
            await simulation.StepAsync();
        return await simulation.EndAsync();
    }

    private async Task BeginAsync()
    {
        foreach (var service in Fleet.Services)
            _fleet.Deploy(service, good: true);
        await StartAsync(newMatrix: true);
        for (var i = 1; i < 4; i++)
        {
            foreach (var service in Fleet.Services)
            {
                await PassAsync(TimeSpan.FromMinutes(20));
                _fleet.Deploy(service, good: i < 3);
            }
        }
    }

    private async Task StartAsync(bool newMatrix)
    {
        _process = await Process.StartAsync(_fleet, _disk, p => new Catalog(
            [new SimulatedUndo(_fleet, p, _time), new SimulatedSwitch(_fleet, p), new SimulatedBorrow(_fleet, p, _time), new SimulatedWipe(_fleet, p, _time), new SimulatedLook(_fleet, _time), new SimulatedPage()], [new SimulatedCheck(_fleet), new SimulatedCount(_fleet)]),
            _operators, new SimulatedAlerts(() => _fleet.AlertmanagerIsAway, () => [.. _firing.Values.Select(a => new FiringAlert(a.Labels.ToDictionary(l => l.Key, l => l.Value), false))]), _time);
        if (newMatrix)
            _matrix = Shop.Matrix(_lot, _process.Catalog, _operators);
        await DecideAsync(d => d.DecideAnew());
        Use(_matrix);
        _process.Presence = _standsStill ? new Presence(_disk.Journal, _time) : null;
        (_process.OnlyPlansSince, _process.Services) = (() => _onlyPlansSince, () => _inUse.Services);
        await ObserveAsync();
        await _process.RunAsync();
    }

    private TimeSpan Downtime() => TimeSpan.FromSeconds(_lot.Next(4) switch { 0 => 2, 1 => 60, 2 => 1500, _ => 20_000 });

    private async Task RestartAsync(TimeSpan downtime)
    {
        await _process.KillAsync();
        _time.Advance(downtime);
        var shadow = _lot.Next(12) == 0;
        var others = shadow != _operators.Shadow;
        _operators = _operators with { Shadow = shadow };
        Tell($"killed; comes back after {downtime}{(shadow ? ", in shadow" : "")}");
        await StartAsync(newMatrix: others || _lot.Next(5) == 0);
    }

    private async Task ReloadAsync()
    {
        Tell("another matrix");
        _matrix = Shop.Matrix(_lot, _process.Catalog, _operators);
        await DecideAsync(d => d.DecideAnew());
        Use(_matrix);
    }

    private void Use(DecisionMatrix matrix)
    {
        _inUse = matrix;
        _onlyPlansSince = matrix.Teams.Any(t => t.Shadow) ? _onlyPlansSince ?? _time.GetUtcNow() : null;
    }

    private async Task PassAsync(TimeSpan span)
    {
        // Until then it was there.
        _ = _process.Presence?.Now;
        _time.Advance(span);
        await SettleAsync();
        await ObserveAsync();
        if (_process.IsDead)
            await RestartAsync(Downtime());

        // As the dispatcher does between receipts.
        foreach (var (cause, resolvedAt, resolutionHeardAt) in Dispatcher.Resolved(_process.Chronicle.Book, _time.GetUtcNow()))
        {
            if (_disk.Heard.TryGetValue(cause.Fingerprint, out var heard) && heard > resolutionHeardAt && heard <= _time.GetUtcNow())
                await DecideAsync(d => d.FireAgain(cause, resolvedAt, heard));
        }

        await DecideAsync(d => d.DecideWhatGaveWay());
    }

    private async Task ObserveAsync()
    {
        try
        {
            await _process.ObserveAsync();
        }
        catch (OperationCanceledException)
        {
            // It died of it.
        }
    }

    private async Task SettleAsync()
    {
        while (true)
        {
            var book = _process.Chronicle.Book;
            try
            {
                await _process.Chronicle.ChangedSince(book).WaitAsync(Quiet, TestContext.Current.CancellationToken);
            }
            catch (TimeoutException)
            {
                return;
            }
        }
    }

    private Task<bool> DecideAsync(Func<Dispatching, IReadOnlyList<Entry>> decide, long? receipt = null) =>
        ChangeAsync(book => decide(new Dispatching(book, _time.GetUtcNow(), _matrix.Decide) { OnlyPlans = _matrix.OnlyPlans }), receipt);

    /// <summary>False when the process died of it: nobody got an answer.</summary>
    private async Task<bool> ChangeAsync(Func<Book, IEnumerable<Entry>> decide, long? receipt = null)
    {
        try
        {
            await _process.Chronicle.ChangeAsync(decide, CancellationToken.None, receipt);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task<(IReadOnlyList<string> Violations, IReadOnlyList<IReadOnlyList<StoredEvent>> Commits)> EndAsync()
    {
        if (_process.IsDead)
            await RestartAsync(TimeSpan.Zero);
        _process.DieAfter(int.MaxValue, kept: true);
        _fleet.ClearUp();
        Tell("all is well again");
        await RepeatAsync();
        await ChangeAsync(_ => [Entry.Of(new GlobalEvent.KillSwitchSet(false, false, "bob", "over")), Entry.Of(new GlobalEvent.BreakerReset("bob", "over")), .. Fleet.Services.Select(s => Entry.Of(new GlobalEvent.Frozen(s, null, "bob", "over")))]);
        await ComeToRestAsync();

        // What gave way to a run that went well is decided after their holds.
        await PassAsync(TimeSpan.FromMinutes(30));
        await ComeToRestAsync();

        var violations = _fleet.Violations.ToList();
        var commits = _disk.Journal.Commits;
        var book = Audit.Of([.. commits.SelectMany(c => c)], _operators, violations);
        foreach (var alert in _firing.Values)
        {
            if (_matrix.Decide(alert.Labels) is Decision.Act act && Audit.Lost(book, act, alert) is { } lost)
                violations.Add($"{Name(alert)} fires since {alert.StartsAt:dd HH:mm:ss}, and {lost}");
        }

        var live = _process.Chronicle.Book;
        if (live.Rollbacks.Values.Any(r => RollbackWorld.Describe(live).Length != RollbackWorld.Describe(book).Length))
            violations.Add("what was seen is not what is written down");
        await _process.KillAsync();
        return (violations.Count == 0 ? [] : [.. violations, "the story:", .. _story, "the runs:", .. book.Rollbacks.Values.Select(Describe)], commits);
    }

    private async Task ComeToRestAsync()
    {
        // What gave way is decided when the hold of what it gave way to is over.
        for (var i = 0; i < 600 && (_process.Chronicle.Book.Open.Any() || _process.Chronicle.Book.Rollbacks.Values.Any(r => r.HoldUntil > _time.GetUtcNow())); i++)
        {
            await PassAsync(i % 2 == 0 ? TimeSpan.FromSeconds(10) : TimeSpan.FromMinutes(5));
            if (i % 3 == 0)
                await RepeatAsync();
            await ChangeAsync(book => book.Global.Breaker is null ? [] : [Entry.Of(new GlobalEvent.BreakerReset("bob", "over"))]);
        }
    }

    private static string Describe(RollbackState r) =>
        $"{r.Id} after={r.After} {r.Row.Name} {r.Playbook.Name}{(r.Shadow ? " shadow" : "")}\n{string.Join("\n", r.Timeline.Select(t => $"    {t.Sequence} {t.At:dd HH:mm:ss} {t.Event.GetType().Name} {Short(t.Event)}"))}";

    private static string Short(RollbackEvent e) => e switch
    {
        RollbackEvent.Closed x => $"{x.Outcome} {x.Reason} {x.Text}",
        RollbackEvent.Parked x => $"{x.Reason} {x.Text}",
        RollbackEvent.Paged x => $"{x.Reason} {x.Text}",
        RollbackEvent.CallPutOff x => $"{x.Reason} by {x.By} until {x.Until:HH:mm:ss}",
        RollbackEvent.StepEnded x => $"{x.Key} {x.Result} {x.Text}",
        RollbackEvent.StepRestored x => $"{x.Key} {x.Result} {x.Text}",
        RollbackEvent.CauseAttached x => x.Cause.Fingerprint,
        RollbackEvent.CauseResolved x => $"{x.Fingerprint} asked={x.Asked}",
        RollbackEvent.ApprovalRequested x => $"{x.Ask} {x.Otherwise}",
        RollbackEvent.PlanMade x => x.Plan.Digest[..8],
        RollbackEvent.Verified x => $"{x.Verdict}",
        RollbackEvent.MethodFailed x => x.Text,
        _ => "",
    };

    private static string Name(Alert alert) => $"{alert.Name} {alert.Labels["severity"]} {alert.Labels["service"]}/{alert.Labels["pod"]} ({alert.Fingerprint})";

    private void Tell(string what) => _story.Add($"  {_time.GetUtcNow():dd HH:mm:ss} {what}");

    private T Pick<T>(IReadOnlyList<T> of) => of[_lot.Next(of.Count)];
}
