using AlertRollback.Rollbacks;
using AlertRollback.Rollbacks.Running;

namespace AlertRollback.Announcements.Wording;

/// <summary>One line that says where a rollback is. Never says that something works which was not measured.</summary>
public static class Headline
{
    public static string For(RollbackState rollback) =>
        $"{Icon(rollback)} {Mark(rollback.Shadow)}{rollback.Service.Name}: {Text(rollback)}";

    public static string Icon(RollbackState rollback) => rollback switch
    {
        { Ineffective: not null } or { Closed.Outcome: Outcome.Ineffective } when Resolution.IsPast(rollback) => "🟡",
        { Ineffective: not null } => "🔴",
        { Closed.Outcome: Outcome.RolledBack, StillFires: true } => "🟡",
        { Closed.Outcome: Outcome.RolledBack, Answers.IsEmpty: true } => "☑️",
        { Closed.Outcome: Outcome.RolledBack } => "✅",
        { Closed: { Outcome: Outcome.Withdrawn or Outcome.Replaced, NothingInstead: false } } => "⚪",
        { Closed.Outcome: Outcome.Shadowed } => "👥",
        { Closed: { Outcome: Outcome.Refused or Outcome.Replaced, Reason: not Reason.DeployedAgain } } => "✋",
        { Closed: { Outcome: Outcome.Superseded, Reason: not Reason.DeployedAgain } } when Achieved.WasOvertaken(rollback) => "✋",
        { Closed: not null } => "🔴",
        { Phase: Phase.Parked } => "⏸️",
        _ when WaitsForAnswer(rollback) => "❓",
        { Phase: Phase.Stabilising, Answers.IsEmpty: false } => "🟢",
        _ => "⏪",
    };

    /// <summary>Before what is only planned.</summary>
    public static string Mark(bool shadow) => shadow ? "[shadow] " : "";

    public static string Text(RollbackState rollback) => rollback switch
    {
        { Ineffective: not null } when Resolution.IsPast(rollback) => $"{Did(rollback)}, the alert fired on after the hold and has resolved since",
        { Ineffective: not null } => $"{Did(rollback)}, but the alert still fires",
        { Closed: { Outcome: not Outcome.RolledBack } closed } when Resolution.IsPast(rollback) => $"{Text(rollback, closed)}, the alert has resolved since",
        { Closed: { } closed } => Text(rollback, closed),
        { Phase: Phase.Parked } => $"rollback waits ({rollback.Parking!.Reason.Word()})",
        { Phase: Phase.Stabilising } => $"{Did(rollback)}{Known(rollback)}{(Achieved.By(rollback).Watched ? ", now watched" : "")}",
        { Phase: Phase.Verifying } => $"{Achieved.By(rollback).Did}, being verified",
        { Phase: Phase.Acting, Fallback: not null, FallbackPlan: { } plan } when plan.Steps.Any(s => s.ChangesProduction) => "rollback did NOT work, the fallback runs",
        { Phase: Phase.Acting, Fallback: not null, Playbook.Then: { } then } when NextMove.InDoubt(rollback) is null => $"rollback did NOT work, playbook {then.Name} is to take over",
        { Phase: Phase.Acting, Fallback: not null } => "rollback did NOT work, people are called",
        { HasActed: true } when WaitsForAnswer(rollback) => "this way did not work, the next waits for a yes or no",
        { Phase: Phase.Acting, MethodHasFailed: true, Method: { } failed } when rollback.Ladder.Any(m => m > failed.Method) => "this way did not work, the next begins",
        { Phase: Phase.Acting, MethodHasFailed: true } => "this way did not work, there is no other",
        { Phase: Phase.Acting } => $"{Doing(rollback)}{Percent(rollback)}",
        _ when WaitsForAnswer(rollback) => "a rollback waits for a yes or no",
        _ => "rollback is being planned",
    };

    /// <summary>People are asked about what is planned, before anything or before the next method.</summary>
    public static bool WaitsForAnswer(RollbackState rollback) => rollback is { Phase: Phase.Planned or Phase.Acting, Fallback: null }
        && rollback.Approvals.Any(a => a.IsOpenIn(rollback));

    private static string Text(RollbackState rollback, RollbackEvent.Closed closed) => closed.Outcome switch
    {
        Outcome.RolledBack when rollback.StillFires => $"{Did(rollback)}{Known(rollback)}, the alert still fires",
        Outcome.RolledBack => Achieved.By(rollback).Well(Did(rollback)),
        Outcome.Shadowed => "would be rolled back",
        Outcome.Refused when rollback.After is not null && !Achieved.By(rollback).Changed => $"did NOT take over ({closed.Reason.Word()})",
        Outcome.Refused => $"not rolled back ({closed.Reason.Word()})",
        Outcome.Withdrawn when rollback.After is not null => "resolved before this playbook took over",
        Outcome.Withdrawn => "resolved by itself, nothing was changed",
        Outcome.Replaced when closed.NothingInstead => "not rolled back (matrix_changed)",
        Outcome.Replaced when closed.Reason == Reason.MatrixChanged => "the matrix was changed, decided anew",
        Outcome.Replaced when closed.GaveWayTo is not null => $"{closed.Text} instead",
        Outcome.Replaced => "a stronger row took over",
        Outcome.Superseded when closed.Reason == Reason.DeployedAgain => "what was undone was deployed again, left alone",
        Outcome.Superseded when Achieved.WasOvertaken(rollback) => "somebody deployed meanwhile, left alone",
        Outcome.Superseded => "rollback STOPPED, somebody else changed the same thing",
        Outcome.Failed => $"rollback FAILED ({closed.Reason.Word()})",
        Outcome.Inconclusive when rollback.MethodHasFailed => "rollback did NOT work, the next way could not be begun",
        Outcome.Inconclusive when rollback.CurrentPlan?.Steps.All(s => rollback.Steps.GetValueOrDefault(s.Key)?.Ended is { Result: StepResult.Done or StepResult.Skipped }) is not true => "rollback UNCERTAIN, look what runs",
        Outcome.Inconclusive => $"{Achieved.By(rollback).Did}, result UNKNOWN",
        Outcome.Ineffective when !rollback.HasActed => "not rolled back again, the earlier rollback did not help",
        Outcome.Ineffective => $"{Did(rollback)}, but the alert still fires",
        _ => "rollback STOPPED",
    };

    private static string Did(RollbackState rollback) => Achieved.By(rollback) is { Undone: false } other ? other.Did : "rolled back";

    private static string Known(RollbackState rollback) => Achieved.By(rollback) switch
    {
        { Measured: true } => " and verified",
        { Asked: true } => "",
        _ => ", nothing measured",
    };

    private static string Doing(RollbackState rollback) => rollback.CurrentPlan switch
    {
        { } plan when plan.Suspects.Any() => "rolling back",
        { } plan when plan.Steps.Any(s => s.ChangesProduction) => $"playbook {rollback.Playbook.Name} is being carried out",
        { } => "looking",
        null => "rolling back",
    };

    private static string Percent(RollbackState rollback) =>
        rollback.Steps.Values.FirstOrDefault(s => s.Ended is null && s.Percent > 0) is { } step ? $", {step.Percent} %" : "";
}
