using AlertRollback.Matrix;
using AlertRollback.Playbooks;

namespace AlertRollback.Rollbacks.Guards;

/// <summary>Asks one check once: no exception and no long wait gets through.</summary>
internal sealed class OneAnswer(Catalog catalog, TimeProvider time)
{
    private static readonly TimeSpan LongestAsk = TimeSpan.FromSeconds(30);

    public async Task<IReadOnlyList<CheckResult>> AskAsync(CheckDefinition check, CheckContext context, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(LongestAsk, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            return await catalog.Check(check.Check).AskAsync(context, check.Parameters, both.Token);
        }
        catch (Exception fault) when (fault is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            return [new CheckResult(Verdict.Inconclusive, check.Check, fault is OperationCanceledException ? "no answer in time" : fault.Message, null)];
        }
    }

    /// <summary>Whether something was measured at all.</summary>
    public static bool IsMeasured(IReadOnlyList<CheckResult> answers) => answers.Count > 0 && answers.All(a => a.Verdict != Verdict.Inconclusive);
}
