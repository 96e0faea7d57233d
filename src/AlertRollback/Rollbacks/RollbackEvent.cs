using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Playbooks;

namespace AlertRollback.Rollbacks;

/// <summary>One fact of a rollback's timeline. The state of a rollback is a fold over these and nothing else.</summary>
public abstract record RollbackEvent
{
    /// <summary>An alert met a row. Carries its own copy of row, service and playbook (S14).</summary>
    public sealed record Proposed(
        string Id,
        RowDefinition Row,
        ServiceDefinition Service,
        SeverityDefinition Severity,
        PlaybookDefinition Playbook,
        bool Shadow,
        string Why,
        Cause Cause) : RollbackEvent;

    /// <summary>One more alert of the same episode.</summary>
    public sealed record CauseAttached(Cause Cause) : RollbackEvent;

    public sealed record CauseResolved(string Fingerprint, DateTimeOffset? EndedAt) : RollbackEvent;

    /// <summary>All guards in their order; the first refusal is the reason.</summary>
    public sealed record GuardsJudged(IReadOnlyList<GuardResult> Results) : RollbackEvent;

    public sealed record Parked(Reason Reason, string Text, DateTimeOffset? Until) : RollbackEvent;

    /// <summary>What was in the way has gone, or its deadline is over: decided anew.</summary>
    public sealed record Unparked(string Text) : RollbackEvent;

    public sealed record PlanMade(Plan Plan) : RollbackEvent;

    /// <summary>One best-effort step before the first write ended: evidence, an audit entry.</summary>
    public sealed record BeforeStepEnded(int Index, string Action, bool Done, string Text, JsonObject? Data) : RollbackEvent;

    /// <summary>All guards passed once more and the locks are held: the next thing is a write.</summary>
    public sealed record Started(IReadOnlyList<string> Locks, IReadOnlyList<GuardResult> Guards) : RollbackEvent;

    public sealed record MethodStarted(int Method, string Name, DateTimeOffset Deadline) : RollbackEvent;

    /// <summary>Journalled before a step's write, so that after a crash it is known that it may have happened.</summary>
    public sealed record StepStarted(string Key, string Action, int Attempt) : RollbackEvent;

    /// <summary>A fact of a step that must survive a crash, e.g. that the API accepted the patch.</summary>
    public sealed record StepMarked(string Key, string Name, JsonObject Data, string Text) : RollbackEvent;

    public sealed record StepProgressed(string Key, int Percent, string Text) : RollbackEvent;

    public sealed record StepEnded(string Key, string Action, StepResult Result, Reason Reason, string Text) : RollbackEvent;

    public sealed record MethodFailed(int Method, Reason Reason, string Text) : RollbackEvent;

    public sealed record VerificationStarted(int Set, string Name, DateTimeOffset Deadline) : RollbackEvent;

    /// <summary>What a check set measured; journalled when an answer changed and at its end.</summary>
    public sealed record CheckSetAnswered(int Set, string Name, Verdict Verdict, IReadOnlyList<CheckResult> Results, bool Final) : RollbackEvent;

    public sealed record Verified(Verdict Verdict, string Text) : RollbackEvent;

    public sealed record StabilisationStarted(DateTimeOffset Until) : RollbackEvent;

    /// <summary>The ladder is at its end: what the playbook says for that case begins.</summary>
    public sealed record FallbackStarted(Reason Reason, string Text) : RollbackEvent;

    public sealed record FallbackStepEnded(int Index, string Action, bool Done, string Text) : RollbackEvent;

    /// <summary>People are called.</summary>
    public sealed record Paged(IReadOnlyList<string> Roles, Reason Reason, string Text) : RollbackEvent;

    /// <summary>A time target was missed; reported, never acted on.</summary>
    public sealed record Overran(string What, TimeSpan Target, TimeSpan Actual) : RollbackEvent;

    /// <summary>The hold is over and the alert still fires: no second undo.</summary>
    public sealed record FoundIneffective(string Text) : RollbackEvent;

    public sealed record Closed(Outcome Outcome, Reason Reason, string Text) : RollbackEvent;
}

/// <summary>How a step ended, as the journal says it.</summary>
public enum StepResult { Done, Failed, Superseded, CannotTell }
