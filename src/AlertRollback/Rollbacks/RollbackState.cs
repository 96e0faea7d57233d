using System.Collections.Immutable;
using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Playbooks.Captures;
using AlertRollback.Rollbacks.Guards;

namespace AlertRollback.Rollbacks;

/// <summary>One entry of a timeline, as it happened.</summary>
public sealed record TimelineEntry(long Sequence, DateTimeOffset At, RollbackEvent Event);

/// <summary>
/// A rollback as its events made it. Immutable; <see cref="Apply"/> is the only way to the next state, for the resume
/// after a crash as for the page that shows it.
/// </summary>
public sealed partial record RollbackState
{
    /// <summary>An episode ends at the latest this long after its run, resolved or not (S10).</summary>
    public static readonly TimeSpan LongestEpisode = TimeSpan.FromHours(24);

    public required string Id { get; init; }
    public required RowDefinition Row { get; init; }
    public required ServiceDefinition Service { get; init; }
    public required SeverityDefinition Severity { get; init; }
    public required PlaybookDefinition Playbook { get; init; }
    public required bool Shadow { get; init; }
    public required string Why { get; init; }
    public required DateTimeOffset ProposedAt { get; init; }
    public ManualStart? Manual { get; init; }
    public string? After { get; init; }

    /// <summary>It took over after its alert had resolved: what failed before it is to be mended all the same.</summary>
    public bool BeganResolved { get; init; }

    /// <summary>Since when it is tried to find out what to do: what cannot be told is asked again for a while, whatever it waited for before.</summary>
    public DateTimeOffset LookingSince { get; init; }

    public Phase Phase { get; init; } = Phase.Proposed;
    public ImmutableList<TimelineEntry> Timeline { get; init; } = [];
    public ImmutableList<Cause> Causes { get; init; } = [];
    /// <summary>When a cause's resolution arrived, by fingerprint; a cause that is not in it fires.</summary>
    public ImmutableDictionary<string, DateTimeOffset> ResolvedAt { get; init; } = ImmutableDictionary<string, DateTimeOffset>.Empty;

    /// <summary>When a resolution was heard of that had to wait until it was decided, by fingerprint.</summary>
    private ImmutableDictionary<string, DateTimeOffset> ResolutionWaited { get; init; } = ImmutableDictionary<string, DateTimeOffset>.Empty;

    /// <summary>When the resolution of a cause that has resolved was heard of: what is heard of it later may be news.</summary>
    public DateTimeOffset ResolutionHeardAt(string fingerprint) => ResolutionWaited.TryGetValue(fingerprint, out var heard) ? heard : ResolvedAt[fingerprint];

    /// <summary>When it was confirmed that some of what may have been late copies fires; null: it was not, or some of it has resolved since.</summary>
    public DateTimeOffset? ConfirmedAt { get; init; }

    /// <summary>Fingerprints of alerts that are known to have ended only because they fire anew: another run stands for them.</summary>
    public ImmutableHashSet<string> Anew { get; init; } = [];
    public IReadOnlyList<GuardResult> Guards { get; init; } = [];
    public RollbackEvent.Parked? Parking { get; init; }

    /// <summary>It once waited for a hold to end; firing after that means that the earlier run did not help (S11).</summary>
    public bool WasHeld { get; init; }

    public ImmutableList<Plan> Plans { get; init; } = [];
    public ImmutableList<ApprovalState> Approvals { get; init; } = [];
    public int BeforeStepsEnded { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public IReadOnlyList<string> Locks { get; init; } = [];
    public RollbackEvent.MethodStarted? Method { get; init; }
    public bool MethodHasFailed { get; init; }
    public ImmutableSortedDictionary<string, StepState> Steps { get; init; } = ImmutableSortedDictionary<string, StepState>.Empty;
    public DateTimeOffset? LastWriteAt { get; init; }

    /// <summary>
    /// When the last step that changed something was over. Until then the old pods still answer, and what is measured
    /// of them says nothing about the target.
    /// </summary>
    public DateTimeOffset? LastStepEndedAt { get; init; }
    public RollbackEvent.VerificationStarted? Verifying { get; init; }
    public ImmutableSortedDictionary<int, RollbackEvent.CheckSetAnswered> Answers { get; init; } = ImmutableSortedDictionary<int, RollbackEvent.CheckSetAnswered>.Empty;
    public DateTimeOffset? StabilisingSince { get; init; }
    public DateTimeOffset? StabiliseUntil { get; init; }
    public RollbackEvent.StabilityAnswered? Stability { get; init; }

    /// <summary>What was measured when alerts last began to fire during stabilisation; null: none did, or none that had to be measured.</summary>
    public RollbackEvent.FiringAnswered? FiringAnswer { get; init; }

    /// <summary>By the last look: what spoke against it during the watch is newer than what was measured after the undo.</summary>
    public IEnumerable<CheckResult> LastMeasured => Stability?.Results
        ?? (FiringAnswer is { Verdict: not Verdict.Pass } firing ? firing.Results : Answers.Values.SelectMany(a => a.Results));

    public RollbackEvent.FallbackStarted? Fallback { get; init; }
    public int FallbackStepsEnded { get; init; }

    /// <summary>The step of <c>on_failure</c> that was pinned and is not over; null: none.</summary>
    public Plan? FallbackPlan { get; init; }

    /// <summary>The steps of <c>on_failure</c> that were not begun, each with why.</summary>
    public IEnumerable<string> FallbackNotDone =>
        Timeline.Select(t => t.Event).OfType<RollbackEvent.FallbackStepEnded>().Where(e => e is { Done: false, Text.Length: > 0 }).Select(e => $"{e.Action}: {e.Text}");
    public RollbackEvent.HandedOver? HandedOver { get; init; }
    public RollbackEvent.FoundIneffective? Ineffective { get; init; }
    public RollbackEvent.IncidentLeft? IncidentLeft { get; init; }

    /// <summary>The call that was put off and not made since; null: none.</summary>
    private RollbackEvent.CallPutOff? PutOff { get; init; }

    /// <summary>The same, as long as what it is about stands: a question or a run that waits, or a refusal while the alert fires.</summary>
    public RollbackEvent.CallPutOff? CallToCome => this switch
    {
        { PutOff: { Reason: Reason.ApprovalNeeded } asks } when Approvals.Any(a => a.IsOpenIn(this)) => asks,
        { PutOff: { } waits, Parking: { } parking } when waits.Reason == parking.Reason => waits,
        { PutOff: { } refuses, Closed: { Outcome: Outcome.Refused } closed, StillFires: true } when refuses.Reason == closed.Reason => refuses,
        _ => null,
    };
    public RollbackEvent.Closed? Closed { get; init; }
    public DateTimeOffset? ClosedAt { get; init; }

    public long LastSequence => Timeline.IsEmpty ? 0 : Timeline[^1].Sequence;
    public DateTimeOffset LastEventAt => Timeline.IsEmpty ? ProposedAt : Timeline[^1].At;
    public bool IsOpen => Closed is null;

    /// <summary>Whether a write was, or may have been, made.</summary>
    public bool HasActed => StartedAt is not null;

    public Plan? CurrentPlan => Plans.IsEmpty ? null : Plans[^1];

    /// <summary>The newest plan that was made. Parking voids it, but not what it wanted to lock and to change.</summary>
    public Plan? WantedPlan => Timeline.Select(t => t.Event).OfType<RollbackEvent.PlanMade>().LastOrDefault()?.Plan;

    /// <summary>Those of the steps of <c>on_failure</c>, each of its own.</summary>
    public IEnumerable<Plan> FallbackPlans => Fallback is null ? [] : Timeline.Select(t => t.Event).OfType<RollbackEvent.FallbackStepPlanned>().Select(f => f.Plan);

    /// <summary>The plans of all methods, and those of <c>on_failure</c>.</summary>
    public IEnumerable<Plan> AllPlans => Plans.Concat(FallbackPlans);

    /// <summary>The steps of all methods that were carried out, in their order.</summary>
    public IEnumerable<PlannedStep> DoneSteps =>
        Plans.SelectMany(p => p.Steps).Where(s => Steps.GetValueOrDefault(s.Key) is { Ended.Result: StepResult.Done });

    public IEnumerable<Cause> FiringCauses => Causes.Where(c => !ResolvedAt.ContainsKey(c.Fingerprint));

    /// <summary>Of <see cref="Causes"/>: an outage may have ten thousand, and each is looked for.</summary>
    private ImmutableHashSet<string> Fingerprints { get; init; } = [];

    public bool Knows(string fingerprint) => Fingerprints.Contains(fingerprint);

    /// <summary>Whether every alert that called for it has resolved; never of one that a person started.</summary>
    public bool AllResolved => Manual is null && Causes.All(c => ResolvedAt.ContainsKey(c.Fingerprint));

    /// <summary>Whether a resolution calls it off, as long as nothing was changed (S12).</summary>
    public bool IsCalledOff => AllResolved && !BeganResolved;

    /// <summary>Whether an alert still fires; a person's start has none of its own.</summary>
    public bool StillFires => Causes.Any(c => !ResolvedAt.ContainsKey(c.Fingerprint));

    public DateTimeOffset EarliestStartsAt => Causes.IsEmpty ? ProposedAt : Causes.Min(c => c.StartsAt);

    /// <summary>
    /// Since when the alert that called for it could be answered: what is late is counted from then on. Alerts that joined since change
    /// nothing, and a person's start answers for none. Null: no alert called for it, or it is not known since when it fires.
    /// </summary>
    public DateTimeOffset? DueSince => this is { Manual: null, Timeline: [{ Event: RollbackEvent.Proposed { Cause: { } cause } first }, ..] }
        && (first.DueSince ?? cause.StartsAt) is var since && since > DateTimeOffset.MinValue ? since : null;

    /// <summary>What steps and checks may fill into their texts.</summary>
    public RunFacts Facts => new(ProposedAt, Manual?.By ?? RunFacts.Alertmanager, Inputs)
    {
        Alerts = [.. Causes.Select(c => c.Labels)],
    };

    // An alert gives none, and a playbook that takes over may have more than the person was asked for.
    private ImmutableSortedDictionary<string, string> Inputs => (Playbook.Manual?.Inputs ?? []).Where(i => i.Default is not null)
        .ToImmutableSortedDictionary(i => i.Name, i => i.Default!, StringComparer.Ordinal)
        .SetItems(Manual?.Inputs ?? ImmutableSortedDictionary<string, string>.Empty);

    /// <summary>The rungs, by their place in the playbook: the one a person named, else all that are not for people only.</summary>
    public IReadOnlyList<int> Ladder => [.. Enumerable.Range(0, Playbook.Methods.Count)
        .Where(m => Manual?.Method is { } named ? Playbook.Methods[m].Name == named : !Playbook.Methods[m].OnlyManual)];

    /// <summary>A person looks, or tells others: it is in no other run's way, and none in its.</summary>
    public bool ChangesNothing => Manual is { ChangesNothing: true };

    /// <summary>What it acts on: one rollback per target at a time.</summary>
    public string Target => Service.Target;

    /// <summary>The newest question of a kind about a plan; null: not asked yet.</summary>
    public ApprovalState? Approval(string digest, string ask) => Approvals.LastOrDefault(a => IsAbout(a, digest, ask));

    /// <summary>Steps of <c>meanwhile</c> that were, or may have been, carried out and are not put back yet, the last one first.</summary>
    public IReadOnlyList<PlannedStep> ToRestore => CurrentPlan is not { } plan ? [] :
        [.. plan.Steps.Where(s => s.Meanwhile && Steps.GetValueOrDefault(s.Key) is { Restored: null, MayHaveChanged: true }).Reverse()];

    /// <summary>When the same playbook may act again on this workload.</summary>
    public DateTimeOffset? HoldUntil => LastWriteAt + Playbook.Guards.Hold;

    /// <summary>What its steps kept of what was there before it was changed.</summary>
    public IEnumerable<(DateTimeOffset At, RollbackEvent.StepMarked Mark)> Evidence =>
        Timeline.Where(t => t.Event is RollbackEvent.StepMarked { Name: KeptEvidence.MarkName }).Select(t => (t.At, (RollbackEvent.StepMarked)t.Event));

    /// <summary>Roles to call when nothing in the playbook says more.</summary>
    public IReadOnlyList<string> PageRoles =>
        [.. Playbook.OnFailure.Where(s => s.Action == PageAction.Word).Select(s => s.Parameters["role"]?.GetValue<string>()).OfType<string>().Distinct()];

    /// <summary>Whether people were called; who is asked to agree takes it that it then goes on.</summary>
    public bool HasCalled => Timeline.Any(t => t.Event is RollbackEvent.Paged { Reason: not Reason.ApprovalNeeded and not Reason.ApprovalTimedOut });

    /// <summary>Whoever was called to it, in whatever round; null: nobody was.</summary>
    public IReadOnlyList<string>? Called => Timeline.Select(t => t.Event).OfType<RollbackEvent.Paged>().Where(p => p.Unheard is null).ToList() is { Count: > 0 } calls
        ? [.. calls.SelectMany(c => c.Roles).Distinct(StringComparer.Ordinal)]
        : null;

    public string StreamName => Stream(Id);

    public static string Stream(string id) => $"rollback/{id}";

    /// <summary>
    /// Whether the other one was only watched any more when a person started this one, and is so until this one begins to write. What
    /// was still at work then is watched for something that the person cannot have known.
    /// </summary>
    public bool CutsShort(RollbackState other) =>
        this is { Shadow: false, HasActed: false, After: null, Manual.ChangesNothing: false } && other.Phase == Phase.Stabilising
        && (Manual.EndsWatchOf == other.Id || other.StabilisingSince < ProposedAt);

    /// <summary>Whether that one's watch ended as this one began.</summary>
    public bool EndedWatchOf(RollbackState other) => Timeline.Any(t => t.Event is RollbackEvent.Started started && started.Ends(other.Id));

    /// <summary>What is only planned takes nothing from what is to be done; what changes nothing has nothing to give.</summary>
    public bool GivesWayTo(bool shadow) => !ChangesNothing && (Shadow || !shadow);

    /// <summary>
    /// Whether it stands for its alerts (S10): as long as it is open, however long it has been parked, and for a day after that
    /// while one of them fires.
    /// </summary>
    public bool EpisodeLastsAt(DateTimeOffset now) => IsOpen || (StillFires && now - ClosedAt < LongestEpisode);
}
