using AlertRollback.Matrix;

namespace AlertRollback.Rollbacks.Running;

/// <summary>
/// What an event of a rollback brings with it in the same commit: time targets that were missed, the playbook that takes
/// over, the open items of the report. Pure.
/// </summary>
internal static class Consequences
{
    public static IEnumerable<Entry> Of(RollbackState rollback, IEnumerable<RollbackEvent> events, DateTimeOffset now)
    {
        var state = rollback;
        foreach (var e in events)
        {
            foreach (var overran in Overruns(state, e, now))
                yield return Entry.Of(rollback, overran);
            yield return Entry.Of(rollback, e);
            state = state.Apply(0, now, e);
            foreach (var entry in Others(state, e))
                yield return entry;
        }
    }

    private static IEnumerable<Entry> Others(RollbackState rollback, RollbackEvent e) => e switch
    {
        RollbackEvent.HandedOver x => TakeOver(rollback, x),
        RollbackEvent.Closed when rollback is { HasActed: true, HandedOver: null } => FollowUps(rollback),
        _ => [],
    };

    private static IEnumerable<Entry> TakeOver(RollbackState failed, RollbackEvent.HandedOver over)
    {
        // Of alerts that have resolved one is enough to say why it runs; as a resolved one, for its resolution never comes again.
        // It has acted, so they were no late copies.
        var firing = failed.FiringCauses.Select(c => c with { MayBeLate = false }).ToList();
        var cause = firing.FirstOrDefault() ?? failed.Causes.FirstOrDefault();
        var proposed = new RollbackEvent.Proposed(
            over.Id, failed.Row, failed.Service, failed.Severity, failed.Playbook.Then!, failed.Shadow,
            $"playbook {failed.Playbook.Name} failed", cause)
        {
            Manual = failed.Manual is { } manual ? manual with { Method = null, Group = null, EndsWatchOf = null } : null,
            After = failed.Id,
            ResolvedAt = cause is not null && failed.ResolvedAt.TryGetValue(cause.Fingerprint, out var at) ? at : null,
            DueSince = failed.DueSince,
        };
        var stream = RollbackState.Stream(over.Id);
        return firing.Skip(1).Select(c => new Entry(stream, new RollbackEvent.CauseAttached(c))).Prepend(new Entry(stream, proposed));
    }

    private static IEnumerable<Entry> FollowUps(RollbackState rollback) => rollback.Playbook.FollowUp.Select((item, i) =>
    {
        var id = $"{rollback.Id}-{i + 1}";
        return Entry.Of(id, new TaskEvent.Given(id, rollback.Row, rollback.Service, rollback.Severity.Name, item.Text, item.Role, null) { Of = rollback.Id, Within = item.Within });
    });

    private static IEnumerable<RollbackEvent.Overran> Overruns(RollbackState state, RollbackEvent e, DateTimeOffset now)
    {
        var targets = state.Playbook.Targets;
        return e switch
        {
            RollbackEvent.Started =>
            [
                // What takes over was decided on when its playbook was written.
                .. Over("decide", targets.Decide, state.After is null ? state.ProposedAt - state.DueSince : null),
                .. OfStart("start", state, now),
            ],
            RollbackEvent.VerificationStarted { Set: 0 } => [.. OfMethod(state, now), .. Over("execute", targets.Execute, now - state.StartedAt)],
            RollbackEvent.MethodFailed when state.Phase == Phase.Acting => OfMethod(state, now),
            RollbackEvent.Verified =>
            [
                .. Over("verify", targets.Verify, now - state.LastStepEndedAt),
                .. Over("total", targets.Total, now - Began(state)),
            ],
            RollbackEvent.Closed when state is { HasActed: false, Shadow: false } => OfStart("waiting without a start", state, now),
            RollbackEvent.Closed when state.HasActed && state.Timeline.All(t => t.Event is not RollbackEvent.Verified) =>
                Over("total", targets.Total, now - Began(state)),
            RollbackEvent.StepEnded x => Over(
                $"step {x.Key}",
                (state.FallbackPlan ?? state.CurrentPlan)?.Steps.FirstOrDefault(s => s.Key == x.Key)?.Within,
                now - state.Steps.GetValueOrDefault(x.Key)?.StartedAt),
            _ => [],
        };
    }

    private static DateTimeOffset Began(RollbackState state) => state.DueSince ?? state.ProposedAt;

    // Before its row's window opens a run is not late.
    private static IEnumerable<RollbackEvent.Overran> OfStart(string what, RollbackState state, DateTimeOffset now) => Over(
        what,
        Smaller(state.Playbook.Targets.Start, state.Severity.StartWithin),
        now - (state.Row.Window?.OpensAt(state.ProposedAt) ?? state.ProposedAt));

    // The time of a method is for its steps; what verifies them has its own.
    private static IEnumerable<RollbackEvent.Overran> OfMethod(RollbackState state, DateTimeOffset now) => state.Method is not { } method ? [] :
        Over($"method {method.Name}", state.Playbook.Methods[method.Method].Within, now - (method.Deadline - state.Playbook.Methods[method.Method].Within));

    private static IEnumerable<RollbackEvent.Overran> Over(string what, TimeSpan? target, TimeSpan? actual) =>
        actual > target ? [new RollbackEvent.Overran(what, target!.Value, actual!.Value)] : [];

    private static TimeSpan? Smaller(TimeSpan? a, TimeSpan? b) => a is null || b < a ? b : a;
}
