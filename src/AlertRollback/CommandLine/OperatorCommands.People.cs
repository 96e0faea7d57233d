using System.CommandLine;
using System.Text.Json.Nodes;
using static AlertRollback.CommandLine.ServerCalls;

namespace AlertRollback.CommandLine;

// Starting a playbook by hand, and a person's yes or no.
public static partial class OperatorCommands
{
    private static Command Trigger()
    {
        var playbook = Named("PLAYBOOK", "a playbook that may be started by hand");
        var services = new Option<string[]>("--service") { Description = "the service; several for a playbook that allows it", Required = true, AllowMultipleArgumentsPerToken = true };
        var reason = new Option<string>("--reason") { Description = "why; it is journalled and announced", Required = true };
        var method = new Option<string?>("--method") { Description = "one method of the playbook instead of its ladder" };
        var inputs = new Option<string[]>("--input") { Description = "an input as NAME=VALUE", DefaultValueFactory = _ => [] };
        var shadow = new Option<bool>("--shadow") { Description = "only show the plan; nothing is changed" };
        var key = new Option<string?>("--key") { Description = "for scripts that repeat: the same key starts nothing a second time; default: a new one" };
        inputs.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(t => t.Value.IndexOf('=', StringComparison.Ordinal) < 1))
                result.AddError($"--input is NAME=VALUE, not {token.Value}");
            foreach (var twice in result.Tokens.GroupBy(t => t.Value.Split('=', 2)[0], StringComparer.Ordinal).Where(same => same.Count() > 1))
                result.AddError($"--input {twice.Key} is given twice");
        });
        return Post("trigger", "Start a playbook by hand.", [playbook], [services, reason, method, inputs, shadow, key], _ => "rollbacks", p => new JsonObject
        {
            ["playbook"] = p.GetValue(playbook),
            ["services"] = new JsonArray([.. p.GetValue(services)!.Select(s => JsonValue.Create(s))]),
            ["reason"] = p.GetValue(reason),
            ["method"] = p.GetValue(method),
            ["inputs"] = new JsonObject(p.GetValue(inputs)!.Select(i => i.Split('=', 2)).Select(i => KeyValuePair.Create(i[0], (JsonNode?)i[1]))),
            ["shadow"] = p.GetValue(shadow),
            ["key"] = p.GetValue(key) ?? Guid.NewGuid().ToString("N"),
        }, (json, output) =>
        {
            foreach (var id in json["ids"]!.AsArray())
            {
                var wait = (string?)json["waits"]?[(string)id!];
                output.WriteLine(wait is null
                    ? $"started {id}; see: alertrollback show {id}"
                    : $"started {id}, which waits: {wait}. It goes on by itself when that is over, unless it waited for long; see: alertrollback show {id}");
            }
        });
    }

    private static Command Approve()
    {
        var (id, digest, note) = Answer();
        var type = new Option<string?>("--type") { Description = "what the question asks to be typed" };
        return Post("approve", "Say yes to a plan.", [id], [digest, type, note], p => $"rollbacks/{Uri.EscapeDataString(p.GetValue(id)!)}/approve",
            p => new JsonObject { ["digest"] = p.GetValue(digest), ["type"] = p.GetValue(type), ["note"] = p.GetValue(note) });
    }

    private static Command Reject()
    {
        var (id, digest, note) = Answer();
        return Post("reject", "Say no to a plan.", [id], [digest, note], p => $"rollbacks/{Uri.EscapeDataString(p.GetValue(id)!)}/reject",
            p => new JsonObject { ["digest"] = p.GetValue(digest), ["note"] = p.GetValue(note) });
    }

    private static (Argument<string> Id, Option<string> Digest, Option<string?> Note) Answer() => (
        Named("ID", "the rollback's id"),
        new Option<string>("--digest") { Description = "the plan's digest as \"alertrollback show\" gives it: an answer is bound to one plan", Required = true },
        new Option<string?>("--note") { Description = "why; it is journalled and announced" });
}
