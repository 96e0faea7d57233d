using System.Collections.Immutable;
using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Rollbacks.Guards;

namespace AlertRollback.Rollbacks;

/// <summary>One fact of a rollback's timeline. The state of a rollback is a fold over these and nothing else.</summary>
public abstract record RollbackEvent
{
    /// <summary>An alert met a row, or a person started a playbook. Carries its own copy of row, service and playbook (S14).</summary>
    /// <param name="Cause">The alert; null when a person started it.</param>
    public sealed record Proposed(
        string Id,
        RowDefinition Row,
        ServiceDefinition Service,
        SeverityDefinition Severity,
        PlaybookDefinition Playbook,
        bool Shadow,
        string Why,
        Cause? Cause) : RollbackEvent
    {
        /// <summary>Who started it by hand, and why; null for an alert.</summary>
        public ManualStart? Manual { get; init; }

        /// <summary>The rollback whose failure it takes over.</summary>
        public string? After { get; init; }

        /// <summary>When the alert had resolved; null: it fired.</summary>
        public DateTimeOffset? ResolvedAt { get; init; }

        /// <summary>Since when it could be proposed, of a firing that was known before; null: since the alert fires, or it was not noted.</summary>
        public DateTimeOffset? DueSince { get; init; }
    }

    /// <summary>One more alert of the same episode.</summary>
    public sealed record CauseAttached(Cause Cause) : RollbackEvent
    {
        /// <summary>The other service of the same workload that it is about; null: the rollback's own, or it was not noted.</summary>
        public string? Service { get; init; }
    }

    /// <param name="EndedAt">What its sender says, kept for people who read the journal: what counts is when it was heard.</param>
    public sealed record CauseResolved(string Fingerprint, DateTimeOffset? EndedAt) : RollbackEvent
    {
        /// <summary>No resolution was sent: it was asked for, and Alertmanager had it no more.</summary>
        public bool Asked { get; init; }

        /// <summary>When the resolution was heard of, where it had to wait until it was decided; null: it had not, or it was not noted.</summary>
        public DateTimeOffset? HeardAt { get; init; }

        /// <summary>No resolution was sent: since then it fires anew, so that it had ended.</summary>
        public DateTimeOffset? AnewAt { get; init; }
    }

    /// <summary>All that fires may have been late copies, and was asked for: some of it does fire, which counts as heard of now.</summary>
    public sealed record FiringConfirmed : RollbackEvent;

    /// <summary>All guards in their order; the first refusal is the reason.</summary>
    public sealed record GuardsJudged(IReadOnlyList<GuardResult> Results) : RollbackEvent;

    public sealed record Parked(Reason Reason, string Text, DateTimeOffset? Until) : RollbackEvent
    {
        /// <summary>The rollback whose locks it waits for; null: none, or it was not noted.</summary>
        public string? By { get; init; }

        /// <summary>The service that is frozen; null: none is, or it was not noted.</summary>
        public string? Service { get; init; }
    }

    /// <summary>What was in the way has gone, or its deadline is over: decided anew.</summary>
    public sealed record Unparked(string Text) : RollbackEvent;

    public sealed record PlanMade(Plan Plan) : RollbackEvent;

    /// <summary>People are asked whether this plan may be carried out; void for any other plan.</summary>
    /// <param name="Ask">Who asks for it: <c>severity</c>, <c>playbook</c>, <c>method</c> or <c>irreversible</c>.</param>
    /// <param name="Answer">What has to be typed to agree; null: nothing.</param>
    /// <param name="Round">1, or 2 after an escalation.</param>
    public sealed record ApprovalRequested(
        string Digest, string Ask, string Role, string Why, string? Answer, OnSilence Otherwise, bool ByAnother, DateTimeOffset Deadline, int Round) : RollbackEvent
    {
        /// <summary>What has to be typed, in words; null: nothing, or it was not noted.</summary>
        public string? Type { get; init; }

        /// <summary>Whom an escalation calls besides the role; null: nobody, or it was not noted.</summary>
        public IReadOnlyList<string>? AlsoCalled { get; init; }
    }

    public sealed record ApprovalGiven(string Digest, string Ask, string By, string? Note) : RollbackEvent;

    public sealed record ApprovalRejected(string Digest, string Ask, string By, string? Note) : RollbackEvent;

    /// <summary>Nobody answered in time; what the playbook says for that case holds.</summary>
    public sealed record ApprovalLapsed(string Digest, string Ask, OnSilence Otherwise) : RollbackEvent
    {
        /// <summary>Nobody could be told of the question until then.</summary>
        public bool Untold { get; init; }
    }

    /// <summary>One best-effort step before the first write ended: evidence, an audit entry.</summary>
    public sealed record BeforeStepEnded(int Index, string Action, bool Done, string Text, JsonObject? Data) : RollbackEvent;

    /// <summary>All guards passed once more and the locks are held: the next thing is a write.</summary>
    public sealed record Started(IReadOnlyList<string> Locks, IReadOnlyList<GuardResult> Guards) : RollbackEvent
    {
        private const string Between = ", ";

        /// <summary>The rollbacks whose watch ends with it, as people read them; null: none.</summary>
        public string? EndsWatchOf { get; init; }

        public Started Ending(IEnumerable<string> rollbackIds) => this with { EndsWatchOf = string.Join(Between, rollbackIds) };

        public bool Ends(string rollbackId) => EndsWatchOf?.Split(Between).Contains(rollbackId) == true;
    }

    public sealed record MethodStarted(int Method, string Name, DateTimeOffset Deadline) : RollbackEvent
    {
        /// <summary>What it writes to; held from now on besides what was held before (S13).</summary>
        public IReadOnlyList<string> Locks { get; init; } = [];
    }

    /// <summary>Journalled before a step's write, so that after a crash it is known that it may have happened.</summary>
    public sealed record StepStarted(string Key, string Action, int Attempt) : RollbackEvent;

    /// <summary>A fact of a step that must survive a crash, e.g. that the API accepted the patch.</summary>
    public sealed record StepMarked(string Key, string Name, JsonObject Data, string Text) : RollbackEvent
    {
        /// <summary>It comes before a write, and does not say that anything was written.</summary>
        public bool Prepares { get; init; }
    }

    public sealed record StepProgressed(string Key, int Percent, string Text) : RollbackEvent;

    public sealed record StepEnded(string Key, string Action, StepResult Result, Reason Reason, string Text) : RollbackEvent;

    /// <summary>A step of <c>meanwhile</c> was put back, or why it could not be.</summary>
    public sealed record StepRestored(string Key, string Action, StepResult Result, Reason Reason, string Text) : RollbackEvent
    {
        /// <summary>It was put back, but what it brought back was not ready in time.</summary>
        public bool NotReady { get; init; }
    }

    public sealed record MethodFailed(int Method, Reason Reason, string Text) : RollbackEvent;

    public sealed record VerificationStarted(int Set, string Name, DateTimeOffset Deadline) : RollbackEvent;

    /// <summary>What a check set measured; journalled when an answer changed and at its end.</summary>
    public sealed record CheckSetAnswered(int Set, string Name, Verdict Verdict, IReadOnlyList<CheckResult> Results, bool Final) : RollbackEvent;

    public sealed record Verified(Verdict Verdict, string Text) : RollbackEvent;

    /// <summary>What the check sets said at the end of stabilisation.</summary>
    public sealed record StabilityAnswered(Verdict Verdict, IReadOnlyList<CheckResult> Results, string Text) : RollbackEvent;

    /// <summary>What the check sets said when alerts began to fire during stabilisation that may look back at what is gone.</summary>
    /// <param name="Alerts">Their names, as people read them.</param>
    /// <param name="Since">When they began to be asked: it tells of every alert that was heard of until then.</param>
    public sealed record FiringAnswered(string Alerts, DateTimeOffset Since, Verdict Verdict, IReadOnlyList<CheckResult> Results, string Text) : RollbackEvent;

    public sealed record StabilisationStarted(DateTimeOffset Until) : RollbackEvent;

    /// <summary>The ladder is at its end: what the playbook says for that case begins.</summary>
    public sealed record FallbackStarted(Reason Reason, string Text) : RollbackEvent;

    /// <summary>One step of <c>on_failure</c> was pinned, for each of its services, and its locks are held: the next thing may be a write.</summary>
    public sealed record FallbackStepPlanned(int Index, Plan Plan) : RollbackEvent;

    /// <param name="Done">Carried out, or found not to be needed.</param>
    /// <param name="Text">Why it was not begun; empty when it was.</param>
    public sealed record FallbackStepEnded(int Index, string Action, bool Done, string Text) : RollbackEvent;

    /// <summary>People are called.</summary>
    public sealed record Paged(IReadOnlyList<string> Roles, Reason Reason, string Text) : RollbackEvent
    {
        /// <summary>Why nobody could be called when it was said; null: somebody could.</summary>
        public string? Unheard { get; init; }
    }

    /// <summary>People are not called for now, as they were called for the same just before.</summary>
    /// <param name="By">The rollback that called them.</param>
    /// <param name="Until">From then on they are called after all, if it is still so.</param>
    public sealed record CallPutOff(IReadOnlyList<string> Roles, Reason Reason, string Text, string By, DateTimeOffset CalledAt, DateTimeOffset Until) : RollbackEvent;

    /// <summary>A time target was missed; reported, never acted on.</summary>
    public sealed record Overran(string What, TimeSpan Target, TimeSpan Actual) : RollbackEvent;

    /// <summary>The hold is over and the alert still fires: no second undo.</summary>
    public sealed record FoundIneffective(string Text) : RollbackEvent
    {
        /// <summary>Somebody deployed something since, which may be why it fires.</summary>
        public bool Overtaken { get; init; }
    }

    /// <summary>The incident on the status page is for people from here on: nothing more is told there automatically.</summary>
    /// <param name="Link">Where customers read it; null: not known.</param>
    public sealed record IncidentLeft(string? Link, string Why) : RollbackEvent;

    /// <summary>Another playbook takes over after this one failed.</summary>
    public sealed record HandedOver(string Id, string Playbook) : RollbackEvent;

    public sealed record Closed(Outcome Outcome, Reason Reason, string Text) : RollbackEvent
    {
        /// <summary>What cut its watch short is of another service: whether it helped is told by its alerts at the end of its hold all the same.</summary>
        public bool KeepsItsAlerts { get; init; }

        /// <summary>What a person started in its place; null: nothing, or it was not noted.</summary>
        public string? GaveWayTo { get; init; }

        /// <summary>Of the alerts that it stood for some are done nothing for any more.</summary>
        public bool NothingInstead { get; init; }
    }
}

/// <summary>How a step ended, as the journal says it.</summary>
public enum StepResult
{
    Done,
    Failed,
    Superseded,
    CannotTell,

    /// <summary>Its condition did not hold.</summary>
    Skipped,
}

/// <summary>A playbook started by a person.</summary>
/// <param name="Method">The one method that was asked for; null: the ladder.</param>
/// <param name="Group">What rollbacks started together have in common: each step runs for all of them side by side.</param>
public sealed record ManualStart(string By, string Reason, string? Method, ImmutableSortedDictionary<string, string> Inputs, string? Group)
{
    /// <summary>No step of its playbook, or of what takes over, changes production.</summary>
    public bool ChangesNothing { get; init; }

    /// <summary>The rollback of the same service whose watch is cut short by it, or would be where it is only planned; null: none.</summary>
    public string? EndsWatchOf { get; init; }
}
