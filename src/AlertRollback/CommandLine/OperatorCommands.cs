using System.CommandLine;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using AlertRollback.Rollbacks;

namespace AlertRollback.CommandLine;

/// <summary>What people do from a terminal; every command asks the running service over its API.</summary>
public static partial class OperatorCommands
{
    private static readonly Option<string> Server = new("--server")
    {
        Description = "address of the running service; default: ALERTROLLBACK_SERVER, else http://127.0.0.1:8080",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("ALERTROLLBACK_SERVER") ?? "http://127.0.0.1:8080",
        Recursive = true,
    };

    private static readonly Option<string?> TokenFile = new("--token-file")
    {
        Description = "file with an operator's bearer token; default: ALERTROLLBACK_TOKEN_FILE",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("ALERTROLLBACK_TOKEN_FILE"),
        Recursive = true,
    };

    public static IEnumerable<Command> Create() =>
        [Status(), Rollbacks(), Show(), Trigger(), Approve(), Reject(), KillSwitch(), Breaker(), Freeze(), Task()];

    private static Command Status() => Get("status", "What is switched, waiting or in trouble.", [], _ => "status", PrintMembers);

    private static Command Rollbacks() => Get("rollbacks", "The newest rollbacks.", [], _ => "rollbacks", (json, output) =>
    {
        foreach (var rollback in json.AsArray())
            output.WriteLine($"{rollback!["proposedAt"]!.GetValue<DateTimeOffset>():yyyy-MM-dd HH:mm}  {rollback["id"]}  {rollback["headline"]}");
        if (json.AsArray().Count == 0)
            output.WriteLine("no rollbacks yet");
    });

    private static Command Show()
    {
        var id = new Argument<string>("ID") { Description = "the rollback's id" };
        return Get("show", "One rollback with its timeline.", [id], p => $"rollbacks/{Uri.EscapeDataString(p.GetValue(id)!)}", (json, output) =>
        {
            var rollback = json["rollback"]!;
            output.WriteLine($"{rollback["headline"]}");
            output.WriteLine($"{rollback["workload"]}  {rollback["from"]} → {rollback["to"]}");
            output.WriteLine($"What you must do now: {rollback["advice"]}");
            foreach (var asked in json["approvals"]!.AsArray().Where(a => a!["state"]!.GetValue<string>() == "open"))
                output.WriteLine($"Asked: {asked!["role"]} ({asked["why"]}), plan {asked["digest"]!.GetValue<string>()[..12]}{(asked["type"] is { } type ? $", to agree type: {type}" : "")}");
            foreach (var line in json["timeline"]!.AsArray().Where(l => l!["text"]!.GetValue<string>().Length > 0))
                output.WriteLine($"  {line!["at"]!.GetValue<DateTimeOffset>():HH:mm:ss}  {line["text"]}");
        });
    }

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
        var service = new Argument<string>("SERVICE") { Description = "a service of the matrix" };
        var duration = new Argument<string>("FOR") { Description = "a duration such as 2h, or \"off\"" };
        var why = Why();
        return Post("freeze", "No rollback of a service for a while.", [service, duration], [why], _ => "freezes", p => new JsonObject
        {
            ["service"] = p.GetValue(service),
            ["for"] = p.GetValue(duration) == "off" ? null : p.GetValue(duration),
            ["why"] = p.GetValue(why),
        });
    }

    private static Command Task()
    {
        var id = new Argument<string>("ID") { Description = "the task's id" };
        var note = new Option<string?>("--note") { Description = "what was done" };
        return new Command("task", "Work that alerts gave to people.")
        {
            Get("list", "The newest tasks.", [], _ => "tasks", (json, output) =>
            {
                foreach (var task in json.AsArray())
                    output.WriteLine($"{(task!["open"]!.GetValue<bool>() ? "open" : "done")}  {task["id"]}  {task["service"]}: {task["text"]}");
                if (json.AsArray().Count == 0)
                    output.WriteLine("no tasks");
            }),
            Post("done", "Say that a task is done.", [id], [note], p => $"tasks/{Uri.EscapeDataString(p.GetValue(id)!)}/done", p => new JsonObject { ["why"] = p.GetValue(note) }),
        };
    }

    private static Option<string> Why() => new("--why") { Description = "the reason; it is journalled and announced", Required = true };

    private static Command Get(string name, string summary, Argument[] arguments, Func<ParseResult, string> path, Action<JsonNode, TextWriter> print)
    {
        var json = new Option<bool>("--json") { Description = "print the answer as JSON" };
        var command = new Command(name, summary) { Server, TokenFile, json };
        foreach (var argument in arguments)
            command.Add(argument);
        command.SetAction((parse, cancellation) => CallAsync(parse, HttpMethod.Get, path(parse), null, (node, output) =>
        {
            if (parse.GetValue(json))
                output.WriteLine(node.ToJsonString(EventJson.Options));
            else
                print(node, output);
        }, cancellation));
        return command;
    }

    private static Command Post(
        string name, string summary, Argument[] arguments, Option[] options, Func<ParseResult, string> path, Func<ParseResult, JsonObject> body,
        Action<JsonNode, TextWriter>? print = null)
    {
        var command = new Command(name, summary) { Server, TokenFile };
        foreach (var argument in arguments)
            command.Add(argument);
        foreach (var option in options)
            command.Add(option);
        command.SetAction((parse, cancellation) => CallAsync(parse, HttpMethod.Post, path(parse), body(parse), print ?? ((_, output) => output.WriteLine("done")), cancellation));
        return command;
    }

    private static async Task<int> CallAsync(
        ParseResult parse, HttpMethod method, string path, JsonObject? body, Action<JsonNode, TextWriter> print, CancellationToken cancellation)
    {
        var (output, error) = (parse.InvocationConfiguration.Output, parse.InvocationConfiguration.Error);
        var server = parse.GetValue(Server)!.TrimEnd('/');
        try
        {
            using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(15) };
            using var request = new HttpRequestMessage(method, $"{server}/api/v1/{path}");
            if (parse.GetValue(TokenFile) is { Length: > 0 } file)
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", (await File.ReadAllTextAsync(file, cancellation)).Trim());
            if (body is not null)
                request.Content = JsonContent.Create(body);
            using var response = await http.SendAsync(request, cancellation);
            var text = await response.Content.ReadAsStringAsync(cancellation);
            if (!response.IsSuccessStatusCode)
            {
                await error.WriteLineAsync($"{server} answered {(int)response.StatusCode}: {(text.Length == 0 ? "nothing there by that name" : Unquoted(text))}");
                return 1;
            }

            print(text.Length == 0 ? new JsonObject() : JsonNode.Parse(text)!, output);
            return 0;
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or JsonException or UnauthorizedAccessException or TaskCanceledException
            or InvalidOperationException or FormatException or NotSupportedException)
        {
            await error.WriteLineAsync($"{server} cannot be asked: {fault.Message}");
            return 1;
        }
    }

    // A refusal is one JSON text; people read it without its quotes.
    private static string Unquoted(string text) =>
        text.StartsWith('"') && JsonNode.Parse(text) is JsonValue value ? value.GetValue<string>() : text;

    private static void PrintMembers(JsonNode json, TextWriter output)
    {
        foreach (var (name, value) in json.AsObject())
            output.WriteLine($"{name}: {value?.ToString() ?? "-"}");
    }
}
