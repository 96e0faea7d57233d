using AlertRollback.Matrix;
using AlertRollback.Playbooks;

namespace AlertRollback.Rollbacks.Running;

/// <summary>The rounds in which a check set is asked.</summary>
internal sealed class Verification(Catalog catalog, TimeProvider time)
{
    public Task<(Verdict Verdict, IReadOnlyList<CheckResult> Results)> AskAsync(
        CheckSetDefinition set, CheckContext context, DateTimeOffset deadline, CancellationToken cancellation) =>
        new CheckRound(catalog.Check, time).AskUntilAsync(set.All, context, deadline, cancellation);

    /// <summary>What has to differ before a set's answer is worth an entry in the timeline: verdicts, not every digit.</summary>
    public static string Shape(IReadOnlyList<CheckResult> results) =>
        string.Join('|', results.Select(r => $"{r.What}={r.Verdict.Word()}"));

    public static TimeSpan Pause(CheckSetDefinition set, DateTimeOffset deadline, DateTimeOffset now)
    {
        var left = deadline - now;
        return left < set.Every && left > TimeSpan.Zero ? left : set.Every;
    }
}
