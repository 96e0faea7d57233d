using AlertRollback.Matrix;

namespace AlertRollback.Playbooks;

/// <summary>Asks checks once, side by side, and adds up their answers.</summary>
/// <param name="find">The check of a word in the matrix.</param>
public sealed class CheckRound(Func<string, ICheck> find, TimeProvider time)
{
    private static readonly TimeSpan LongestAsk = TimeSpan.FromSeconds(30);

    // A last round that begins with the end of its time is a whole one: a timer may ring a hair too early, and cut off there
    // the round would say "no answer" of what was measured as bad until then.
    private static readonly TimeSpan AsGoodAsOver = TimeSpan.FromSeconds(1);

    public async Task<(Verdict Verdict, IReadOnlyList<CheckResult> Results)> AskAsync(
        IReadOnlyList<CheckDefinition> checks, CheckContext context, DateTimeOffset deadline, CancellationToken cancellation)
    {
        var asked = await Task.WhenAll(checks.Select(check => AskAsync(check, context, deadline, cancellation)));
        var judged = checks.Zip(asked).Where(p => !p.First.Report).SelectMany(p => p.Second).ToList();

        // No answers at all are not a pass.
        return (judged.Count == 0 ? Verdict.Inconclusive : Verdicts.Worst(judged.Select(r => r.Verdict)), [.. asked.SelectMany(results => results)]);
    }

    private async Task<IReadOnlyList<CheckResult>> AskAsync(
        CheckDefinition check, CheckContext context, DateTimeOffset deadline, CancellationToken cancellation)
    {
        var left = deadline - time.GetUtcNow();
        using var limit = new CancellationTokenSource(left > AsGoodAsOver && left < LongestAsk ? left : LongestAsk, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            var results = await find(check.Check).AskAsync(context, check.Parameters, both.Token);
            return check.Report ? [.. results.Select(r => r with { Verdict = Verdict.Pass, Expected = null })] : results;
        }
        catch (Exception fault) when (fault is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            return [new CheckResult(Verdict.Inconclusive, check.Check, fault is OperationCanceledException ? "no answer in time" : fault.Message, null)];
        }
    }

    /// <summary>What did not pass, in words.</summary>
    public static string Measured(IReadOnlyList<CheckResult> results) => string.Join("; ", results
        .Where(r => r.Verdict != Verdict.Pass)
        .Select(r => $"{r.What}: {r.Measured}{(r.Expected is null ? "" : $", expected {r.Expected}")}"));
}
