using System.Text.Json;
using AlertRollback.Alerts;
using AlertRollback.Matrix;

namespace AlertRollback.Rollbacks.Running;

// What another matrix means for what has not written yet.
internal sealed partial class Dispatching
{
    /// <summary>After a reload: whatever has not written yet and would be decided otherwise now is decided anew (S14).</summary>
    public IReadOnlyList<Entry> DecideAnew()
    {
        // No row decides these, and they would go on although their team has switched to shadow since.
        foreach (var live in _rollbacks.Values.Where(r => r is { IsOpen: true, HasActed: false, Shadow: false } && (r.Manual is not null || r.After is not null) && OnlyPlans(r.Row.Team)).ToList())
        {
            foreach (var e in NextMove.Close(live, Outcome.Refused, Reason.Shadow, "shadow mode was switched on in the matrix before anything was changed").Events)
                Add(live, e);
        }

        // What took over goes on with what another run has begun to write, and no row names its playbook.
        // The strongest first: what is decided in its place may replace a weaker one, which has given way then, and its alerts with it.
        foreach (var stale in _rollbacks.Values
            .Where(r => r is { IsOpen: true, HasActed: false, AllResolved: false, Manual: null, After: null } && !IsDecidedAlike(r))
            .OrderBy(r => r.Row.Rank).ToList().Where(r => _rollbacks[r.Id].IsOpen))
        {
            List<(Cause Cause, Decision Decision)> anew = [.. stale.FiringCauses.Select(c => (c, decide(LabelSet.Of(c.Labels))))];
            foreach (var e in Voided(stale, [.. anew.Where(a => a.Decision is Decision.DoNothing || (!stale.Shadow && a.Decision is Decision.Act { Row.Shadow: true }))]))
                Add(stale, e);
            foreach (var (cause, decision) in anew)
                Fire($"anew {stale.Id}", cause, LabelSet.Of(cause.Labels), decision);
        }

        return _entries;
    }

    // Whichever alert called for it tells whether its row is as it was; alerts of other rows may have joined since, and the one
    // that it began with may have resolved. Some that fires has to be its own still.
    private bool IsDecidedAlike(RollbackState r) =>
        r.Causes.Any(c => decide(LabelSet.Of(c.Labels)) is Decision.Act act && IsAsItWas(r, act))
        && r.FiringCauses.Any(c => decide(LabelSet.Of(c.Labels)) is Decision.Act act && BelongsTo(r, act));

    private static bool IsAsItWas(RollbackState r, Decision.Act act) =>
        Alike(r.Row, act.Row) && Alike(r.Service, act.Service) && Alike(r.Severity, act.Severity) && Alike(r.Playbook, act.Playbook);

    private static bool Alike<T>(T a, T b) => JsonSerializer.Serialize(a, EventJson.Options) == JsonSerializer.Serialize(b, EventJson.Options);

    // Nobody else tells whoever was called to it that nothing comes of it any more.
    private static IEnumerable<RollbackEvent> Voided(RollbackState stale, List<(Cause Cause, Decision Decision)> left)
    {
        const string Changed = "the matrix was changed before anything was written";
        if (left.Count == 0)
            return [new RollbackEvent.Closed(Outcome.Replaced, Reason.MatrixChanged, $"{Changed}; its alerts are decided anew")];
        var text = $"{Changed}; nothing is done any more for {string.Join(", ", left.Select(l => $"{l.Cause.AlertName} ({(l.Decision is Decision.Act ? "only planned, in shadow mode" : l.Decision.Text)})").Distinct(StringComparer.Ordinal))}";
        var closed = new RollbackEvent.Closed(Outcome.Replaced, Reason.MatrixChanged, text) { NothingInstead = true };
        return !stale.Shadow && (stale.Called ?? stale.CallToCome?.Roles) is { } roles ? [new RollbackEvent.Paged(roles, Reason.MatrixChanged, text), closed] : [closed];
    }
}
