using System.CommandLine;
using System.Text.Json.Nodes;
using static AlertRollback.CommandLine.ServerCalls;

namespace AlertRollback.CommandLine;

/// <summary><c>alertrollback revisions SERVICE</c>: to what a service can go back, and why to the rest it cannot.</summary>
internal static class RevisionsCommand
{
    public static Command Create()
    {
        var service = Named("SERVICE", "a service of the matrix");
        return Get("revisions", "The revisions of a service, and which of them a rollback may go back to.", [service],
            p => $"services/{Uri.EscapeDataString(p.GetValue(service)!)}/revisions", Print);
    }

    private static void Print(JsonNode json, TextWriter output)
    {
        output.WriteLine($"{json["service"]}  {json["workload"]}");
        if (json["irreversible"] is { } irreversible)
            output.WriteLine($"going back needs an approval: {irreversible}");
        if (json["databaseChange"] is { } change)
            output.WriteLine($"database change of the current revision: {change}");
        foreach (var revision in json["revisions"]!.AsArray())
            Print(revision!.AsObject(), output);
        if (json["revisions"]!.AsArray().Count == 0)
            output.WriteLine("no revisions are kept");
    }

    private static void Print(JsonObject revision, TextWriter output)
    {
        var current = revision["current"]!.GetValue<bool>();
        output.WriteLine($"{(current ? "*" : " ")} revision {revision["number"]}  {revision["version"] ?? "-"}  {string.Join(", ", revision["images"]!.AsArray().Select(i => i!.GetValue<string>()))}");
        var facts = new[] { Time(revision, "createdAt", "made"), Time(revision, "currentSince", "current since"), Time(revision, "knownGoodSince", "known good since"), Quarantine(revision), Configuration(revision) };
        output.WriteLine($"    {string.Join("; ", facts.Where(f => f is not null))}");
        if (current)
            return;
        foreach (var (target, says) in revision["targets"]!.AsObject())
            output.WriteLine($"    {target}: {says}");
    }

    private static string? Time(JsonObject revision, string member, string word) =>
        revision[member] is { } at ? $"{word} {Moment.WholeMinute(at.GetValue<DateTimeOffset>())} UTC" : null;

    private static string? Configuration(JsonObject revision)
    {
        if (revision["configuration"] is not { } read)
            return null;
        var names = string.Join(", ", read["configMaps"]!.AsArray().Select(m => $"ConfigMap {m}").Concat(read["secrets"]!.AsArray().Select(s => $"Secret {s} by its hash")));
        return !read["recorded"]!.GetValue<bool>() ? $"configuration not recorded ({names})"
            : $"configuration recorded{(read["good"]!.GetValue<bool>() ? " while it was healthy" : "")} ({names})";
    }

    private static string? Quarantine(JsonObject revision) => revision["quarantine"] is not { } q ? null
        : $"in quarantine since rollback {q["rollbackId"]}{(q["until"] is { } until ? $" until {Moment.WholeMinute(until.GetValue<DateTimeOffset>())} UTC" : "")}";
}
