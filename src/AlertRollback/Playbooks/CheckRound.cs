using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Playbooks.Checks;

namespace AlertRollback.Playbooks;

/// <summary>Asks checks once, side by side, and adds up their answers.</summary>
/// <param name="find">The check of a word in the matrix.</param>
public sealed class CheckRound(Func<string, ICheck> find, TimeProvider time)
{
    /// <summary>How long an answer is waited for where a check asks for no longer time.</summary>
    public static readonly TimeSpan Usual = TimeSpan.FromSeconds(30);

    // For finding the place to ask, and for saying that the time was over.
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(10);

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

    /// <summary>
    /// The same for who asks again and again until the deadline. A round that the deadline cuts off is followed by a whole one:
    /// else its "no answer in time" would stand for what every round before measured as bad (S16).
    /// </summary>
    public async Task<(Verdict Verdict, IReadOnlyList<CheckResult> Results)> AskUntilAsync(
        IReadOnlyList<CheckDefinition> checks, CheckContext context, DateTimeOffset deadline, CancellationToken cancellation)
    {
        var isWhole = IsAsGoodAsOver(deadline);
        var answer = await AskAsync(checks, context, deadline, cancellation);
        return answer.Verdict == Verdict.Inconclusive && !isWhole && IsAsGoodAsOver(deadline)
            ? await AskAsync(checks, context with { Now = time.GetUtcNow() }, deadline, cancellation)
            : answer;
    }

    private bool IsAsGoodAsOver(DateTimeOffset deadline) => deadline - time.GetUtcNow() <= AsGoodAsOver;

    private async Task<IReadOnlyList<CheckResult>> AskAsync(
        CheckDefinition check, CheckContext context, DateTimeOffset deadline, CancellationToken cancellation)
    {
        ICheck? asked = null;
        try
        {
            asked = find(check.Check);
            var (left, longest) = (deadline - time.GetUtcNow(), asked.Longest(context.Service, check.Parameters));
            longest = longest > Usual ? longest : Usual;
            using var limit = new CancellationTokenSource(!IsAsGoodAsOver(deadline) && left < longest ? left : longest, time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
            var results = await asked.AskAsync(context, check.Parameters, both.Token);
            return check.Report ? [.. results.Select(r => r with { Verdict = Verdict.Pass, Expected = null })] : results;
        }
        catch (Exception fault) when (fault is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            return [new CheckResult(Verdict.Inconclusive, Named(check, asked), fault is OperationCanceledException ? "no answer in time" : fault.Message, null)];
        }
    }

    /// <summary>A time that was declared for the asking itself, with what comes before and after it.</summary>
    internal static TimeSpan Beyond(TimeSpan declared) => declared + Slack;

    /// <summary>The same of a check whose <c>timeout</c> is one asking's.</summary>
    internal static TimeSpan Beyond(JsonObject parameters, TimeSpan otherwise) => Beyond(HttpExpectation.Span(parameters["timeout"]) ?? otherwise);

    // Several of one kind may stand in a set.
    private static string Named(CheckDefinition check, ICheck? asked)
    {
        var name = check.Parameters["name"] ?? (asked?.Parameters.FirstOrDefault(p => p.Main) is { } main ? check.Parameters[main.Name] : null);
        return name switch
        {
            JsonValue text => $"{check.Check} {Texts.Clip(text.ToString(), 120)}",
            JsonArray texts => $"{check.Check} {Texts.Clip(string.Join(' ', texts.Select(t => t?.ToString())), 120)}",
            _ => check.Check,
        };
    }

    /// <summary>What did not pass, in words.</summary>
    public static string Measured(IReadOnlyList<CheckResult> results) => string.Join("; ", results
        .Where(r => r.Verdict != Verdict.Pass)
        .Select(r => $"{r.What}: {r.Measured}{(r.Expected is null ? "" : $", expected {r.Expected}")}"));
}
