using System.CommandLine;
using System.Text.Json.Nodes;
using static AlertRollback.CommandLine.ServerCalls;

namespace AlertRollback.CommandLine;

/// <summary><c>alertrollback show ID</c>: one rollback, what is asked about it, and its timeline.</summary>
internal static class ShowCommand
{
    public static Command Create()
    {
        var id = Named("ID", "the rollback's id");
        return Get("show", "One rollback with its timeline.", [id], p => $"rollbacks/{Uri.EscapeDataString(p.GetValue(id)!)}", Print);
    }

    internal static void Print(JsonNode json, TextWriter output)
    {
        var rollback = json["rollback"]!;
        output.WriteLine($"{rollback["headline"]}");
        if (rollback["to"] is { } to)
            output.WriteLine($"{rollback["workload"]}  {rollback["from"]} → {to}");
        if (json["manual"] is { } manual)
            output.WriteLine($"Started by {manual["by"]}{(manual["method"] is { } method ? $", method {method}" : "")}: {manual["reason"]}{Inputs(manual)}");
        output.WriteLine($"What you must do now: {rollback["advice"]}");
        var timeline = json["timeline"]!.AsArray();
        foreach (var asked in json["approvals"]!.AsArray().Where(a => a!["state"]!.GetValue<string>() == "open"))
            output.WriteLine(Asked(asked!, At(timeline[^1]!)));
        foreach (var day in timeline.Where(l => l!["text"]!.GetValue<string>().Length > 0).GroupBy(l => At(l!).UtcDateTime.Date))
        {
            output.WriteLine($"  {day.Key:yyyy-MM-dd} UTC");
            foreach (var line in day)
                output.WriteLine($"  {At(line!).UtcDateTime:HH:mm:ss}  {line!["text"]}");
        }
    }

    private static DateTimeOffset At(JsonNode line) => line["at"]!.GetValue<DateTimeOffset>();

    private static string Inputs(JsonNode manual) =>
        manual["inputs"] is JsonObject { Count: > 0 } inputs ? $" ({string.Join(", ", inputs.Select(i => $"{i.Key}={i.Value}"))})" : "";

    private static string Asked(JsonNode asked, DateTimeOffset now) =>
        $"Asked: {asked["role"]}{(asked["byAnother"]!.GetValue<bool>() ? ", not whoever started it" : "")} ({asked["why"]}), plan {asked["digest"]!.GetValue<string>()[..12]}, "
        + $"until {Moment.Minute(asked["deadline"]!.GetValue<DateTimeOffset>(), now)} UTC, otherwise {asked["otherwise"]}{(asked["type"] is { } type ? $"; to agree, type: {type}" : "")}";
}
