using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Rollbacks;
using AlertRollback.Rollbacks.Guards;

namespace AlertRollback.Announcements.Wording;

/// <summary>
/// One event as one line of plain text, the same in Slack, on the command line and in the demo. Null for events that
/// people need not read. Holds untrusted text: whoever shows it escapes it.
/// </summary>
public static class TimelineLine
{
    private const int Longest = 2000;

    /// <summary>A text of any length as one of many in a message; what is left out is said, and where it is.</summary>
    internal static string Clipped(string text, string rollback) =>
        text.Length <= Longest ? text : $"{PlainText.Truncate(text, Longest)} (all of it: alertrollback show {rollback})";

    /// <summary>A watch of no length is none. The journal keeps of the time of an entry its whole milliseconds.</summary>
    public static string? For(TimelineEntry entry) => For(entry, "an alert");

    /// <param name="alert">Which one, where it is told of one that was told of before.</param>
    internal static string? For(TimelineEntry entry, string alert) =>
        entry.Event is RollbackEvent.StabilisationStarted { Until: var until } && until.ToUnixTimeMilliseconds() <= entry.At.ToUnixTimeMilliseconds()
            ? null
            : For(entry.Event, entry.At, alert);

    private static string? For(RollbackEvent e, DateTimeOffset at, string alert) => e switch
    {
        RollbackEvent.Proposed { Manual: { } manual } x => $"{manual.By} started {x.Playbook.Name}{(manual.Method is { } way ? $" by {way}" : "")}: {manual.Reason}{EndOfWatch(x, manual)}",
        RollbackEvent.Proposed { After: { } after } x => $"playbook {x.Playbook.Name} goes on after {after}: {x.Why}",
        RollbackEvent.Proposed { Cause: null } x => x.Why,
        RollbackEvent.Proposed x => $"{x.Cause.AlertName} is firing{Summary(x.Cause)}: {x.Why}{Clock(x.Cause, at)}",
        RollbackEvent.CauseAttached x => $"{x.Cause.AlertName}{OfService(x)} joins{Labels(x.Cause)}{Clock(x.Cause, at)}",
        RollbackEvent.CauseResolved { Asked: true } => $"{alert} does not fire any more: no resolution was sent, and whoever was asked no longer has it",
        RollbackEvent.CauseResolved { AnewAt: { } anew } => $"{alert} had ended, though no resolution was sent: it fires anew since {Moment.Minute(anew, at)} UTC",
        RollbackEvent.CauseResolved => $"{alert} resolved",
        RollbackEvent.FiringConfirmed => "it was asked for, as it may have resolved: it fires",
        RollbackEvent.GuardsJudged x when x.Results.FirstOrDefault(g => !g.Passed) is { } refused => $"guard {refused.Guard} says no: {refused.Text}",
        RollbackEvent.GuardsJudged x => $"all {x.Results.Count} guards passed{Attribution(x.Results)}",
        RollbackEvent.Parked x => $"waits ({x.Reason.Word()}): {x.Text}",
        RollbackEvent.Unparked x => $"goes on: {x.Text}",
        RollbackEvent.PlanMade x => $"plan: {string.Join("; ", x.Plan.Steps.Select(Step))}",
        RollbackEvent.ApprovalRequested x => $"{x.Role} {(x.Round > 1 ? "is asked again" : "is asked")} until {Moment.Second(x.Deadline, at)} UTC ({Silence(x)} if nobody answers): {x.Why}",
        RollbackEvent.ApprovalGiven x => $"{x.By} said yes{Note(x.Note)}",
        RollbackEvent.ApprovalRejected x => $"{x.By} said no{Note(x.Note)}",
        RollbackEvent.ApprovalLapsed x => $"nobody {(x.Untold ? "could be told" : "answered")} in time: {Silence(x.Otherwise)}",
        RollbackEvent.BeforeStepEnded x => $"{x.Action}: {x.Text}",
        RollbackEvent.Started x => $"started; from here on its steps are carried out{(x.EndsWatchOf is { } watched ? $", and the watch of {watched} ends" : "")}",
        RollbackEvent.MethodStarted x => $"method {x.Name}, until {Moment.Second(x.Deadline, at)} UTC",
        RollbackEvent.StepStarted { Attempt: > 1 } x => $"{x.Action} taken up again (attempt {x.Attempt})",
        RollbackEvent.StepMarked { Text.Length: > 0 } x => x.Text,
        RollbackEvent.StepProgressed x => $"{x.Percent} %: {x.Text}",
        RollbackEvent.StepEnded x => $"{x.Action} {Word(x)}: {x.Text}",
        RollbackEvent.StepRestored { Result: StepResult.Done } x => $"{x.Action} put back: {x.Text}",
        RollbackEvent.StepRestored x => $"{x.Action} was NOT put back ({x.Reason.Word()}): {x.Text}",
        RollbackEvent.StabilityAnswered x => $"at the end of the watch {x.Verdict.Word()}: {Results(x.Results)}",
        RollbackEvent.FiringAnswered x =>
            $"{x.Alerts} began to fire; asked again, {x.Verdict.Word()}: {Results(x.Results)}{(x.Verdict == Verdict.Pass ? " — it may look back at what is gone: the watch goes on" : "")}",
        RollbackEvent.HandedOver x => $"playbook {x.Playbook} takes over as {x.Id}",
        RollbackEvent.MethodFailed x => $"this way did not work ({x.Reason.Word()}): {x.Text}",
        RollbackEvent.VerificationStarted x => $"checks \"{x.Name}\" are asked, until {Moment.Second(x.Deadline, at)} UTC",
        RollbackEvent.CheckSetAnswered x => $"checks \"{x.Name}\" {(x.Final ? "" : "so far ")}{x.Verdict.Word()}: {Results(x.Results)}",
        RollbackEvent.Verified x => $"verification: {x.Verdict.Word()} — {x.Text}",
        RollbackEvent.StabilisationStarted x => $"watched until {Moment.Minute(x.Until, at)} UTC, please deploy nothing",
        RollbackEvent.FallbackStarted x => $"the ladder is at its end ({x.Reason.Word()}): {x.Text}",
        RollbackEvent.FallbackStepPlanned x when x.Plan.Steps.Where(s => s.ChangesProduction).ToList() is { Count: > 0 } steps => $"next: {string.Join("; ", steps.Select(Step))}",
        RollbackEvent.FallbackStepEnded { Text.Length: > 0 } x => $"{x.Action}: {x.Text}",
        RollbackEvent.Paged { Unheard: { } why } x => $"would call {Roles(x.Roles)}, but {why}: nobody hears of it, look here yourself{Note(x.Text)}",
        RollbackEvent.Paged x => $"calling {Roles(x.Roles)}{Note(x.Text)}",
        RollbackEvent.CallPutOff x => $"{Roles(x.Roles)}, called at {Moment.Second(x.CalledAt, at)} UTC by {x.By} for the same ({x.Reason.Word()}), not called again for now{Note(x.Text)}",
        RollbackEvent.Overran x => $"overrun: {x.What} took {x.Actual.TotalMinutes:0.#} min, target {x.Target.TotalMinutes:0.#} min",
        RollbackEvent.FoundIneffective x => x.Text,
        RollbackEvent.IncidentLeft x => $"the incident on the status page is left to people: {x.Why}{(x.Link is { } link ? $" {link}" : "")}",
        RollbackEvent.Closed x => $"closed: {x.Outcome.Word()} ({x.Reason.Word()}) — {x.Text}",
        _ => null,
    };

    private static string EndOfWatch(RollbackEvent.Proposed proposed, ManualStart manual) => manual.EndsWatchOf switch
    {
        null => "",
        var watched when proposed.Shadow => $"; carried out, it would end the watch of {watched}",
        var watched => $"; with its first write the watch of {watched} ends",
    };

    public static string Results(IReadOnlyList<CheckResult> results) => string.Join("; ", results.Select(Result));

    public static string Result(CheckResult r) =>
        $"{(r.Expected is null && r.Verdict == Verdict.Pass ? "ℹ" : Mark(r.Verdict))} {r.What}: {r.Measured}{(r.Expected is null ? "" : $" (expected {r.Expected})")}";

    private static string Mark(Verdict verdict) => verdict switch
    {
        Verdict.Pass => "✓",
        Verdict.Fail => "✗",
        _ => "?",
    };

    private static string Step(PlannedStep step) =>
        $"{step.Name} {(step.From.Length == 0 ? "" : $"{step.From} → ")}{step.To}{string.Concat(step.Warnings.Select(w => $" ⚠ {w}"))}";

    public static string Word(RollbackEvent.StepEnded e) => e.Result switch
    {
        StepResult.Done => "done",
        StepResult.Failed => $"failed ({e.Reason.Word()})",
        StepResult.Superseded => "superseded",
        StepResult.Skipped => "skipped",
        _ => $"unknown ({e.Reason.Word()})",
    };

    internal static string Roles(IReadOnlyList<string> roles) => roles.Count == 0 ? "the channel" : string.Join(", ", roles);

    private static string Note(string? note) => string.IsNullOrEmpty(note) ? "" : $": {note}";

    /// <summary>What comes if nobody answers.</summary>
    public static string Silence(RollbackEvent.ApprovalRequested asked) => asked switch
    {
        { Otherwise: OnSilence.Escalate, AlsoCalled: { Count: > 0 } others } => $"{string.Join(" and ", others.Prepend(asked.Role))} are called",
        { Otherwise: OnSilence.Escalate } => $"{asked.Role} is called once more",
        _ => Silence(asked.Otherwise),
    };

    // Whom an escalation calls is said by the call behind it.
    private static string Silence(OnSilence otherwise) => otherwise switch
    {
        OnSilence.Deny => "it is not done",
        OnSilence.Escalate => "it is asked once more",
        OnSilence.Proceed => "it is done",
        _ => "it is dropped",
    };

    private static string Attribution(IReadOnlyList<GuardResult> results) =>
        results.FirstOrDefault(g => g.Guard == Rollbacks.Guards.Attribution.Guard) is { } found ? $"; {found.Text}" : "";

    private static string Summary(Cause cause) => cause.Summary is null ? "" : $" — {cause.Summary}";

    /// <summary>An alert among others of its name.</summary>
    internal static string Name(Cause cause, string ofService = "") => $"{cause.AlertName}{ofService}{Labels(cause)}";

    internal static string Name(RollbackEvent.CauseAttached joining) => Name(joining.Cause, OfService(joining));

    private static string OfService(RollbackEvent.CauseAttached joining) => joining.Service is { } other ? $" of {other}" : "";

    private static string Clock(Cause cause, DateTimeOffset at) => cause.SaidToStartAt - cause.StartsAt is { } ahead
        ? $"; who sent it says that it begins in {ahead.TotalMinutes:0} min, by a clock that runs ahead: it counts from {Moment.Minute(cause.StartsAt, at)} UTC on" : "";

    private static string Labels(Cause cause) =>
        cause.Labels.TryGetValue("pod", out var pod) || cause.Labels.TryGetValue("instance", out pod) ? $" ({pod})" : "";
}
