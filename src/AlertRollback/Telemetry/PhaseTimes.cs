using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Rollbacks;

namespace AlertRollback.Telemetry;

/// <summary>
/// How long the phases of a rollback took, by its timeline: measured as overruns of the playbook's time targets are, but each
/// once, so that nothing that was counted changes any more. What was only planned took no time.
/// </summary>
internal static class PhaseTimes
{
    public const string Decide = "decide";
    public const string Start = "start";
    public const string Execute = "execute";
    public const string Verify = "verify";
    public const string Total = "total";

    public static readonly IReadOnlyList<string> All = [Decide, Start, Execute, Verify, Total];

    public static IEnumerable<(string Phase, TimeSpan Took)> Of(RollbackState rollback)
    {
        if (rollback.Shadow)
            yield break;
        if (rollback is { After: null, DueSince: { } due })
            yield return (Decide, rollback.ProposedAt - due);
        if (rollback.StartedAt is not { } started)
            yield break;
        yield return (Start, started - (rollback.Row.Window?.OpensAt(rollback.ProposedAt) ?? rollback.ProposedAt));
        foreach (var phase in AfterStart(rollback, started, rollback.DueSince ?? rollback.ProposedAt))
            yield return phase;
    }

    private static IEnumerable<(string Phase, TimeSpan Took)> AfterStart(RollbackState rollback, DateTimeOffset started, DateTimeOffset began)
    {
        var (executed, measured, stepEnded) = (false, false, (DateTimeOffset?)null);
        foreach (var (_, at, e) in rollback.Timeline)
        {
            if (e is RollbackEvent.VerificationStarted { Set: 0 } && !executed)
            {
                executed = true;
                yield return (Execute, at - started);
            }

            if (e is RollbackEvent.StepEnded or RollbackEvent.StepRestored)
                stepEnded = at;
            if (e is not RollbackEvent.Verified verified)
                continue;
            if (!measured && stepEnded is { } ended)
                yield return (Verify, at - ended);
            measured = true;
            if (verified.Verdict != Verdict.Pass)
                continue;
            yield return (Total, at - began);
            yield break;
        }
    }
}
