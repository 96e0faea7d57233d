using AlertRollback.Approvals;
using AlertRollback.Matrix;

namespace AlertRollback.Rollbacks.Running;

// A person's yes or no, bound to the plan's digest.
public sealed partial class NextMove
{
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
            return Denied(rollback, Reason.ApprovalTimedOut, $"nobody of {silent.Request.Role} answered in time", page: rollback.HasActed || silent.Lapsed!.Otherwise == OnSilence.Deny);
        if (asked.Find(a => a.IsOpen && now >= a.Request.Deadline) is { } late)
            return late.At < startedAt && late.Request.Otherwise is OnSilence.Proceed or OnSilence.Drop ? AskOnceMore(late, now) : Lapse(rollback, late.Request, now);
        return asked.Where(a => a.IsOpen).ToList() is { Count: > 0 } open ? new Move.Wait(open.Min(a => a.Request.Deadline)) : null;
    }

    // Silence says something only where people could have spoken all the time: it may have run out while nobody was told of it.
    private static Move.Record AskOnceMore(ApprovalState asked, DateTimeOffset now) => Move.Record.Of(
        asked.Request with { Deadline = now + (asked.Request.Deadline - asked.At) },
        new RollbackEvent.Paged([asked.Request.Role], Reason.ApprovalNeeded, $"asked once more, as AlertRollback was restarted before the time was over: {asked.Request.Why}"));

    private static Move.Record Lapse(RollbackState rollback, RollbackEvent.ApprovalRequested request, DateTimeOffset now)
    {
        var lapsed = new RollbackEvent.ApprovalLapsed(request.Digest, request.Ask, request.Otherwise);
        if (request.Otherwise != OnSilence.Escalate)
            return Move.Record.Of(lapsed);
        var asked = rollback.Approval(request.Digest, request.Ask)!.At;
        return Move.Record.Of(
            lapsed,
            new RollbackEvent.Paged([request.Role, .. rollback.PageRoles.Where(r => r != request.Role)], Reason.ApprovalTimedOut, $"nobody of {request.Role} answered; the plan still waits for a yes or no"),
            request with { Deadline = now + (request.Deadline - asked), Otherwise = OnSilence.Deny, Round = 2 });
    }

    private static Move.Record Denied(RollbackState rollback, Reason reason, string text, bool page)
    {
        var outcome = rollback.HasActed ? Outcome.Failed : Outcome.Refused;
        // What failed before it changed something, and called nobody because this was to take over.
        return page || rollback.After is not null ? Close(rollback, outcome, reason, text) : Move.Record.Of(new RollbackEvent.Closed(outcome, reason, text));
    }
}
