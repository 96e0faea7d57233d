using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Rollbacks.Guards;

namespace AlertRollback.Rollbacks.Running;

// From the alert to the first write: guards, pins, guards again.
public sealed partial class RollbackWorker
{
    private static readonly TimeSpan SoonestPlanAgain = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LatestPlanAgain = TimeSpan.FromSeconds(30);

    private async Task MakePlanAsync(CancellationToken cancellation)
    {
        // Before anybody is asked or called.
        if (await CameLateAsync(cancellation))
            return;
        if (await RefusedByPureGuardsAsync(cancellation))
            return;

        var planning = await PlanAsync(cancellation);

        // It took its time, and what was planned is planned anew.
        if (planning is Planning.Planned { Plan: var plan } && await NoteGoneBeforeAsync(plan, cancellation))
            return;
        var read = await ReadAsync(planning, cancellation);
        await AppendAsync((now, book) => Planned(now, book, planning, read), cancellation);
        _plannedAt = planning is Planning.Planned ? parts.Time.GetUtcNow() : null;
    }

    private Task<Planning> PlanAsync(CancellationToken cancellation) => TryPlanAsync("the plan", () => parts.Planner.PlanAsync(Rollback, 0, cancellation), cancellation);

    // A fault that never ends would be tried again for ever, and nobody would hear of it.
    private async Task<Planning> TryPlanAsync(string what, Func<Task<Planning>> plan, CancellationToken cancellation)
    {
        try
        {
            return await plan();
        }
        catch (Exception fault) when (fault is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            LogStepFault(parts.Log, id, what, fault);
            return new Planning.CannotTell(fault.Message);
        }
    }

    // What the playbook's own guards see: asked as often as the plan is made.
    private async Task<IReadOnlyList<GuardResult>> ReadAsync(Planning planning, CancellationToken cancellation)
    {
        if (planning is not Planning.Planned planned)
            return [];
        return await parts.Reading.JudgeAsync(Rollback.Playbook, Rollback.Service, planned.Plan, PlanContext(planned.Plan), cancellation);
    }

    private CheckContext PlanContext(Plan plan)
    {
        var now = parts.Time.GetUtcNow();
        return new CheckContext(id, Rollback.Service, now, now, plan.Steps.ToDictionary(s => s.Key, s => s.Pin)) { Run = Rollback.Facts, LookingSince = LookingSince(Rollback) };
    }

    // While nobody was there nobody looked.
    private DateTimeOffset LookingSince(RollbackState rollback) =>
        parts.NextMove.Attendance.Since is var here && rollback.LookingSince > here ? rollback.LookingSince : here;

    private async Task<bool> RefusedByPureGuardsAsync(CancellationToken cancellation)
    {
        var at = parts.Time.GetUtcNow();
        if (parts.Guards.Refusal(Rollback, _chronicle.Book, at) is not { } refusal)
            return false;
        if (refusal.Refusal == Reason.Ineffective)
            await NoteGoneAsync(cancellation);
        await _chronicle.ChangeAsync(book => RefusedByPureGuards(book, at), cancellation);
        return true;
    }

    // The guards are judged on the newest picture; when they pass by now, nothing is written and the next look goes on.
    private IEnumerable<Entry> RefusedByPureGuards(Book book, DateTimeOffset at)
    {
        var now = book.Rollbacks[id];
        var results = parts.Guards.Judge(now, book, at);
        if (!now.IsOpen || now.IsCalledOff || results.FirstOrDefault(g => !g.Passed) is not { } refusal)
            return [];
        var entries = CallingOnce(Refused(now, results, refusal), book).Select(e => Entry.Of(now, e));
        return refusal.Refusal == Reason.Breaker && book.Global.Breaker is null
            ? entries.Prepend(Entry.Of(new GlobalEvent.BreakerTripped(parts.Guards.BreakerText)))
            : entries;
    }

    private IEnumerable<RollbackEvent> Refused(RollbackState rollback, IReadOnlyList<GuardResult> results, GuardResult refusal)
    {
        yield return new RollbackEvent.GuardsJudged(results);
        if (refusal.Parks)
        {
            foreach (var e in Waiting(rollback, new RollbackEvent.Parked(refusal.Refusal!.Value, refusal.Text, refusal.LapsesAt) { Service = refusal.Service }))
                yield return e;
            yield break;
        }

        var outcome = refusal.Refusal == Reason.Ineffective ? Outcome.Ineffective : Outcome.Refused;
        foreach (var e in NextMove.Close(rollback, outcome, refusal.Refusal!.Value, refusal.Text).Events)
            yield return e;
    }

    /// <summary>
    /// What failed and called nobody, because this was to take over, must not stay as it is unheard for as long as this waits:
    /// people are called once. What cannot be told is only asked again, and calls them by its end. What only a person lets go on calls
    /// them as well, each time it begins, and a freeze does not: who freezes a service is at it.
    /// </summary>
    private IEnumerable<RollbackEvent> Waiting(RollbackState rollback, RollbackEvent.Parked parked) => rollback switch
    {
        { Shadow: true } => [parked],
        { HasCalled: false, After: { } failed } when parked.Reason != Reason.CannotTell =>
            [NextMove.Page(rollback, parked.Reason, $"{failed} failed, and what was to take over waits: {parked.Text}"), parked],
        { Manual: null } when parked.Reason is Reason.KillSwitch or Reason.Breaker => [CalledBefore.Again(rollback, parked, parts.Time.GetUtcNow()), parked],
        _ => [parked],
    };

    private IEnumerable<RollbackEvent> Planned(RollbackState now, Book book, Planning planning, IReadOnlyList<GuardResult> read)
    {
        var at = parts.Time.GetUtcNow();
        var results = parts.Guards.Judge(now, book, at).ToList();
        if (now.IsCalledOff || results.Any(g => !g.Passed))
            return [];

        IReadOnlyList<GuardResult> reading = [.. Judge(now, planning, book, at), .. read];
        results.AddRange(reading);
        if (reading.FirstOrDefault(g => !g.Passed) is { } refusal)
            return Refused(now, results, refusal);

        var plan = ((Planning.Planned)planning).Plan;
        List<RollbackEvent> events = [new RollbackEvent.GuardsJudged(results), new RollbackEvent.PlanMade(plan)];
        if (now.Shadow)
            events.Add(new RollbackEvent.Closed(Outcome.Shadowed, Reason.Shadow, "shadow mode: this is what would have been done; nothing was changed"));
        return events;
    }

    /// <summary>The guards that had to read: what the pin said, and change attribution.</summary>
    private IReadOnlyList<GuardResult> Judge(RollbackState rollback, Planning planning, Book book, DateTimeOffset at) => planning switch
    {
        Planning.Refused refused => [GuardResult.Refuse("target", refused.Reason, refused.Text)],
        Planning.CannotTell unknown when at - LookingSince(rollback) < parts.Operators.Safety.StaleAfter =>
            [GuardResult.Park("target", Reason.CannotTell, unknown.Text, at + PlanAgain(at - LookingSince(rollback)))],
        Planning.CannotTell unknown => [GuardResult.Refuse("target", Reason.CannotTell, unknown.Text)],
        Planning.Planned when StaleStart(rollback, book, at) is { } stale => [stale],
        Planning.Planned planned =>
        [
            GuardResult.Pass("target", string.Join(", ", planned.Plan.Steps.Where(s => s.ChangesProduction).Select(s => $"{s.From} → {s.To}"))),
            Attribution.Judge(rollback, planned.Plan, book, at),
            Reversibility(rollback, planned.Plan),

            // A freeze is waited for with the plan in the journal, which says what it is waited for.
            .. parts.Guards.Reached.Judge(rollback, planned.Plan, book, at) is { Parks: false } reach ? [reach] : Array.Empty<GuardResult>(),
        ],
        _ => [],
    };

    // What cannot be read is back in a moment or not soon, and each look is written down.
    private static TimeSpan PlanAgain(TimeSpan lookedFor) => TimeSpan.FromSeconds(Math.Clamp(lookedFor.TotalSeconds / 6, SoonestPlanAgain.TotalSeconds, LatestPlanAgain.TotalSeconds));

    // Forces an approval; where nobody could give one, it is not done.
    private static GuardResult Reversibility(RollbackState rollback, Plan plan) => (plan.Irreversible ?? (plan.DestroysData ? "it can lose data for good" : null)) switch
    {
        null => GuardResult.Pass("reversibility", "nothing says that it cannot be taken back"),
        var why when PlanApprovals.IrreversibleRole(rollback, plan) is { } role => GuardResult.Pass("reversibility", $"{role} has to agree: {why}"),
        var why => GuardResult.Refuse("reversibility", Reason.Irreversible, $"it can hardly be taken back, and the playbook names nobody who could agree: {why}"),
    };

    private async Task StartAsync(CancellationToken cancellation)
    {
        if (await RefusedByPureGuardsAsync(cancellation))
            return;
        if (await CameLateAsync(cancellation))
            return;
        if (await StaleAsync(cancellation) is { } stale)
        {
            await AppendAsync((now, _) => Refused(now, [.. now.Guards, stale], stale), cancellation);
            return;
        }

        _confirmedSince = parts.NextMove.Attendance.Since;
        if (_plannedAt is null || parts.Time.GetUtcNow() - _plannedAt > FreshPlan)
        {
            var planning = await PlanAsync(cancellation);
            var read = await ReadAsync(planning, cancellation);
            _plannedAt = parts.Time.GetUtcNow();
            if (planning is not Planning.Planned again || again.Plan.Digest != Rollback.CurrentPlan!.Digest || read.Any(g => !g.Passed))
            {
                await AppendAsync((now, book) => Planned(now, book, planning, read), cancellation);
                return;
            }
        }

        await _chronicle.ChangeAsync(Begun, cancellation);
    }

    // In one commit: what is measured from here on would not tell of the runs before it any more, nor would an alert of the same
    // service that fires on.
    private IEnumerable<Entry> Begun(Book book)
    {
        var (now, at) = (book.Rollbacks[id], parts.Time.GetUtcNow());
        List<RollbackEvent> events = now.IsOpen ? [.. CallingOnce(Started(now, book), book)] : [];
        var begins = events.FindIndex(e => e is RollbackEvent.Started);
        if (begins < 0 || Watched(now, (RollbackEvent.Started)events[begins], book) is not { Count: > 0 } watched)
            return Consequences.Of(now, events, at);
        events[begins] = ((RollbackEvent.Started)events[begins]).Ending(watched.Select(r => r.Id));
        events.AddRange(watched.Where(r => r.Target == now.Target).SelectMany(r => r.FiringCauses).Where(c => !now.Knows(c.Fingerprint)).Select(c => new RollbackEvent.CauseAttached(c)));
        return watched.SelectMany(r => EndOfWatch.Of(r, now, at)).Concat(Consequences.Of(now, events, at));
    }

    // Here, and wherever else something is watched that this one writes to.
    private static List<RollbackState> Watched(RollbackState now, RollbackEvent.Started started, Book book) =>
        [.. book.Acting.Where(r => now.CutsShort(r) && (r.Target == now.Target || r.Locks.Intersect(started.Locks).Any()))];

    private IEnumerable<RollbackEvent> Started(RollbackState now, Book book)
    {
        var at = parts.Time.GetUtcNow();
        var guards = parts.Guards.Judge(now, book, at).ToList();
        if (now.IsCalledOff || guards.Any(g => !g.Passed))
            return [];

        // An alert that began before the others may have come since the plan was made (S8).
        var plan = now.CurrentPlan!;
        guards.Add(Attribution.Judge(now, plan, book, at));
        if (parts.Guards.Reached.Judge(now, plan, book, at) is { } reach)
            guards.Add(reach);
        if (guards.Find(g => !g.Passed) is { } refusal)
            return Refused(now, guards, refusal);
        if (book.Held(plan.Locks, id) is { } held)
            return Waiting(now, new RollbackEvent.Parked(Reason.TargetLocked, $"{held}", null) { By = held.By });

        if (now.Row.Window is { } window && !window.IsOpen(at))
        {
            var opens = window.OpensAt(at);
            return Waiting(now, new RollbackEvent.Parked(Reason.OutsideWindow, $"waits for the window {window.Name}, which opens at {opens:yyyy-MM-dd HH:mm} UTC", opens));
        }

        var known = now.Guards.Where(g => guards.All(p => p.Guard != g.Guard));
        List<RollbackEvent> events =
        [
            new RollbackEvent.Started(plan.Locks, [.. guards, .. known]),
            new RollbackEvent.MethodStarted(plan.Method, plan.MethodName, at + now.Playbook.Methods[plan.Method].Within),
        ];

        // The step that certainly comes first is begun in the same commit: one flush less between the alert and the undo.
        if (plan.Steps is [{ If.Count: 0, Unless.Count: 0 } first, ..] && now.Manual?.Group is null)
        {
            events.Add(new RollbackEvent.StepStarted(first.Key, first.Action, 1));
            _startedInAdvance = first.Key;
        }

        return events;
    }
}
