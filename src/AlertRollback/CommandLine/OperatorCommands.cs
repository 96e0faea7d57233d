using System.CommandLine;
using System.Text.Json.Nodes;
using static AlertRollback.CommandLine.ServerCalls;

namespace AlertRollback.CommandLine;

/// <summary>What people do from a terminal; every command asks the running service over its API.</summary>
public static partial class OperatorCommands
{
    public static IEnumerable<Command> Create() =>
        [Status(), Alerts(), Rollbacks(), ShowCommand.Create(), EvidenceCommand.Create(), ReportCommand.Create(), Trigger(), Approve(), Reject(), KillSwitch(), Breaker(), Freeze(), Task(), QuarantineCommand.Create(), RevisionsCommand.Create()];

    private static Command Status() => Get("status", "What is switched, waiting or in trouble.", [], _ => "status", PrintMembers);

    private static Command Alerts() => Get("alerts", "The newest alerts that were not acted on, and why.", [], _ => "alerts/not-acted-on", (json, output) =>
    {
        foreach (var alert in json.AsArray())
            output.WriteLine($"{Minute(alert!["at"]!)}  {alert["event"]}  {alert["text"]}");
        if (json.AsArray().Count == 0)
            output.WriteLine("no such alerts");
    });

    private static Command Rollbacks()
    {
        var open = Open();
        return Get("rollbacks", "The newest rollbacks.", [], p => p.GetValue(open) ? "rollbacks?open=true" : "rollbacks", (json, output) =>
        {
            foreach (var rollback in json.AsArray())
                output.WriteLine($"{Minute(rollback!["proposedAt"]!)}  {rollback["id"]}  {rollback["headline"]}");
            if (json.AsArray().Count == 0)
                output.WriteLine("no rollbacks");
        }, option: open);
    }

    private static Option<bool> Open() => new("--open") { Description = "only what is not over yet" };

    private static Command KillSwitch()
    {
        var state = new Argument<string>("STATE") { Description = "on: no new rollback, running ones finish; now: these stop too; off" };
        state.AcceptOnlyFromAmong("on", "now", "off");
        var why = Why();
        return Post("kill-switch", "Stop or allow rollbacks, until it is switched again.", [state], [why], _ => "kill-switch",
            p => new JsonObject { ["on"] = p.GetValue(state) != "off", ["now"] = p.GetValue(state) == "now", ["why"] = p.GetValue(why) });
    }

    private static Command Breaker()
    {
        var why = Why();
        return new Command("breaker", "The breaker that trips when too much is rolled back at once.")
        {
            Post("reset", "Let rollbacks run again.", [], [why], _ => "breaker/reset", p => new JsonObject { ["why"] = p.GetValue(why) }),
        };
    }

    private static Command Freeze()
    {
        var service = Named("SERVICE", "a service of the matrix");
        var duration = Named("FOR", "a duration such as 2h, or \"off\"");
        var why = Why();
        return Post("freeze", "No rollback of a service for a while.", [service, duration], [why], _ => "freezes", p => new JsonObject
        {
            ["service"] = p.GetValue(service),
            ["for"] = p.GetValue(duration) == "off" ? null : p.GetValue(duration),
            ["why"] = p.GetValue(why),
        }, (_, output) => output.WriteLine("done; what waits for a freeze goes on by itself when it is over or lifted"));
    }

    private static Command Task()
    {
        var id = Named("ID", "the task's id");
        var note = new Option<string?>("--note") { Description = "what was done" };
        var open = Open();
        return new Command("task", "Work that alerts gave to people.")
        {
            Get("list", "The newest tasks.", [], p => p.GetValue(open) ? "tasks?open=true" : "tasks", (json, output) =>
            {
                foreach (var task in json.AsArray())
                {
                    output.WriteLine($"{(task!["open"]!.GetValue<bool>() ? "open" : "done")}  {task["id"]}  {task["service"]}: {task["text"]}{Due(task)}");
                    foreach (var alert in task["alerts"]?.AsArray() ?? [])
                        output.WriteLine($"      {alert}");
                }

                if (json.AsArray().Count == 0)
                    output.WriteLine("no tasks");
            }, option: open),
            Post("done", "Say that a task is done.", [id], [note], p => $"tasks/{Uri.EscapeDataString(p.GetValue(id)!)}/done", p => new JsonObject { ["why"] = p.GetValue(note) }),
        };
    }

    private static string Due(JsonNode task) =>
        task["open"]!.GetValue<bool>() && task["due"] is { } due ? $" ({(task["rollback"] is null ? "begin by" : "until")} {Minute(due)})" : "";

    private static string Minute(JsonNode time) => $"{Moment.WholeMinute(time.GetValue<DateTimeOffset>())} UTC";

    private static void PrintMembers(JsonNode json, TextWriter output)
    {
        foreach (var (name, value) in json.AsObject())
            output.WriteLine($"{name}: {Text(value)}");
    }

    private static string Text(JsonNode? value) => value switch
    {
        null => "-",
        JsonArray items => items.Count == 0 ? "none" : string.Join("; ", items.Select(Text)),
        JsonObject members => members.Count == 0 ? "none" : string.Join(", ", members.Select(m => $"{m.Key} {(m is { Key: "until", Value: { } until } ? Minute(until) : m.Value)}")),
        _ => value.ToString(),
    };
}
