using AlertRollback.Alerts;
using AlertRollback.Matrix;
using AlertRollback.Playbooks.Actions;

namespace AlertRollback.Rollbacks.Running;

// Which run stands for an alert already, and which has to make way for it.
internal sealed partial class Dispatching
{
    // What an earlier message called off: its worker may be busy looking at the world, and has not written down that it is withdrawn.
    private readonly HashSet<string> _calledOff = [.. book.Open.Where(IsWithdrawn).Select(r => r.Id)];

    // Nobody can tell it from an alert whose resolution was a false one: whoever has it is asked before anything is changed.
    private bool MayBeLate(Cause cause) => _justResolved.Value.TryGetValue(cause.Fingerprint, out var firedSince) && cause.StartsAtItsSender <= firedSince;

    private static Dictionary<string, DateTimeOffset> JustResolved(Book book, DateTimeOffset now) => book.Rollbacks.Values
        .Where(r => now - r.LastEventAt < Dispatcher.LateCopies)
        .SelectMany(r => r.Causes.Where(c => r.ResolvedAt.TryGetValue(c.Fingerprint, out var at) && now - at < Dispatcher.LateCopies))
        .GroupBy(c => c.Fingerprint, StringComparer.Ordinal)
        .ToDictionary(g => g.Key, g => g.Max(c => c.StartsAtItsSender), StringComparer.Ordinal);

    // Since when it counts, of what its sender said to begin later; also of what has resolved, for that may have been a false resolution.
    private readonly Lazy<Dictionary<(string Fingerprint, DateTimeOffset Said), DateTimeOffset>> _saidToStart = new(() => SaidToStart(book, now));

    private static Dictionary<(string Fingerprint, DateTimeOffset Said), DateTimeOffset> SaidToStart(Book book, DateTimeOffset now) =>
        book.Rollbacks.Values.Where(r => r.IsOpen || now - r.LastEventAt < LongestMemory).SelectMany(r => r.Causes)
            .Concat(book.Tasks.Values.Where(t => t.IsOpen || now - t.LastEventAt < LongestMemory).SelectMany(t => t.Causes))
            .Where(c => c.SaidToStartAt is not null)
            .GroupBy(c => (c.Fingerprint, c.SaidToStartAt!.Value))
            .ToDictionary(g => g.Key, g => g.Min(c => c.StartsAt));

    // An alert that fires anew had ended: what it called for before is as it would be had its resolution been sent, and what was not
    // begun is called off, whoever agreed to it (S12).
    private void EndEarlier(Cause cause)
    {
        foreach (var earlier in _rollbacks.Values.Where(r => Firing(r, cause.Fingerprint) is { } known && HasEnded(r, known, cause)).ToList())
        {
            Add(earlier, new RollbackEvent.CauseResolved(cause.Fingerprint, null) { AnewAt = cause.StartsAt });
            if (IsWithdrawn(_rollbacks[earlier.Id]))
                Withdraw(_rollbacks[earlier.Id], "had ended", cause);
        }

        // What began before a task was given is what it was given for.
        foreach (var task in _tasks.Values.Where(t => cause.StartsAt > t.At && t.FiringCauses.Any(c => c.BeganAnewAs(cause))).ToList())
            Add(task, new TaskEvent.CauseResolved(cause.Fingerprint));
    }

    // Firing again is a new proposal: what was agreed to before is void (S12).
    private void WithdrawCalledOff(Decision.Act act, Cause anew)
    {
        foreach (var calledOff in _rollbacks.Values.Where(r => _calledOff.Contains(r.Id) && IsWithdrawn(r) && BelongsTo(r, act)).ToList())
            Withdraw(calledOff, "resolved", anew);
    }

    // What took over when another failed is for people, and its worker calls them.
    private static bool IsWithdrawn(RollbackState r) => r is { IsOpen: true, HasActed: false, IsCalledOff: true, After: null };

    private void Withdraw(RollbackState calledOff, string how, Cause anew) => Add(calledOff, new RollbackEvent.Closed(
        Outcome.Withdrawn, Reason.Resolved, $"every alert {how} before anything was changed; {anew.AlertName} fires anew and is decided by itself"));

    // In a storm every alert of an outage comes again with each change of its group.
    private static Cause? Firing(RollbackState r, string fingerprint) =>
        r.Knows(fingerprint) && !r.ResolvedAt.ContainsKey(fingerprint) ? r.Causes.Find(c => c.Fingerprint == fingerprint) : null;

    // What began anew before the last write was written for as well.
    private static bool HasEnded(RollbackState r, Cause known, Cause cause) => known.BeganAnewAs(cause) && !(cause.StartsAt <= r.LastWriteAt);

    // The same row's episode, or a run of the same playbook that is under way on the same workload (S10). What is still
    // open takes its alerts, and hears that they resolved, however long ago it was proposed: it may have been parked.
    // A run that only plans does not take what is to be acted on; one that somebody cut short or overtook is not judged any more.
    private bool BelongsTo(RollbackState r, Decision.Act act) =>
        r.Closed is not ({ Outcome: Outcome.Replaced or Outcome.Withdrawn or Outcome.Superseded } or { Reason: Reason.WatchCutShort }) && r.EpisodeLastsAt(now) && SameTarget(r, act.Service)
        && (IsOfRow(r, act.Row) ? !r.Shadow || act.Row.Shadow : r.IsOpen && r.Playbook.Name == act.Playbook.Name && StandsFor(r, act.Row));

    // Of how a run ended people were told, of what there was then. Any alert that begins after a later release is judged by itself; so
    // is one of another name, unless it belongs to the same outage, or a person said no to it. Where the run has acted, its hold and
    // attribution keep it from being done twice. What it stands for and fires on is its own, whatever is released meanwhile.
    private bool IsNewsTo(RollbackState r, Cause cause) => r is { Shadow: false, ClosedAt: { } closedAt } && cause.StartsAt > closedAt && Firing(r, cause.Fingerprint)?.BeganAnewAs(cause) != false
        && (HasChangedSince(r, r.LastStepEndedAt ?? closedAt)
            || (cause.StartsAt > closedAt + r.Playbook.Guards.Hold && r.Closed!.Reason != Reason.RejectedByPerson && r.Causes.All(c => c.AlertName != cause.AlertName)));

    // What the run itself went back to may be seen only later.
    private bool HasChangedSince(RollbackState r, DateTimeOffset since) => book.DeployedSince(r.Service, ContainerOf(r.Service), since)
        .Any(w => !r.DoneSteps.Any(s => s.Leaves == WorkloadChange.Release(w.Uid, w.Current!.Digest)));

    // A firing that never ended outlasts its episode, and is decided again when the matrix is changed: what was done about it
    // is not done a second time, and people were called if it did not help (S11). A row that has another name by now, or another
    // row of the same playbook, would do the same.
    private static bool HasActedOn(RollbackState r, Decision.Act act, Cause cause) => r.HasActed && DoesTheSame(r, act) && SameTarget(r, act.Service)
        && r.FiringCauses.Any(c => c.Fingerprint == cause.Fingerprint && !HasEnded(r, c, cause));

    private static bool DoesTheSame(RollbackState r, Decision.Act act) =>
        IsOfRow(r, act.Row) || (r.Row.Team == act.Row.Team && r.Playbook.Name == act.Playbook.Name);

    private static bool IsOfRow(RollbackState r, RowDefinition row) => r.Row.Team == row.Team && r.Row.Name == row.Name;

    // A stronger row does not wait for a weaker one's approval or window: until that has written, it replaces it. Nor does a
    // weaker one wait for a stronger one's window, or give way to what may begin only then. What is called off stands for nobody.
    private bool StandsFor(RollbackState r, RowDefinition row) =>
        r.Shadow == row.Shadow && (r.HasActed || (!r.IsCalledOff && r.Row.Rank <= row.Rank && (r.Row.MayBegin(now) || !row.MayBegin(now))));

    // What took over goes on with what another run has begun to write: it waits for the stronger one, and is not lost.
    private bool IsReplacedBy(RollbackState r, Decision.Act act) =>
        r is { IsOpen: true, HasActed: false, After: null } && SameTarget(r, act.Service) && act.Row.Rank < r.Row.Rank && r.GivesWayTo(act.Row.Shadow) && act.Row.MayBegin(now);

    private static bool Fires(IEnumerable<Cause> causes, Func<string, bool> isResolved, Alert resolved) =>
        causes.Any(c => c.Fingerprint == resolved.Fingerprint && !isResolved(c.Fingerprint) && Ends(resolved, c));

    // By the clock of its sender, which may run ahead; one that was put right meanwhile says the same start, and an end before it.
    private static bool Ends(Alert resolved, Cause cause) =>
        resolved.StartsAt == cause.SaidToStartAt || cause.StartsAtItsSender <= (resolved.EndsAt ?? DateTimeOffset.MaxValue);

    // Nothing could be begun for a firing that was known before until it was heard of again, or what stood for it made way just now.
    private DateTimeOffset? DueSince(Cause cause)
    {
        List<Cause> known =
        [
            .. book.Rollbacks.Values.Where(r => r.Knows(cause.Fingerprint)).SelectMany(r => r.Causes)
                .Concat(book.Tasks.Values.SelectMany(t => t.Causes))
                .Where(c => c.Fingerprint == cause.Fingerprint && !c.BeganAnewAs(cause)),
        ];
        if (known.Exists(c => c.ReceivedAt >= cause.ReceivedAt))
            return now;
        return known.Count > 0 || WasNotActedOn(cause) ? cause.ReceivedAt : null;
    }

    // There was no row for it before.
    private bool WasNotActedOn(Cause cause) => book.NotActedOn.Any(n => n.Event is AlertEvent.NotActedOn before && before.Fingerprint == cause.Fingerprint
        && !(cause.StartsAt - before.StartsAt > LongestAhead));

    private static bool SameTarget(RollbackState r, ServiceDefinition service) => r.Target == service.Target;
}
