using System.Text.Json;
using AlertRollback.Alerts;
using AlertRollback.Announcements.Slack;
using AlertRollback.Announcements.Statuspage;
using AlertRollback.Announcements.Wording;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Rollbacks;
using AlertRollback.Rollbacks.Running;
using AlertRollback.Storage;
using AlertRollback.Web.Operators;

namespace AlertRollback.Tests.Rollbacks.Simulated;

/// <summary>What has to be true of every journal, read from its beginning.</summary>
internal static class Audit
{
    public static Book Of(IReadOnlyList<StoredEvent> journal, OperatorConfiguration operators, List<string> violations)
    {
        var book = Book.Empty;
        foreach (var stored in journal)
        {
            var next = book.Apply(stored);
            if (stored.Stream.StartsWith("rollback/", StringComparison.Ordinal) && EventJson.FromStore<RollbackEvent>(stored) is { } e)
            {
                var after = next.Rollbacks[stored.Stream["rollback/".Length..]];
                violations.AddRange(Check(book, book.Rollbacks.GetValueOrDefault(after.Id), after, e, stored.At).Select(v => $"{stored.At:HH:mm:ss} {after.Id}, {e.GetType().Name}: {v}"));
                violations.AddRange(Tell(next, after, operators).Select(v => $"{stored.At:HH:mm:ss} {after.Id}, {e.GetType().Name}: {v}"));
            }

            book = next;
        }

        foreach (var r in book.Rollbacks.Values)
            violations.AddRange(AtTheEnd(book, r).Select(v => $"{r.Id}: {v}"));
        return book;
    }

    private static IEnumerable<string> Check(Book book, RollbackState? before, RollbackState after, RollbackEvent e, DateTimeOffset at)
    {
        if (before is null)
        {
            if (e is not RollbackEvent.Proposed)
                yield return "begins with something else";
            yield break;
        }

        if (!before.IsOpen && !(before.CallToCome is not null && e is RollbackEvent.Paged or RollbackEvent.CallPutOff) && e is not (RollbackEvent.CauseAttached or RollbackEvent.CauseResolved or RollbackEvent.FoundIneffective or RollbackEvent.Paged { Reason: Reason.Ineffective }))
            yield return "something happens after the end";
        if (!before.IsOpen && e is RollbackEvent.CauseAttached joining && JoinsInSilence(book, before, joining.Cause) is { } silent)
            yield return silent;
        switch (e)
        {
            case RollbackEvent.Started started:
                if (before.Shadow)
                    yield return "starts in shadow";
                if (book.Global.KillSwitchIsOn)
                    yield return "starts although the kill switch is on";
                if (book.Global.Freezes.TryGetValue(before.Service.Name, out var freeze) && freeze.Until > at)
                    yield return "starts although the service is frozen";
                if (book.Global.Breaker is not null)
                    yield return "starts although the breaker is open";
                if (before.Manual is null && !before.Row.MayBegin(at))
                    yield return "starts outside its window";
                if (before.IsCalledOff)
                    yield return "starts although every alert resolved";
                if (before.StartedAt is not null)
                    yield return "starts twice";
                if (before.Manual is null && Earlier(book, before).FirstOrDefault(r => at < r.HoldUntil) is { } held)
                    yield return $"starts during the hold of {held.Id}";
                if (before.Manual is null && Earlier(book, before).FirstOrDefault(r => before.FiringCauses.Any(c => r.Causes.Any(d => d.Fingerprint == c.Fingerprint && d.StartsAt == c.StartsAt))) is { } same)
                    yield return $"is the second for the same firing after {same.Id}";
                if (before.Manual is null && Earlier(book, before).FirstOrDefault(r => before.FiringCauses.Any(c => c.StartsAt > r.LastWriteAt && c.StartsAt < r.HoldUntil)) is { } vain)
                    yield return $"undoes once more what began during the hold of {vain.Id}";
                if (Fleet.Services.FirstOrDefault(s => s != before.Service.Name && started.Locks.Contains(Fleet.Target(s)) && book.Global.Freezes.GetValueOrDefault(s)?.Until > at) is { } frozen)
                    yield return $"starts although it changes {frozen}, which is frozen";
                foreach (var other in book.Acting.Where(r => r.Id != before.Id && r.Target == before.Target && !r.Shadow && !before.CutsShort(r)))
                    yield return $"starts while {other.Id} is {other.Phase}";
                foreach (var v in Taken(book, before, started.Locks))
                    yield return v;
                foreach (var v in Unanswered(before))
                    yield return v;
                break;
            case RollbackEvent.MethodStarted next when before.HasActed && before.Method is not null:
                foreach (var v in Unanswered(before).Concat(Taken(book, before, next.Locks)))
                    yield return v;
                break;
            case RollbackEvent.StepEnded x when before.Steps.GetValueOrDefault(x.Key) is { Ended: not null }:
                yield return $"step {x.Key} ends twice";
                break;
            case RollbackEvent.StepRestored x when before.Steps.GetValueOrDefault(x.Key) is { Restored: not null }:
                yield return $"step {x.Key} is put back twice";
                break;
            case RollbackEvent.Paged { Reason: not Reason.ApprovalNeeded } page when before.Timeline.Any(t => t.Event is RollbackEvent.Paged p && p.Reason == page.Reason && p.Text == page.Text && at - t.At < TimeSpan.FromMinutes(1)):
                yield return $"calls twice: {page.Reason} {page.Text}";
                break;
            case RollbackEvent.Closed { Outcome: Outcome.Failed or Outcome.Inconclusive or Outcome.Ineffective or Outcome.Superseded or Outcome.Stopped } when after is { HandedOver: null, Shadow: false } && !after.Timeline.Any(t => t.Event is RollbackEvent.Paged { Reason: not Reason.ApprovalNeeded }):
                yield return "ends badly and calls nobody";
                break;
            case RollbackEvent.CallPutOff put when WasNotCalled(book, before, put, at) is { } uncalled:
                yield return uncalled;
                break;
            case RollbackEvent.Closed { Outcome: Outcome.Refused, Reason: not Reason.ApprovalTimedOut } no when before.Timeline[^1].Event is RollbackEvent.Paged page && page.Reason == no.Reason
                && book.Rollbacks.Values.FirstOrDefault(r => HasJustCalled(book, r, before, page, at)) is { } called:
                yield return $"calls for the same that {called.Id} has just called for";
                break;
            case RollbackEvent.Closed { Outcome: Outcome.RolledBack } when !after.HasActed:
                yield return "claims to have rolled back";
                break;
            case RollbackEvent.Closed { Outcome: Outcome.RolledBack } when after.ToRestore.Any():
                yield return "is done and leaves something changed";
                break;
        }
    }

    // Whoever is not called has to know of it already.
    private static string? WasNotCalled(Book book, RollbackState run, RollbackEvent.CallPutOff put, DateTimeOffset at) => book.Rollbacks.GetValueOrDefault(put.By) switch
    {
        { Shadow: false } by when (by.Target == run.Target ? by.Row.Rank <= run.Row.Rank : put.Reason is Reason.KillSwitch or Reason.Breaker && by.Row.Team == run.Row.Team) && !run.HasActed && at - put.CalledAt < TimeSpan.FromMinutes(15) && put.Until <= put.CalledAt.AddMinutes(15)
            && by.Timeline.Any(t => t.At == put.CalledAt && t.Event is RollbackEvent.Paged p && p.Reason == put.Reason && (put.Roles.Count == 0 ? p.Roles.Count == 0 : put.Roles.All(p.Roles.Contains)))
            && (put.Reason != Reason.ApprovalNeeded || by.Approvals.Any(a => a.Request.Digest == run.CurrentPlan?.Digest)) => null,
        _ => $"leaves out a call that {put.By} has not made",
    };

    private static bool HasJustCalled(Book book, RollbackState r, RollbackState run, RollbackEvent.Paged page, DateTimeOffset at) =>
        r is { Shadow: false, Manual: null, After: null, HasActed: false, Closed.Outcome: Outcome.Refused } && r.Id != run.Id && run is { Manual: null, After: null, HasActed: false }
        && r.Target == run.Target && r.Row.Rank <= run.Row.Rank && r.Closed.Reason == page.Reason
        && r.Timeline.Any(t => t.Event is RollbackEvent.Paged p && p.Reason == page.Reason && p.Roles.SequenceEqual(page.Roles) && at - t.At < TimeSpan.FromMinutes(15) && !book.DeployedSince(run.Service, null, t.At).Any());

    /// <summary>Why nobody cares for an alert that fires; null: somebody does, or it was told to people.</summary>
    public static string? Lost(Book book, Decision.Act act, Alert alert)
    {
        var runs = book.Rollbacks.Values.Where(r => r.FiringCauses.Any(c => c.Fingerprint == alert.Fingerprint && (alert.StartsAt - c.StartsAt <= TimeSpan.FromMinutes(1) || alert.StartsAt <= r.LastWriteAt))).ToList();
        if (runs.Count == 0)
            return "nothing knows of it";
        return runs.Exists(r => IsTold(book, r, act) || (r.Closed?.Outcome == Outcome.Replaced && book.Rollbacks.Values.Any(s => s.Target == r.Target && s.ProposedAt >= r.ClosedAt && IsTold(book, s, act))))
            ? null
            : "nobody was told of it";
    }

    // What ended well and whose alerts resolved told people of nothing; what was dropped quietly was so for its own row alone.
    private static bool IsTold(Book book, RollbackState r, Decision.Act act) => r.Shadow
        || (r.CallToCome is { } put && book.Rollbacks[put.By].StillFires)
        || r.Timeline.Any(t => t.Event is RollbackEvent.Paged { Reason: not Reason.ApprovalNeeded })
        || r.Closed switch
        {
            { Reason: Reason.RejectedByPerson } => true,
            { Reason: Reason.ApprovalTimedOut } => r.Row.Name == act.Row.Name,
            { Outcome: Outcome.RolledBack } => r.FiringCauses.Any(),
            { Outcome: Outcome.Replaced or Outcome.Withdrawn } => false,
            _ => r.HasActed,
        };

    // What began long after a run had ended, or after another release, is not what people were told of then.
    private static string? JoinsInSilence(Book book, RollbackState closed, Cause cause) => closed switch
    {
        { Shadow: true } => null,
        _ when cause.StartsAt > closed.ClosedAt && book.Knowledge(closed.Service.Name).Current is { At: { } released } && released > (closed.LastStepEndedAt ?? closed.ClosedAt) && released < cause.StartsAt
            && !closed.DoneSteps.Any(s => s.Leaves == $"{closed.Service.Name}/{book.Knowledge(closed.Service.Name).Current!.Digest}") =>
            $"{cause.AlertName} began after the release of {released:dd HH:mm:ss}, and joins in silence",
        _ when cause.StartsAt > closed.ClosedAt + closed.Playbook.Guards.Hold && closed.Closed!.Reason != Reason.RejectedByPerson && closed.Causes.All(c => c.AlertName != cause.AlertName) =>
            $"{cause.AlertName} began long after the end, and joins in silence",
        _ => null,
    };

    // What another run is at work on; those that a person started together go side by side once they are.
    private static IEnumerable<string> Taken(Book book, RollbackState run, IReadOnlyList<string> locks) =>
        book.Acting.Where(r => r.Id != run.Id && !r.Shadow && r.Locks.Intersect(locks).Any() && !run.CutsShort(r) && !(r.Phase != Phase.Acting && book.AreTogether(r.Id, run.Id)))
            .Select(r => $"starts to change what {r.Id} holds, which is {r.Phase}");

    private static IEnumerable<RollbackState> Earlier(Book book, RollbackState run) =>
        book.Rollbacks.Values.Where(r => r.Id != run.Id && r.Target == run.Target && r.Playbook.Name == run.Playbook.Name && r.LastWriteAt is not null);

    private static IEnumerable<string> Unanswered(RollbackState r) => PlanApprovals.Needed(r, r.CurrentPlan!)
        .Where(n => r.Approval(r.CurrentPlan!.Digest, n.Ask) is not ({ Given: not null } or { Lapsed.Otherwise: OnSilence.Proceed }))
        .Select(n => $"starts without the yes that {n.Ask} asks for");

    private static IEnumerable<string> AtTheEnd(Book book, RollbackState r)
    {
        if (r.IsOpen)
            yield return $"never ends: {r.Phase} {r.Parking?.Reason} {r.Parking?.Text}";
        if (r.CallToCome is { } put && !book.Rollbacks[put.By].StillFires)
            yield return $"the call that was put off for {put.By} is never made";
        if (r.HandedOver is { } over && !book.Rollbacks.ContainsKey(over.Id))
            yield return "hands over to nobody";
        if (r.ToRestore.Any() && !r.Playbook.KeepMeanwhileOnFailure && !r.HasCalled)
            yield return "leaves something changed and calls nobody";
    }

    /// <summary>Whatever state it is in, people can be told of it.</summary>
    public static List<string> Tell(Book book, RollbackState r, OperatorConfiguration operators)
    {
        try
        {
            var topic = SlackTopic.Of(r.StreamName, book, operators, r.ProposedAt)!;
            _ = topic.Summary.Digest();
            _ = Headline.For(r) + Advice.For(r);
            _ = StatuspageStory.Of(StatuspageCourse.From(book, StatuspageCourse.Beginning(book, r)));
            _ = JsonSerializer.Serialize(RollbackDetailView.Of(r), EventJson.Options);
            return [];
        }
        catch (Exception fault)
        {
            return [$"cannot be told: {fault}"];
        }
    }
}
