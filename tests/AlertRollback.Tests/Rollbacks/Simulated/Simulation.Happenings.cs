using AlertRollback.Alerts;
using AlertRollback.Approvals;
using AlertRollback.Rollbacks;

namespace AlertRollback.Tests.Rollbacks.Simulated;

// What the lot may bring.
internal sealed partial class Simulation
{
    private async Task StepAsync()
    {
        await (_lot.Next(30) switch
        {
            0 or 1 => FireAsync(Pick(Fleet.Services)),
            2 => RecoverAsync(),
            3 or 22 or 23 or 24 or 25 or 26 => BreakAsync(),
            4 or 5 => ResolveAsync(told: _lot.Next(4) > 0),
            6 => RepeatAsync(),
            7 => Then("deploys", s => _fleet.Deploy(s, good: _lot.Next(2) == 0)),
            8 => Then("goes back by hand", _fleet.Back),
            9 or 10 => BrewAsync(),
            11 or 12 => AnswerAsync(),
            13 => StartByHandAsync(Pick(Shop.Playbooks)),
            28 => WipeAsync(),
            14 => KillSwitchAsync(),
            15 => KillAsync(),
            16 => ReloadAsync(),
            17 => FreezeAsync(),
            18 => Then("the weather clears up", _ => _fleet.ClearUp()),
            19 => LetGoAsync(),
            21 when _lot.Next(3) == 0 => LetADayPassAsync(),
            27 => FireAnewAsync(),
            20 when _lot.Next(2) == 0 => ChangeAsync(book => book.Global.Breaker is null ? [] : [Entry.Of(new GlobalEvent.BreakerReset("bob", "looked at it"))]),
            _ => Task.CompletedTask,
        });
        await PassAsync(TimeSpan.FromSeconds(_lot.Next(6) switch { 0 => 1, 1 => 10, 2 => 60, 3 => 240, 4 => 900, _ => 30 }));
    }

    private Task Then(string what, Action<string> act)
    {
        var service = Pick(Fleet.Services);
        Tell($"{service}: {what}");
        act(service);
        return ObserveAsync();
    }

    // What the service is there for.
    private async Task BreakAsync()
    {
        var service = Pick(Fleet.Services);
        if (!_fleet.Live(service).Good && _lot.Next(3) > 0)
        {
            Tell($"{service}: deploys what mends it");
            _fleet.Deploy(service, good: true);
            await ObserveAsync();
            await PassAsync(TimeSpan.FromMinutes(5));
            await RecoverAsync();
            await PassAsync(TimeSpan.FromMinutes(30));
        }

        Tell($"{service}: deploys a bad release");
        _fleet.Deploy(service, good: false);
        await ObserveAsync();
        await PassAsync(TimeSpan.FromMinutes(3));
        await FireAsync(service);
    }

    private async Task RecoverAsync()
    {
        foreach (var alert in _firing.Values.Where(a => _fleet.Live(a.Labels["service"]).Good).OrderBy(a => a.Fingerprint, StringComparer.Ordinal).ToList())
        {
            _firing.TryRemove(alert.Fingerprint, out _);
            await DeliverAsync(alert with { Status = AlertStatus.Resolved, EndsAt = _time.GetUtcNow() });
        }
    }

    private async Task FireAsync(string service)
    {
        var labels = LabelSet.Of(("alertname", Pick(["HighErrors", "Slow"])), ("severity", Pick(Shop.Severities)), ("service", service), ("pod", Pick(["a", "b"])));
        var alert = _firing.GetOrAdd(labels.Fingerprint, _ => new Alert(AlertStatus.Firing, labels, LabelSet.Empty, _time.GetUtcNow(), null, "", labels.Fingerprint));
        await DeliverAsync(alert);
    }

    private async Task ResolveAsync(bool told)
    {
        if (_firing.IsEmpty || !_firing.TryRemove(Pick([.. _firing.Keys.Order(StringComparer.Ordinal)]), out var alert))
            return;
        if (told)
            await DeliverAsync(alert with { Status = AlertStatus.Resolved, EndsAt = _time.GetUtcNow() });
        else
            Tell($"{Name(alert)}: resolves unheard");
    }

    // Whoever silenced it took care that nobody hears of the end.
    private async Task FireAnewAsync()
    {
        if (_firing.IsEmpty || !_firing.TryRemove(Pick([.. _firing.Keys.Order(StringComparer.Ordinal)]), out var alert))
            return;
        Tell($"{Name(alert)}: resolves unheard and fires anew");
        await PassAsync(TimeSpan.FromMinutes(2 + _lot.Next(60)));
        await DeliverAsync(_firing.GetOrAdd(alert.Fingerprint, _ => alert with { StartsAt = _time.GetUtcNow() }));
    }

    // What is called for meanwhile is parked for longer than an episode lasts, may make way at the end of it, and that for nothing.
    private async Task LetADayPassAsync()
    {
        var service = Pick(Fleet.Services);
        Tell("a day passes, and nothing may be done");
        await ChangeAsync(_ => [Entry.Of(new GlobalEvent.KillSwitchSet(true, false, "bob", "stocktaking"))]);
        await FireAsync(service);
        for (var i = 0; i < 7; i++)
        {
            await PassAsync(TimeSpan.FromHours(4));
            await RepeatAsync();
        }

        await FireAsync(service);
        await PassAsync(TimeSpan.FromMinutes(1));
        await ResolveAsync(told: true);
        await ChangeAsync(_ => [Entry.Of(new GlobalEvent.KillSwitchSet(false, false, "bob", "over"))]);
    }

    private async Task RepeatAsync()
    {
        foreach (var alert in _firing.Values.OrderBy(a => a.Fingerprint, StringComparer.Ordinal))
            await DeliverAsync(alert);
    }

    // As the intake does: the same message counts once; that it was heard of is noted.
    private async Task DeliverAsync(Alert alert)
    {
        if (alert.Status == AlertStatus.Firing)
            _disk.Heard[alert.Fingerprint] = _time.GetUtcNow();
        if (!_delivered.Add($"{alert.Fingerprint} {alert.Status} {alert.StartsAt} {alert.EndsAt} {_matrix.GetHashCode()}"))
            return;
        Tell($"{Name(alert)}: {alert.Status}");
        var message = new WebhookMessage([alert], 0, "http://am");
        _receipt++;
        while (!await DecideAsync(d => d.Dispatch(_receipt, _time.GetUtcNow(), message), _receipt))
        {
            await RestartAsync(TimeSpan.Zero);
            if (_disk.Journal.Decided.Contains(_receipt))
                return;
        }
    }

    private Task BrewAsync()
    {
        var weather = Pick(Enum.GetValues<Weather>());
        Tell($"weather: {weather}");
        _fleet.Brew(weather);
        switch (_lot.Next(14))
        {
            case 0:
                _fleet.CannotBeMeasured = true;
                break;
            case 1:
                _fleet.CannotBeRead = true;
                break;
            case 2:
                _fleet.AlertmanagerIsAway = true;
                break;
            case 3:
                _fleet.IsInUse = true;
                break;
        }

        return Task.CompletedTask;
    }

    private async Task AnswerAsync()
    {
        foreach (var asked in _process.Chronicle.Book.Open.Where(r => r.Approvals.Any(a => a.IsOpen)).ToList())
        {
            var by = Pick(["alice", "bob"]);
            var (yes, types) = (_lot.Next(4) > 0, _lot.Next(5) > 0);
            await ChangeAsync(book =>
            {
                var r = book.Rollbacks[asked.Id];
                if (r.CurrentPlan is not { } plan)
                    return [];
                var (events, _) = new PersonsAnswer(by, RolesOf.Person(by, r.Service, _operators), yes, plan.Digest, types ? r.Approvals.Select(a => a.Request.Answer).LastOrDefault(a => a is not null) : null).To(r);
                Tell($"{r.Id}: {by} says {(yes ? "yes" : "no")}, {events.Count} answers");
                return events.Select(e => Entry.Of(r, e));
            });
        }
    }

    // Whoever starts it is there to agree, and the machine may not be for long.
    private async Task WipeAsync()
    {
        await StartByHandAsync(Shop.Wipe);
        if (_lot.Next(2) == 0)
            _process.DieAfter(4 + _lot.Next(16), _lot.Next(2) == 0);
        var killed = _lot.Next(3) == 0;
        for (var i = 0; i < 3; i++)
        {
            await PassAsync(TimeSpan.FromSeconds(30));
            await AnswerAsync();
        }

        if (killed)
            await RestartAsync(TimeSpan.FromSeconds(30));
    }

    private async Task StartByHandAsync(string playbook)
    {
        var services = Fleet.Services.Where(_ => _lot.Next(2) == 0).ToList();
        var (by, shadow, key) = (Pick(["alice", "bob"]), _lot.Next(5) == 0, $"k{++_key}");
        var method = _lot.Next(4) == 0 && playbook != Shop.Wipe ? "quick" : null;
        await ChangeAsync(book =>
        {
            var outcome = new StartByHand(_matrix, _operators, _process.Catalog, by).Start(
                new StartRequest(playbook, services, "a drill", method, new Dictionary<string, string>(), shadow, key), book);
            Tell($"{by} starts {playbook} of {string.Join(", ", services)}: {outcome.Refusal?.Text ?? string.Join(", ", outcome.Ids)}");
            return outcome.Entries;
        });
    }

    private Task LetGoAsync()
    {
        var service = Pick(Fleet.Services);
        return ChangeAsync(book =>
        {
            if (book.Knowledge(service).Quarantine.Keys.Order(StringComparer.Ordinal).FirstOrDefault() is not { } version)
                return [];
            Tell($"{version} is let go");
            _fleet.LetGo(version);
            return [Entry.Of(service, new WorkloadEvent.Unpinned($"deployment/production/{service}", version, "bob", "not to blame"))];
        });
    }

    private Task KillSwitchAsync()
    {
        var on = _lot.Next(5) == 0;
        var now = on && _lot.Next(2) == 0;
        Tell($"kill switch {(on ? "on" : "off")}{(now ? ", now" : "")}");
        return ChangeAsync(_ => [Entry.Of(new GlobalEvent.KillSwitchSet(on, now, "bob", "a drill"))]);
    }

    private Task FreezeAsync()
    {
        var service = Pick(Fleet.Services);
        DateTimeOffset? until = _lot.Next(2) == 0 ? _time.GetUtcNow() + TimeSpan.FromMinutes(20) : null;
        Tell($"{service}: {(until is null ? "thaws" : "freezes")}");
        return ChangeAsync(_ => [Entry.Of(new GlobalEvent.Frozen(service, until, "bob", "a drill"))]);
    }

    private async Task KillAsync()
    {
        if (_lot.Next(3) == 0)
        {
            await RestartAsync(Downtime());
            return;
        }

        _process.DieAfter(1 + _lot.Next(12), _lot.Next(2) == 0);
    }
}
