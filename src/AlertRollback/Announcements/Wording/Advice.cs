using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix;
using AlertRollback.Rollbacks;
using AlertRollback.Rollbacks.Running;

namespace AlertRollback.Announcements.Wording;

/// <summary>What a person must do now. The last thing a message says, and the first that somebody woken at three looks for.</summary>
public static class Advice
{
    private const string NotHealthy = "Take over now: the rollback did not make the service healthy.";

    public static string For(RollbackState rollback) =>
        (Next(rollback), Incident(rollback), Afterwards: ToDoAfterwards(rollback)) switch
        {
            (var next, null, null) => next,
            (var next, { } incident, null) => With(next, incident),
            (var next, var incident, var afterwards) => string.Join(' ', new[] { next.EndsWith('.') ? next : $"{next}.", incident, afterwards }.OfType<string>()),
        };

    // Whoever takes over does not think of it by themselves, and customers read on.
    private static string? Incident(RollbackState rollback) => rollback.IncidentLeft is not { } left ? null
        : $"The incident on the status page{(left.Link is { } link ? $" ({link})" : "")} is yours now: {left.Why}.";

    private static string? ToDoAfterwards(RollbackState rollback) => rollback.Closed is not null
        && rollback.DoneSteps.Select(s => s.Afterwards).OfType<string>().Distinct().ToList() is { Count: > 0 } toDo ? string.Join(". ", toDo) : null;

    // A command stands last, as nothing must be typed with it.
    private static string With(string advice, string besides) => advice.EndsWith('.') ? $"{advice} {besides}" : $"{besides} {advice}";

    private static string Next(RollbackState rollback) => rollback switch
    {
        { Ineffective.Overtaken: true } when Resolution.IsPast(rollback) => "Look at what was deployed after the undo: it may be why the alert fired on. It has resolved since.",
        { Ineffective.Overtaken: true } => "Look at what was deployed after the undo: it may be why the alert fires. Nothing more is done automatically.",
        { Ineffective: not null } when Resolution.IsPast(rollback) => $"Look why it took so long: the alert fired on after the hold and has resolved since, by what was done or by something else.{(Achieved.By(rollback).Undone ? " Find out what was wrong with the release before it is deployed again." : "")}",
        { Ineffective: not null } when Achieved.By(rollback).Undone => "Look for another cause: the release that was undone was not, or not the only, one. Nothing more is done automatically.",
        { Ineffective: not null } => "Look for the cause: what was done did not end it. Nothing more is done automatically.",
        { Phase: Phase.Parked, After: { } failed } => $"{failed} failed, and what was to take over waits: look at what {failed} left changed.",
        { Phase: Phase.Parked, Manual: not null, Parking.Reason: Reason.KillSwitch or Reason.Freeze or Reason.Breaker or Reason.Cooldown or Reason.Limit or Reason.RunUnderWay or Reason.TargetLocked } => With(For(rollback, rollback.Parking!.Reason), "After a long wait it has to be started again."),
        { Phase: Phase.Parked, Parking: { } parking } => For(rollback, parking.Reason),
        { HandedOver: { } over } => $"Follow {over.Id}: playbook {over.Playbook} took over.",
        { Closed.Outcome: Outcome.RolledBack } => Afterwards(rollback),
        { Closed: { } closed } when Resolution.IsPast(rollback) => Past(rollback, closed),
        { Closed.Outcome: Outcome.Withdrawn, After: { } failed } => $"Look at what {failed} left changed: it failed, and nothing took over.",
        { Closed.Outcome: Outcome.Inconclusive, MethodHasFailed: true } => NotHealthy,
        { Closed: { Outcome: Outcome.Refused or Outcome.Ineffective } closed, After: { } failed } when !Achieved.By(rollback).Changed =>
            $"Take over now: {failed} failed and what it changed stays. {(closed.Reason == Reason.ApprovalTimedOut ? "There was no answer in time." : For(rollback, closed))}",
        { Closed.Outcome: Outcome.Replaced, After: { } failed } => $"Look at what {failed} left changed: it failed, and the stronger row knows nothing of it.",
        { Closed: { } closed } => For(rollback, closed),
        { CurrentPlan: { } plan } when Pending(rollback) is { Count: > 0 } requests => Answer(rollback, plan.Digest[..12], requests),
        { Fallback: null, ChangesNothing: true } => "Nothing right now.",
        { Phase: Phase.Stabilising } => "Nothing right now. Please do not deploy this service until the watch is over.",
        { Fallback: not null, Playbook.Then: { } then } when NextMove.InDoubt(rollback) is null => $"Get ready, and change nothing by hand yet: the rollback did not make the service healthy, and playbook {then.Name} is to take over.",
        { Fallback: not null } => NotHealthy,
        { HasActed: true } => "Nothing right now. Please do not deploy this service while the rollback runs.",
        _ => "Nothing right now.",
    };

    private static List<RollbackEvent.ApprovalRequested> Pending(RollbackState rollback) =>
        [.. rollback.Approvals.Where(a => a.IsOpenIn(rollback)).Select(a => a.Request)];

    // Everybody who has to agree is told so: the plan waits for all of them.
    private static string Answer(RollbackState rollback, string digest, List<RollbackEvent.ApprovalRequested> requests)
    {
        var types = requests.Select(Typed).Distinct(StringComparer.Ordinal).ToList();
        var type = types switch
        {
            [""] => "",
            [var all] => $" {all}",
            _ when types.Contains("") => " [--type …]",
            _ => " --type …",
        };
        var asked = requests
            .Select(r => $"{r.Role}{OtherThan(rollback, r)}{(r.Answer is not null && types.Count > 1 ? $", with {Typed(r)}" : "")}: say yes or no until {Moment.Minute(r.Deadline, rollback.LastEventAt)} UTC ({TimelineLine.Silence(r)} if nobody answers)")
            .Distinct(StringComparer.Ordinal);
        return $"{string.Join("; ", asked)}: alertrollback approve {rollback.Id} --digest {digest}{type}, or alertrollback reject {rollback.Id} --digest {digest}";
    }

    // Nobody guesses what is meant; the answer itself would be typed without a thought.
    private static string Typed(RollbackEvent.ApprovalRequested request) => request switch
    {
        { Answer: null } => "",
        { Type: { Length: > 0 } words } => $"--type \"<{words}>\"",
        _ => "--type …",
    };

    private static string OtherThan(RollbackState rollback, RollbackEvent.ApprovalRequested request) =>
        request.ByAnother && rollback.Manual is { By: var starter } ? $", other than {starter}" : "";

    private static string Afterwards(RollbackState rollback)
    {
        var next = Achieved.By(rollback) switch
        {
            { Undone: true, Quarantined: true } => "Find out what was wrong with the release before it is deployed again: it is in quarantine.",
            { Undone: true } => "Find out what was wrong with the release before it is deployed again: it is not, or not everywhere, in quarantine.",
            _ when rollback.Manual is not null => Stays(rollback),
            { Changed: true } => "Look for the cause: no release was undone.",
            _ => "Look for the cause: nothing was changed.",
        };
        var again = rollback.HoldUntil is { } hold ? $" at {Moment.Minute(hold, rollback.LastEventAt)} UTC" : " soon";
        return rollback switch
        {
            { StillFires: false } => next,
            { Closed: { Reason: Reason.WatchCutShort, KeepsItsAlerts: false } } => $"Watch the alert, it still fires: what was started by hand is judged by it now. {next}",
            _ => $"Watch the alert, it still fires: it is judged again{again}. {next}",
        };
    }

    // Whoever started it knows why; what they may forget is that nobody takes it back.
    private static string Stays(RollbackState rollback) =>
        rollback.DoneSteps.Where(s => s is { ChangesProduction: true, Meanwhile: false })
            .Select(s => ServiceDefinition.Named(s.Service, $"{s.Action} ({(s.From.Length == 0 ? "" : $"{s.From} → ")}{s.To})")).ToList() is { Count: > 0 } changed
            ? $"Nothing, if this is what was wanted: {string.Join(", ", changed)}. It stays so until somebody changes it."
            : "Nothing.";

    // That an alert resolved says of no service that it is healthy, and puts nothing back.
    private static string Past(RollbackState rollback, RollbackEvent.Closed closed) => closed.Outcome switch
    {
        // What has to be done is there still, whatever fires.
        _ when closed.Reason is Reason.DeployedAgain or Reason.Isolated => $"The alert has resolved since. {For(rollback, closed)}",
        Outcome.Failed or Outcome.Inconclusive => "The alert has resolved since, but the rollback did not end with a service that was measured to be healthy: look whether it is, and at what was left changed.",
        Outcome.Superseded when Achieved.WasOvertaken(rollback) => "The alert has resolved since: look whether what was deployed meanwhile is the fix.",
        Outcome.Superseded or Outcome.Stopped => "The alert has resolved since. Look at what was left half done, then finish or revert it by hand.",
        _ when rollback.After is { } failed && !Achieved.By(rollback).Changed => $"The alert has resolved since. Look at what {failed} left changed: it failed, and nothing took over.",
        _ => "The alert has resolved since, and nothing was changed: see that it stays so.",
    };

    private static string For(RollbackState rollback, RollbackEvent.Closed closed) => closed.Outcome switch
    {
        Outcome.Replaced when closed.NothingInstead => "Decide yourself: the matrix as it is now does nothing for this alert, which still fires.",
        Outcome.Replaced when closed.Reason == Reason.MatrixChanged => "Look at what was announced instead: its alerts were decided anew.",
        Outcome.Replaced when closed.GaveWayTo is { } started => $"Follow {started}.",
        Outcome.Withdrawn or Outcome.Replaced => "Nothing.",
        Outcome.Shadowed => RollBack(rollback, "If you agree,"),
        Outcome.Superseded when closed.Reason == Reason.DeployedAgain => For(rollback, closed.Reason),
        Outcome.Superseded when Achieved.WasOvertaken(rollback) => "Look at what was deployed meanwhile: it was left alone, and it may or may not be the fix.",
        Outcome.Superseded => $"Take over now: somebody else changed the same thing at the same time, which was left alone, and the rollback went no further. {(Achieved.By(rollback).Undone ? "" : "No release was undone. ")}Look at what was changed and what was not, then finish or revert it by hand.",
        Outcome.Failed => NotHealthy,
        Outcome.Inconclusive => "Take over now: look yourself whether the service is healthy; nothing more is done automatically.",
        Outcome.Ineffective when Achieved.By(rollback).Undone => "Look for another cause: the alert still fires although a release was undone. Nothing more is done automatically.",
        Outcome.Ineffective => "Look for the cause: the alert still fires. Nothing more is done automatically.",
        Outcome.Stopped => "Look at what was left half done, then finish or revert it by hand.",
        _ when closed.Reason == Reason.ConditionNotMet && !rollback.StillFires && rollback.After is null && !Achieved.By(rollback).Changed => "Nothing: it was not needed.",
        _ when closed.Reason == Reason.CannotTell => "Decide yourself: it could not be told whether a rollback is right; it is not tried again.",
        _ => For(rollback, closed.Reason),
    };

    // A playbook without "manual" is started by nobody, and whoever tried would lose the minute in which they wanted to act.
    private static string ByHand(RollbackState rollback, string otherwise) => Startable(rollback) is { } manual
        ? $"It can be started by hand: {Commands.Trigger(rollback, manual)}"
        : otherwise;

    // Only for what nobody refuses a person who has looked: elsewhere they would lose the minute, too.
    private static string RollBack(RollbackState rollback, string when, string first = "") => Startable(rollback) is { } manual
        ? $"{when} start it by hand: {first}{Commands.Trigger(rollback, manual)}"
        : $"{when} roll back by hand{(rollback.Shadow ? ": in shadow mode nothing is changed" : "")}.";

    // Where the team, or all of it, is in shadow mode, a start by hand would only be planned, too.
    private static ManualDefinition? Startable(RollbackState rollback) => rollback is { Shadow: true, Row.ShadowAlone: false } ? null : rollback.Playbook.Manual;

    // The same guard is asked of a start by hand. Of the workload it can be said without a rollout. As one command: Slack shows it all on one line.
    private static string SaidThatNone(RollbackState rollback) => rollback.Service.Workload is { } workload && Startable(rollback) is not null
        ? RollBack(rollback, "say so and", $"kubectl annotate {workload.Kind} {workload.Name} --namespace {workload.Namespace} {Marks.DatabaseChange}=none --overwrite && ")
        : "roll back by hand.";

    private static string For(RollbackState rollback, Reason reason) => reason switch
    {
        Reason.KillSwitch => $"Decide yourself: the kill switch is on. It goes on by itself when the switch is turned off: {Commands.KillSwitchOff}",
        Reason.Hold => "Watch the alert: if it still fires when this time is over, people are called.",
        Reason.Cooldown => "Watch the alert: it is decided anew when this time is over.",
        Reason.OutsideWindow => "Nothing right now: it goes on when the window opens.",
        Reason.RejectedByPerson => "Nothing is done automatically; decide what to do instead.",
        Reason.ApprovalTimedOut => $"Decide yourself: there was no answer in time, and nothing was changed. {ByHand(rollback, "If it is right, roll back by hand.")}",
        Reason.Freeze when rollback.Parking?.Service is { } frozen => $"Decide yourself, or lift the freeze, and it goes on by itself: {Commands.Unfreeze(frozen)}",
        Reason.Freeze => "Decide yourself, or lift the freeze: it goes on by itself then.",
        Reason.Limit or Reason.RunUnderWay or Reason.TargetLocked => "Nothing right now: it goes on when the other rollback has ended.",
        Reason.Breaker => $"Look at the platform first: many services fail at once. When rolling back is still right, reset the breaker: {Commands.BreakerReset}",
        Reason.OwnedByGitops => "Revert the release in git: whoever owns the workload would undo a rollback made here.",
        Reason.Paused => "Decide yourself: somebody paused the rollout on purpose.",
        Reason.CanaryUnderWay => $"Promote or abort the version that is on its way first. {ByHand(rollback, "Then roll back by hand if it is still right.")}",
        Reason.DeployedAfterAlert => $"Look whether the newest release is the fix. {RollBack(rollback, "If it is not,")}",
        Reason.DeployedTooLongAgo => "Look for another cause: nothing was deployed recently.",
        Reason.DeployTimeUnknown => $"Look when the running release was deployed. {RollBack(rollback, "If it is the cause,")}",
        Reason.DeployedAgain when Startable(rollback) is null => "Stop whoever deploys it, and roll back by hand: what was undone runs again.",
        Reason.DeployedAgain => $"Stop whoever deploys it: what was undone runs again. {RollBack(rollback, "Then")}",
        Reason.Superseded => "Look at what somebody else changed meanwhile, and act by hand if it is the cause.",
        Reason.NoNewRelease => "Look for another cause: what runs had run here before and came back, and is no new release. If it has to be replaced, roll back by hand to a version that you name.",
        Reason.NoCandidate or Reason.NoKnownGood or Reason.TargetPruned => $"Choose the version to go back to, and deploy it by hand.{(Commands.Revisions(rollback.Service) is { } revisions ? $" What there is: {revisions}" : "")}",
        Reason.TargetEqualsCurrent or Reason.NothingWouldChange => "Look for another cause: what runs is already what a rollback would bring back.",
        Reason.StaleAlert => $"Look whether the problem is still there. {RollBack(rollback, "If it is,")}",
        Reason.StaleStart when Startable(rollback) is { } manual => $"Look whether it is still wanted; start it again if it is: {Commands.Trigger(rollback, manual)}",
        Reason.StaleStart => "Look whether it is still wanted; start it again if it is.",
        Reason.Irreversible => "Decide yourself: this release is marked as not reversible.",
        Reason.DatabaseChange => "Decide yourself: the release changed the database, and going back with the code alone may not fit it. Where the team has a playbook that takes both back, start that one.",
        Reason.Isolated => "Decide with those who look into the incident: the pods are cut off the network on purpose and are evidence. When they are needed no more, lift the isolation.",
        Reason.DatabaseChangeUnknown => $"Look whether the release changed the database. If it did, take both back; if it did not, {SaidThatNone(rollback)}",
        Reason.CannotTell => "Nothing right now: it could not be told whether a rollback is right, and it is asked again for a while.",
        Reason.Ineffective => "Look for another cause: a rollback already ran, and the alert still fires.",
        _ => "Decide yourself and, if it is right, roll back by hand.",
    };
}
