using AlertRollback.Matrix;

namespace AlertRollback.Rollbacks.Running;

// A person's yes or no, bound to the plan's digest.
public sealed partial class NextMove
{
    private const string ToldLate = "asked anew, as nobody could be told for most of the time: ";

    // Nothing wakes a worker when something was told.
    private static readonly TimeSpan UntilTold = TimeSpan.FromSeconds(5);

    /// <summary>What is to be done about approvals of the current plan; null: everybody who has to agree did.</summary>
    private Move? Approving(RollbackState rollback, DateTimeOffset now)
    {
        if (rollback.Shadow)
            return null;
        var digest = rollback.CurrentPlan!.Digest;
        var needed = PlanApprovals.Needed(rollback, rollback.CurrentPlan!);
        var missing = needed.Where(n => rollback.Approval(digest, n.Ask) is null).ToList();
        if (missing.Count > 0)
        {
            var requests = missing.Select(n => PlanApprovals.Request(rollback, n.Ask, n.Approval, n.Why, now)).ToList();
            return new Move.Record([.. requests, new RollbackEvent.Paged([.. requests.Select(r => r.Role).Distinct()], Reason.ApprovalNeeded, string.Join("; ", requests.Select(r => r.Why)))]);
        }

        var asked = needed.Select(n => rollback.Approval(digest, n.Ask)!).ToList();
        if (asked.Find(a => a.Rejected is not null)?.Rejected is { } no)
            return Denied(rollback, Reason.RejectedByPerson, $"{no.By} said no{(no.Note is { Length: > 0 } note ? $": {note}" : "")}", page: rollback.HasActed);
        if (asked.Find(a => a.Lapsed is { Otherwise: OnSilence.Deny or OnSilence.Drop }) is { } silent)
            return Denied(rollback, Reason.ApprovalTimedOut, $"nobody of {silent.Request.Role} {(silent.Lapsed!.Untold ? "could be told" : "answered")} in time", page: rollback.HasActed || silent.Lapsed.Otherwise == OnSilence.Deny);
        var late = asked.Where(a => a.IsOpen && now >= a.Request.Deadline).ToList();
        // What ends it is not overtaken by what would ask or call once more.
        if (late.Where(a => a.Request.Otherwise == OnSilence.Deny || (a.Request.Otherwise == OnSilence.Drop && WasHeard(rollback, a))).ToList() is { Count: > 0 } final)
            return Lapse(rollback, final, now);
        if (late.Where(a => a.Request.Otherwise is OnSilence.Proceed or OnSilence.Drop && !WasHeard(rollback, a)).ToList() is { Count: > 0 } unheard)
            return Unheard(rollback, unheard, now);
        if (late.Count > 0)
            return Lapse(rollback, late, now);
        if (asked.Where(a => a.IsOpen).ToList() is not { Count: > 0 } open)
            return null;
        return CalledBefore.AboutWaiting(rollback, now) ?? new Move.Wait(open.Select(a => a.Request.Deadline).Append(rollback.CallToCome?.Until ?? DateTimeOffset.MaxValue).Min());
    }

    // What tells people may be away: when this question, and that they are called to it, could be read. Where nothing tells them
    // of it, whoever wrote the playbook gets what it says.
    private DateTimeOffset? ToldBy(RollbackState rollback, ApprovalState asked)
    {
        if (told is null || rollback.Timeline.LastOrDefault(t => t.At == asked.At && t.Event is RollbackEvent.Paged or RollbackEvent.ApprovalRequested) is not { } last)
            return asked.At;
        return last.Event is RollbackEvent.Paged { Unheard: not null } ? asked.At : told.ToldBy(rollback.StreamName, last.Sequence);
    }

    // Half of the time has to be left when people are told.
    private bool WasHeard(RollbackState rollback, ApprovalState asked) =>
        asked.At >= HeardSince && ToldBy(rollback, asked) <= asked.At + ((asked.Request.Deadline - asked.At) / 2);

    // What an earlier process told is not known here.
    private bool IsUntold(RollbackState rollback, ApprovalState asked) => asked.At >= HeardSince && ToldBy(rollback, asked) is null;

    /// <summary>Silence would mean something to what people did not hear, or not in time.</summary>
    private Move Unheard(RollbackState rollback, List<ApprovalState> unheard, DateTimeOffset now)
    {
        if (unheard.Find(a => a.At < HeardSince) is { } missed)
            return AskOnceMore(missed, now);
        if (unheard.Exists(a => ToldBy(rollback, a) is null))
            return new Move.Wait(now + UntilTold);
        var late = unheard[0];
        return Move.Record.Of(late.Request with { Deadline = now + (late.Request.Deadline - late.At), Why = ToldLate + late.Request.Why.Replace(ToldLate, "", StringComparison.Ordinal) });
    }

    // Silence says something only where people could have spoken all the time: it may have run out while nobody was told of it, or
    // what somebody said could not be written down.
    private Move.Record AskOnceMore(ApprovalState asked, DateTimeOffset now) => Move.Record.Of(
        asked.Request with { Deadline = now + (asked.Request.Deadline - asked.At) },
        new RollbackEvent.Paged([asked.Request.Role], Reason.ApprovalNeeded,
            $"asked once more, as {Missed(asked)} before the time was over: {asked.Request.Why}"));

    private string Missed(ApprovalState asked) => attendance() switch
    {
        { Since: var since } when asked.At >= since => "no answer could be written down for a while",
        { StoodStill: true } => "AlertRollback stood still with its machine",
        _ => "AlertRollback was restarted",
    };

    // What nobody answered at the same time is told once.
    private Move.Record Lapse(RollbackState rollback, List<ApprovalState> late, DateTimeOffset now)
    {
        var lapsed = late.Select(a => new RollbackEvent.ApprovalLapsed(a.Request.Digest, a.Request.Ask, a.Request.Otherwise) { Untold = IsUntold(rollback, a) });
        var again = late.Where(a => a.Request.Otherwise == OnSilence.Escalate)
            .Select(a => a.Request with { Deadline = now + (a.Request.Deadline - a.At), Otherwise = OnSilence.Deny, Round = 2 }).ToList();
        if (again.Count == 0)
            return Move.Record.Of([.. lapsed]);
        List<string> roles = [.. again.Select(r => r.Role).Distinct()];
        return Move.Record.Of(
        [
            .. lapsed,
            new RollbackEvent.Paged([.. roles.Union(rollback.PageRoles)], Reason.ApprovalTimedOut, $"nobody of {string.Join(" and ", roles)} {(late.TrueForAll(a => IsUntold(rollback, a)) ? "could be told" : "answered")}; the plan still waits for a yes or no"),
            .. again,
        ]);
    }

    private static Move.Record Denied(RollbackState rollback, Reason reason, string text, bool page)
    {
        var outcome = rollback.HasActed ? Outcome.Failed : Outcome.Refused;
        // What failed before it changed something, and called nobody because this was to take over.
        return page || rollback.After is not null ? Close(rollback, outcome, reason, text) : Move.Record.Of(new RollbackEvent.Closed(outcome, reason, text));
    }
}
