using AlertRollback.Matrix;
using AlertRollback.Playbooks;

namespace AlertRollback.Rollbacks.Running;

/// <summary>Asks all checks of a set once, side by side, and adds up their answers.</summary>
internal sealed class Verification(Catalog catalog, TimeProvider time)
{
    private static readonly TimeSpan LongestAsk = TimeSpan.FromSeconds(30);

    public async Task<(Verdict Verdict, IReadOnlyList<CheckResult> Results)> AskAsync(
        CheckSetDefinition set, CheckContext context, DateTimeOffset deadline, CancellationToken cancellation)
    {
        var asked = await Task.WhenAll(set.All.Select(check => AskAsync(check, context, deadline, cancellation)));
        var judged = set.All.Zip(asked).Where(p => !p.First.Report).SelectMany(p => p.Second).ToList();
        return (Sum(judged), [.. asked.SelectMany(results => results)]);
    }

    // A measured fail outweighs an unknown one; no answers at all are not a pass.
    private static Verdict Sum(List<CheckResult> judged) =>
        judged.Any(r => r.Verdict == Verdict.Fail) ? Verdict.Fail
        : judged.Count > 0 && judged.All(r => r.Verdict == Verdict.Pass) ? Verdict.Pass
        : Verdict.Inconclusive;

    private async Task<IReadOnlyList<CheckResult>> AskAsync(
        CheckDefinition check, CheckContext context, DateTimeOffset deadline, CancellationToken cancellation)
    {
        var left = deadline - time.GetUtcNow();
        using var limit = new CancellationTokenSource(left > TimeSpan.Zero && left < LongestAsk ? left : LongestAsk, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            var results = await catalog.Check(check.Check).AskAsync(context, check.Parameters, both.Token);
            return check.Report ? [.. results.Select(r => r with { Verdict = Verdict.Pass, Expected = null })] : results;
        }
        catch (Exception fault) when (fault is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            return [new CheckResult(Verdict.Inconclusive, check.Check, fault is OperationCanceledException ? "no answer in time" : fault.Message, null)];
        }
    }

    /// <summary>What has to differ before a set's answer is worth an entry in the timeline: verdicts, not every digit.</summary>
    public static string Shape(IReadOnlyList<CheckResult> results) =>
        string.Join('|', results.Select(r => $"{r.What}={r.Verdict.Word()}"));

    /// <summary>What did not pass, in words.</summary>
    public static string Measured(IReadOnlyList<CheckResult> results) => string.Join("; ", results
        .Where(r => r.Verdict != Verdict.Pass)
        .Select(r => $"{r.What}: {r.Measured}{(r.Expected is null ? "" : $", expected {r.Expected}")}"));

    public static TimeSpan Pause(CheckSetDefinition set, DateTimeOffset deadline, DateTimeOffset now)
    {
        var left = deadline - now;
        return left < set.Every && left > TimeSpan.Zero ? left : set.Every;
    }
}
