using System.Globalization;
using AlertRollback.Kubernetes;

namespace AlertRollback.Playbooks.Checks;

/// <summary>What a use has to stay below: an amount (<c>900Mi</c>, <c>500m</c>), or a share of what there is (<c>90%</c>).</summary>
internal sealed record UsageLimit(string Text, double Amount, bool IsShare)
{
    public static UsageLimit? Of(string? text) => text switch
    {
        null => null,
        _ when text.EndsWith('%') => double.TryParse(text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent) && percent > 0
            ? new UsageLimit(text, percent / 100, IsShare: true)
            : null,
        _ => Quantity.TryParse(text, out var amount) && amount > 0 ? new UsageLimit(text, amount, IsShare: false) : null,
    };

    /// <summary>Without what it is a share of, nothing was measured.</summary>
    public Verdict Judge(double used, double? whole) => IsShare
        ? whole is not { } all || all <= 0 ? Verdict.Inconclusive : used / all < Amount ? Verdict.Pass : Verdict.Fail
        : used < Amount ? Verdict.Pass : Verdict.Fail;
}

/// <summary>What was measured of one pod or node.</summary>
/// <param name="Name">For people: <c>pod rental-api-1</c>.</param>
/// <param name="Cpu">In cores; null: not measured.</param>
/// <param name="Memory">In bytes; null: not measured.</param>
/// <param name="CpuOf">Its limit or what the node has to give; null: there is none.</param>
internal sealed record Usage(string Name, double? Cpu, double? Memory, double? CpuOf, double? MemoryOf)
{
    /// <summary>Two results: memory and CPU.</summary>
    public IEnumerable<CheckResult> Results(UsageLimit? memory, UsageLimit? cpu, string whole)
    {
        yield return Result($"memory of {Name}", Memory, MemoryOf, memory, Quantity.Bytes, whole);
        yield return Result($"cpu of {Name}", Cpu, CpuOf, cpu, Quantity.Cores, whole);
    }

    private static CheckResult Result(string what, double? used, double? of, UsageLimit? limit, Func<double, string> text, string whole)
    {
        var expected = limit is null ? null : $"below {limit.Text}{(limit.IsShare ? $" of its {whole}" : "")}";
        if (used is not { } amount)
            return new CheckResult(limit is null ? Verdict.Pass : Verdict.Inconclusive, what, "no data", expected);
        var share = of is > 0 ? $", {Texts.Percent(Math.Round(amount / of.Value, 3))} of its {whole}" : limit is { IsShare: true } ? $", and no {whole} is set" : "";
        return new CheckResult(limit?.Judge(amount, of) ?? Verdict.Pass, what, $"{text(amount)}{share}", expected);
    }
}
