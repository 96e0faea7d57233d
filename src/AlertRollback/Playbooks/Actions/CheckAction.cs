using System.Text.Json.Nodes;
using AlertRollback.Matrix;

namespace AlertRollback.Playbooks.Actions;

/// <summary><c>check: {sql: {…}}</c> asks checks in the middle of the steps.</summary>
public sealed class CheckAction(IEnumerable<ICheck> checks, TimeProvider time) : IAction
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    public const string Word = "check";

    public string Name => Word;

    public string Summary => "Asks checks until all pass or the step's time is over; with report: true a value is shown and never judged.";

    public Repeatability Repeatability => Repeatability.Converges;

    public bool ChangesProduction => false;

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        new("checks", ParameterType.Checks, "One check, or a list of them.", Required: true, Example: "[http: /api/health]", Main: true),
    ];

    public Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, CancellationToken cancellation)
    {
        var asked = InlineChecks.Read(parameters["checks"]);
        return Task.FromResult<PinOutcome>(new PinOutcome.Pinned(
            (JsonObject)parameters.DeepClone(), "", $"ask {string.Join(", ", asked.Select(c => c.Check).Distinct())}", [], [], []));
    }

    public async Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation)
    {
        var asked = InlineChecks.Read(pin["checks"]);
        // What was measured before this step began is the past. Not journalled: a mark says that something was written.
        var since = time.GetUtcNow();
        var round = new CheckRound(word => checks.First(c => c.Name == word), time);
        while (true)
        {
            var now = time.GetUtcNow();
            var check = new CheckContext(context.RollbackId, context.Service, since, now, new Dictionary<string, JsonObject>()) { Run = context.Run, MayWrite = context.Journal.MayWrite };
            var (verdict, results) = await round.AskUntilAsync(asked, check, context.Deadline, cancellation);
            if (verdict == Verdict.Pass || asked.All(c => c.Report))
                return new StepOutcome.Done(Reason.Applied, string.Join("; ", results.Select(r => $"{r.What}: {r.Measured}")));
            if (time.GetUtcNow() + Every >= context.Deadline)
            {
                return verdict == Verdict.Fail
                    ? new StepOutcome.Failed(Reason.CheckFailed, CheckRound.Measured(results))
                    : new StepOutcome.CannotTell(Reason.Inconclusive, CheckRound.Measured(results));
            }

            await context.Journal.ProgressAsync(0, CheckRound.Measured(results), cancellation);
            await Task.Delay(Every, time, cancellation);
        }
    }
}
