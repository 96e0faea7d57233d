using System.Globalization;
using System.Text.Json.Nodes;
using AlertRollback.Playbooks.Commands;

namespace AlertRollback.Playbooks.Checks;

/// <summary>What the end of a program says: its exit code, then its output as a text or a number.</summary>
internal static class CommandJudgement
{
    /// <param name="fill">Fills one text, each value escaped for where it stands.</param>
    public static string Expected(JsonObject parameters, Func<string, Func<string, string>, string> fill) => string.Join(", ", new[]
    {
        "exit code 0",
        TextRule.Of(parameters["output"] as JsonObject, fill) is { } rule ? $"output {rule}" : null,
        Limit.Of(parameters)?.ToString(),
    }.OfType<string>());

    public static (Verdict Verdict, string Measured) Judge(CommandResult result, JsonObject parameters, Func<string, Func<string, string>, string> fill) => result switch
    {
        CommandResult.Ended { ExitCode: 0 } ended => Judge(ended, parameters, fill),
        CommandResult.Ended ended => (Verdict.Fail, ended.LastLine.Length == 0 ? $"exit code {ended.ExitCode}" : $"exit code {ended.ExitCode}: {ended.LastLine}"),
        CommandResult.NotStarted not => (Verdict.Inconclusive, $"not run: {not.Why}"),
        CommandResult.Unknown unknown => (Verdict.Inconclusive, unknown.Why),
        _ => throw new InvalidOperationException($"no such result: {result}"),
    };

    private static (Verdict Verdict, string Measured) Judge(CommandResult.Ended ended, JsonObject parameters, Func<string, Func<string, string>, string> fill)
    {
        if (TextRule.Of(parameters["output"] as JsonObject, fill) is { } rule)
            return ended.Clipped ? (Verdict.Inconclusive, "the output is longer than is read") : rule.Judge(ended.Output) is var (verdict, measured) && measured.Length > 0 ? (verdict, measured) : (verdict, "as expected");
        if (Limit.Of(parameters) is not { } limit)
            return (Verdict.Pass, ended.LastLine.Length == 0 ? "exit code 0" : ended.LastLine);
        return double.TryParse(ended.Output.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? (limit.Judge([number]), Texts.Number(number))
            : (Verdict.Inconclusive, $"no number: {Texts.Clip(ended.LastLine, 60)}");
    }
}
