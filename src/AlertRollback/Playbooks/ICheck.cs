using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using AlertRollback.Matrix;

namespace AlertRollback.Playbooks;

/// <summary>The three answers of a check. No data is never a pass.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<Verdict>))]
public enum Verdict { Pass, Fail, Inconclusive }

/// <summary>Several verdicts as one.</summary>
public static class Verdicts
{
    /// <summary>A measured fail outweighs an unknown one, an unknown one a pass.</summary>
    public static Verdict Worst(IEnumerable<Verdict> verdicts) => verdicts.MaxBy(v => v switch { Verdict.Fail => 2, Verdict.Inconclusive => 1, _ => 0 });
}

/// <summary>One answer of a check.</summary>
/// <param name="What">What was asked: <c>GET /api/health</c>.</param>
/// <param name="Measured">What was found, with its unit: <c>200 in 12 ms</c>, <c>0.2 %</c>; "no data" when nothing came.</param>
/// <param name="Expected">What it had to be: <c>2xx</c>, <c>below 0.1 %</c>; null when it is only shown.</param>
public sealed record CheckResult(Verdict Verdict, string What, string Measured, string? Expected);

/// <summary>What a check knows of the rollback it belongs to.</summary>
/// <param name="Since">When the last change of production was complete, for <c>${since_change}</c>.</param>
/// <param name="Now">When it is asked.</param>
/// <param name="Pins">The pins of the steps that were carried out and not put back, by step key, in their order.</param>
public sealed record CheckContext(
    string RollbackId,
    ServiceDefinition Service,
    DateTimeOffset Since,
    DateTimeOffset Now,
    IReadOnlyDictionary<string, JsonObject> Pins)
{
    public RunFacts Run { get; init; } = RunFacts.None;

    /// <summary>For a guard: since when it is asked; null: since the rollback was proposed.</summary>
    public DateTimeOffset? LookingSince { get; init; }

    /// <summary>Tells apart what one step asks before and after its change, where an answer is remembered.</summary>
    public string Phase { get; init; } = "";

    /// <summary>For a check that has to run something to be able to look: null when it may, else why not. A plan never may.</summary>
    public Func<StepOutcome?> MayWrite { get; init; } = () => new StepOutcome.CannotTell(Reason.CannotTell, "nothing is run while it is only planned");

    /// <summary>Called where an answer is missing only because the Job that was run to look has not ended: asked again, it may be there.</summary>
    public Action JobStillRuns { get; init; } = () => { };
}

/// <summary>
/// A kind of thing that only looks. One file each; every class that implements this is found by itself. What the matrix file
/// may say of it is <see cref="ICheckKind"/>.
/// </summary>
public interface ICheck : ICheckKind
{
    /// <summary>
    /// How long asking once may take, e.g. by a time-out that was declared; cut off before, nothing would be measured. Half a minute
    /// is always waited for.
    /// </summary>
    TimeSpan Longest(ServiceDefinition service, JsonObject parameters) => CheckRound.Usual;

    /// <summary>Asks once. Never throws for what it was asked about: unreachable is an answer too.</summary>
    Task<IReadOnlyList<CheckResult>> AskAsync(CheckContext context, JsonObject parameters, CancellationToken cancellation);
}
