using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace AlertRollback.Rollbacks;

// The fold: what each event makes of the state before it.
public sealed partial record RollbackState
{
    public static RollbackState From(long sequence, DateTimeOffset at, RollbackEvent.Proposed first) => new()
    {
        Id = first.Id,
        Row = first.Row,
        Service = first.Service,
        Severity = first.Severity,
        Playbook = first.Playbook,
        Shadow = first.Shadow,
        Why = first.Why,
        ProposedAt = at,
        LookingSince = at,
        Manual = first.Manual,
        After = first.After,
        BeganResolved = first.ResolvedAt is not null,
        ResolvedAt = first is { Cause: { } one, ResolvedAt: { } resolved }
            ? ImmutableDictionary<string, DateTimeOffset>.Empty.SetItem(one.Fingerprint, resolved)
            : ImmutableDictionary<string, DateTimeOffset>.Empty,
        Causes = first.Cause is { } cause ? [cause] : [],
        Fingerprints = first.Cause is { } only ? [only.Fingerprint] : [],
        Timeline = [new TimelineEntry(sequence, at, first)],
    };

    public RollbackState Apply(long sequence, DateTimeOffset at, RollbackEvent e)
    {
        var next = this with { Timeline = Timeline.Add(new TimelineEntry(sequence, at, e is RollbackEvent.CauseResolved one ? one with { Fingerprint = Known(one.Fingerprint) } : e)) };
        return e switch
        {
            RollbackEvent.CauseAttached x => next.With(x.Cause),
            RollbackEvent.CauseResolved x => next.Without(Known(x.Fingerprint), at, x),
            RollbackEvent.FiringConfirmed => next with { ConfirmedAt = at },
            RollbackEvent.GuardsJudged x => next with { Guards = x.Results },
            RollbackEvent.Parked x => next with { Phase = Phase.Parked, Parking = x, WasHeld = WasHeld || x.Reason == Reason.Hold, Plans = [], BeforeStepsEnded = 0 },
            RollbackEvent.Unparked => next with { Phase = Phase.Proposed, Parking = null, LookingSince = Parking?.Reason == Reason.CannotTell ? LookingSince : at },
            RollbackEvent.PlanMade x => next with { Phase = HasActed ? Phase.Acting : Phase.Planned, Plans = Plans.Add(x.Plan) },
            RollbackEvent.ApprovalRequested x => next with { Approvals = Approvals.RemoveAll(a => a.IsOpen && IsAbout(a, x.Digest, x.Ask)).Add(new ApprovalState(x, at)) },
            RollbackEvent.ApprovalGiven x => next.WithApproval(x.Digest, x.Ask, a => a with { Given = x }) with { LookingSince = at },
            RollbackEvent.ApprovalRejected x => next.WithApproval(x.Digest, x.Ask, a => a with { Rejected = x }),
            RollbackEvent.ApprovalLapsed x => next.WithApproval(x.Digest, x.Ask, a => a with { Lapsed = x }) with { LookingSince = at },
            RollbackEvent.BeforeStepEnded x => next with { BeforeStepsEnded = x.Index + 1 },
            RollbackEvent.Started x => next with { Phase = Phase.Acting, StartedAt = at, Locks = x.Locks, Guards = x.Guards },
            RollbackEvent.MethodStarted x => next with { Phase = Phase.Acting, Method = x, Locks = [.. Locks.Union(x.Locks, StringComparer.Ordinal)], MethodHasFailed = false, Verifying = null, Answers = Answers.Clear() },
            RollbackEvent.StepStarted x => next.WithStep(x.Key, x.Action, s => s with { Attempts = x.Attempt, StartedAt = s.StartedAt ?? at }).Written(at),
            RollbackEvent.StepMarked x => next.WithStep(x.Key, "", s => s with { Marks = s.Marks.SetItem(x.Name, x.Data), LeftTrace = s.LeftTrace || !x.Prepares }).Written(at),
            RollbackEvent.StepProgressed x => next.WithStep(x.Key, "", s => s with { Percent = x.Percent }),
            RollbackEvent.StepEnded x => next.WithStep(x.Key, x.Action, s => s with { Ended = x, Percent = x.Result == StepResult.Done ? 100 : s.Percent }) with { LastStepEndedAt = at },
            RollbackEvent.StepRestored x => next.WithStep(x.Key, x.Action, s => s with { Restored = x }).Written(at) with { LastStepEndedAt = at },
            RollbackEvent.MethodFailed => next with { Phase = Phase.Acting, MethodHasFailed = true, Verifying = null },
            RollbackEvent.VerificationStarted x => next with { Phase = Phase.Verifying, Verifying = x },
            RollbackEvent.CheckSetAnswered x => next with { Answers = Answers.SetItem(x.Set, x) },
            RollbackEvent.StabilisationStarted x => next with { Phase = Phase.Stabilising, StabilisingSince = at, StabiliseUntil = x.Until },
            RollbackEvent.StabilityAnswered x => next with { Stability = x },
            RollbackEvent.FiringAnswered x => next with { FiringAnswer = x },
            RollbackEvent.HandedOver x => next with { HandedOver = x },
            RollbackEvent.FallbackStarted x => next with { Phase = Phase.Acting, Fallback = x, Verifying = null },
            RollbackEvent.FallbackStepPlanned x => next with { FallbackPlan = x.Plan, Locks = [.. Locks.Union(x.Plan.Locks, StringComparer.Ordinal)] },
            RollbackEvent.FallbackStepEnded x => next with { FallbackStepsEnded = x.Index + 1, FallbackPlan = null },
            RollbackEvent.FoundIneffective x => next with { Ineffective = x },
            RollbackEvent.IncidentLeft x => next with { IncidentLeft = x },
            RollbackEvent.CallPutOff x => next with { PutOff = x },
            RollbackEvent.Paged => next with { PutOff = null },
            RollbackEvent.Closed x => next with { Phase = Phase.Closed, Closed = x, ClosedAt = at, Parking = null },
            _ => next,
        };
    }

    // An outage of ten thousand alerts stays in memory.
    private string Known(string fingerprint) => Fingerprints.TryGetValue(fingerprint, out var known) ? known : fingerprint;

    private RollbackState Without(string fingerprint, DateTimeOffset at, RollbackEvent.CauseResolved x) => this with
    {
        ResolvedAt = ResolvedAt.SetItem(fingerprint, at),
        ResolutionWaited = x.HeardAt is { } heard ? ResolutionWaited.SetItem(fingerprint, heard) : ResolutionWaited.Remove(fingerprint),
        Anew = x.AnewAt is null ? Anew.Remove(fingerprint) : Anew.Add(fingerprint),
        ConfirmedAt = null,
    };

    // The same alert firing again with a later start is not resolved any more.
    private RollbackState With(Cause cause) => this with
    {
        Causes = (Knows(cause.Fingerprint) ? Causes.RemoveAll(c => c.Fingerprint == cause.Fingerprint) : Causes).Add(cause),
        Fingerprints = Fingerprints.Add(cause.Fingerprint),
        ResolvedAt = ResolvedAt.Remove(cause.Fingerprint),
        ResolutionWaited = ResolutionWaited.Remove(cause.Fingerprint),
        Anew = Anew.Remove(cause.Fingerprint),
        BeganResolved = false,
    };

    // Evidence taken before the start changes nothing and begins no hold.
    private RollbackState Written(DateTimeOffset at) => HasActed ? this with { LastWriteAt = at } : this;

    private static bool IsAbout(ApprovalState a, string digest, string ask) => a.Request.Digest == digest && a.Request.Ask == ask;

    private RollbackState WithApproval(string digest, string ask, Func<ApprovalState, ApprovalState> change)
    {
        var place = Approvals.FindLastIndex(a => IsAbout(a, digest, ask));
        return place < 0 ? this : this with { Approvals = Approvals.SetItem(place, change(Approvals[place])) };
    }

    private RollbackState WithStep(string key, string action, Func<StepState, StepState> change)
    {
        var step = Steps.GetValueOrDefault(key)
            ?? new StepState(key, action, 0, ImmutableSortedDictionary<string, JsonObject>.Empty, 0, null);
        return this with { Steps = Steps.SetItem(key, change(step)) };
    }
}
