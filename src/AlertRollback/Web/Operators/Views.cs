using System.Text.Json.Nodes;
using AlertRollback.Announcements.Wording;
using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Rollbacks;
using AlertRollback.Rollbacks.Guards;

namespace AlertRollback.Web.Operators;

// What operators are shown, as JSON. Made from the book alone.

/// <param name="Refused">Of the alert messages that the webhook did not take in.</param>
/// <param name="NotCallable">Of whom, and why: no channel to people is configured, or Slack would not take it.</param>
/// <param name="NotPublishable">What of the status page, and why: Statuspage would not take it.</param>
/// <param name="NotActedOn">Of the alerts that no row decided; null when there were none lately.</param>
public sealed record StatusView(
    bool KillSwitch,
    bool KillSwitchNow,
    string? KillSwitchBy,
    string? KillSwitchWhy,
    string? Breaker,
    IReadOnlyList<FreezeView> Freezes,
    IReadOnlyList<WatchView> DeploymentsFrozen,
    string? MatrixTrouble,
    IReadOnlyList<string> Refused,
    IReadOnlyList<string> CredentialsFaulty,
    string? Cluster,
    IReadOnlyDictionary<string, string> Unwatched,
    IReadOnlyList<string> ProgramsAbsent,
    IReadOnlyList<string> NotCallable,
    IReadOnlyList<string> NotPublishable,
    IReadOnlyDictionary<string, string> NotTold,
    int Open,
    int Acting,
    int OpenTasks,
    string? NotActedOn);

/// <summary>No rollback of a service until then.</summary>
public sealed record FreezeView(string Service, DateTimeOffset? Until, string By, string Why);

/// <summary>No deployment of a service until then: it is watched after a rollback.</summary>
public sealed record WatchView(string Service, DateTimeOffset Until, string RollbackId);

/// <param name="Text">Empty where people need not read it, or the last of its neighbours says it for all of them.</param>
public sealed record LineView(long Sequence, DateTimeOffset At, string Event, string Text);

/// <summary>One rollback in a list: how it stands, and what a person must do now.</summary>
public sealed record RollbackView(
    string Id,
    string Team,
    string Service,
    string? Workload,
    string Row,
    string Severity,
    string Playbook,
    bool Shadow,
    Phase Phase,
    string Headline,
    DateTimeOffset ProposedAt,
    DateTimeOffset? ClosedAt,
    Outcome? Outcome,
    Reason? Reason,
    string? From,
    string? To,
    string Advice)
{
    public static RollbackView Of(RollbackState r)
    {
        var step = Chief(r);
        return new(
            r.Id, r.Service.Team, r.Service.Name, r.Service.Workload?.ToString(), r.Row.Name, r.Severity.Name, r.Playbook.Name, r.Shadow, r.Phase,
            Announcements.Wording.Headline.For(r), r.ProposedAt, r.ClosedAt, r.Closed?.Outcome, r.Closed?.Reason ?? r.Parking?.Reason, step?.From, step?.To,
            Announcements.Wording.Advice.For(r));
    }

    // What replaces the suspect is what a rollback is for, also where a later method that replaces none goes on from it; what
    // is changed only meanwhile comes first in a plan. A step that went wrong counts only where nothing else is there.
    private static PlannedStep? Chief(RollbackState r)
    {
        var planned = r.CurrentPlan?.Steps ?? [];
        var steps = planned.Where(s => r.Steps.GetValueOrDefault(s.Key)?.Ended is null or { Result: StepResult.Done })
            .Concat(r.DoneSteps.Reverse()).Concat(planned).Where(s => s.ChangesProduction).ToList();
        return steps.Find(s => s.HasSuspect) ?? steps.Find(s => !s.Meanwhile) ?? steps.FirstOrDefault();
    }
}

/// <param name="Manual">Who started it by hand, why and with what; null for an alert's.</param>
/// <param name="Measured">By the last look: that at the end of the watch, where there was one.</param>
public sealed record RollbackDetailView(
    RollbackView Rollback,
    ManualStart? Manual,
    IReadOnlyList<Cause> Causes,
    IReadOnlyList<GuardResult> Guards,
    IReadOnlyList<Plan> Plans,
    IReadOnlyList<ApprovalView> Approvals,
    IReadOnlyList<CheckResult> Measured,
    IReadOnlyList<LineView> Timeline)
{
    public static RollbackDetailView Of(RollbackState r) => new(
        RollbackView.Of(r),
        r.Manual,
        r.Causes,
        r.Guards,
        r.Plans,
        [.. r.Approvals.Select(a => ApprovalView.Of(r, a))],
        [.. r.LastMeasured],
        [.. Condensed.Lines(r.Timeline).Select(l => new LineView(l.Entry.Sequence, l.Entry.At, EventJson.Word(l.Entry.Event.GetType()), l.Text ?? ""))]);
}

/// <summary>What a step kept of what was there before it was changed, secrets masked.</summary>
/// <param name="Step">The step's key, and its action where the plan has it.</param>
/// <param name="Kept">Pods with their logs, state and events, or a container's log; see <c>capture</c>.</param>
public sealed record EvidenceView(string Step, DateTimeOffset At, JsonObject Kept)
{
    public static IReadOnlyList<EvidenceView> Of(RollbackState r) => [.. r.Evidence.Select(e => new EvidenceView(Named(r, e.Mark.Key), e.At, e.Mark.Data))];

    private static string Named(RollbackState r, string key) =>
        r.Plans.SelectMany(p => p.Steps).FirstOrDefault(s => s.Key == key) is { } step ? $"{key} {step.Action}" : key;
}

/// <param name="Due">Until when it should be done, an alert's task: begun; null: no time was set.</param>
/// <param name="Rollback">The rollback whose open item it is; null for an alert's.</param>
/// <param name="Alerts">Since when each fires, or that it resolved, for people; those of one name as one.</param>
public sealed record TaskView(
    string Id, string Team, string Service, string Severity, string Text, string? Role, DateTimeOffset At, DateTimeOffset? Due, string? Rollback, bool Open, string? DoneBy, string? Note,
    IReadOnlyList<string> Alerts)
{
    public static TaskView Of(TaskState t) => new(
        t.Given.Id, t.Given.Service.Team, t.Given.Service.Name, t.Given.Severity, t.Given.Text, t.Given.Role, t.At, t.At + t.Given.Within, t.Given.Of, t.IsOpen, t.Done?.By, t.Done?.Note,
        // Nobody knows on which day it is read.
        TaskAlerts.Lines(t, DateTimeOffset.MinValue));
}

/// <param name="Type">What has to be typed to agree; null: nothing.</param>
/// <param name="Otherwise">What happens when nobody answers until the deadline.</param>
/// <param name="State"><c>open</c>, <c>given</c>, <c>rejected</c>, <c>lapsed</c>, or <c>void</c>: nobody answered, and the plan it asks about is not waited with any more.</param>
public sealed record ApprovalView(
    string Digest, string Ask, string Role, string Why, string? Type, bool ByAnother, DateTimeOffset Deadline, OnSilence Otherwise, string State, string? By, string? Note)
{
    public static ApprovalView Of(RollbackState r, ApprovalState a) => new(
        a.Request.Digest, a.Request.Ask, a.Request.Role, a.Request.Why, a.Request.Answer, a.Request.ByAnother, a.Request.Deadline, a.Request.Otherwise,
        a switch
        {
            _ when a.IsOpenIn(r) => "open",
            { IsOpen: true } => "void",
            { Rejected: not null } => "rejected",
            { Given: not null } => "given",
            _ => "lapsed",
        },
        a.Given?.By ?? a.Rejected?.By,
        a.Given?.Note ?? a.Rejected?.Note);
}
