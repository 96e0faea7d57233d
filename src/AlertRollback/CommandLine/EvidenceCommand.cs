using System.CommandLine;
using System.Text.Json.Nodes;
using static AlertRollback.CommandLine.ServerCalls;

namespace AlertRollback.CommandLine;

/// <summary><c>alertrollback evidence ID</c>: what a rollback kept of what it took away.</summary>
internal static class EvidenceCommand
{
    private const string Indent = "  ";

    public static Command Create()
    {
        var id = Named("ID", "the rollback's id");
        return Get("evidence", "What a rollback kept of what it took away: logs, state and events of its pods.", [id], p => $"rollbacks/{Uri.EscapeDataString(p.GetValue(id)!)}/evidence", Print);
    }

    internal static void Print(JsonNode json, TextWriter output)
    {
        foreach (var evidence in json.AsArray())
        {
            output.WriteLine($"{Moment.WholeSecond(evidence!["at"]!.GetValue<DateTimeOffset>())} UTC  {evidence["step"]}");
            Print(evidence["kept"], Indent, output);
        }

        if (json.AsArray().Count == 0)
            output.WriteLine("no evidence was kept: no step took any, or it has not begun yet");
    }

    // Whatever was kept, as it was kept: an action that keeps something else needs no printing of its own.
    private static void Print(JsonNode? kept, string indent, TextWriter output)
    {
        foreach (var (name, value) in kept is JsonObject members ? members.Where(m => !IsEmpty(m.Value)) : [])
        {
            var words = name.Replace('_', ' ');
            if (value is JsonArray items)
            {
                output.WriteLine($"{indent}{words}:");
                foreach (var item in items)
                    Item(item, indent + Indent, output);
            }
            else if (value is JsonObject)
            {
                output.WriteLine($"{indent}{words}:");
                Print(value, indent + Indent, output);
            }
            else
            {
                Text($"{words}: ", value!.ToString(), indent, output);
            }
        }
    }

    private static void Item(JsonNode? item, string indent, TextWriter output)
    {
        if (item is not JsonObject members)
        {
            Text("- ", $"{item}", indent, output);
            return;
        }

        // The first member is the name of it.
        output.WriteLine($"{indent}{members.First().Key} {members.First().Value}");
        Print(new JsonObject(members.Skip(1).Select(m => KeyValuePair.Create(m.Key, m.Value?.DeepClone()))), indent + Indent, output);
    }

    private static void Text(string before, string text, string indent, TextWriter output)
    {
        var lines = text.TrimEnd('\n').Split('\n');
        if (lines.Length == 1)
        {
            output.WriteLine($"{indent}{before}{text.TrimEnd('\n')}");
            return;
        }

        output.WriteLine($"{indent}{before.TrimEnd()}");
        foreach (var line in lines)
            output.WriteLine($"{indent}{Indent}{line}");
    }

    private static bool IsEmpty(JsonNode? value) => value is null or JsonArray { Count: 0 } or JsonObject { Count: 0 };
}
