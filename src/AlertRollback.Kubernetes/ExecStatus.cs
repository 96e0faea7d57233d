using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AlertRollback.Kubernetes;

/// <summary>The last message of an exec, on its status channel: a v1.Status with the exit code among its causes.</summary>
internal sealed record ExecStatus(int? ExitCode, string? Failure)
{
    public static ExecStatus Parse(string text, IReadOnlyList<string> command)
    {
        if (ParseObject(text) is not { } status)
            return new ExecStatus(null, "the server's last word is no status");
        if (status["status"]?.ToString() == "Success")
            return new ExecStatus(0, null);
        return CodeOf(status) is { } code
            ? new ExecStatus(code, null)
            : new ExecStatus(null, WithoutArguments(status["message"]?.ToString() ?? "the command could not be run", command));
    }

    private static int? CodeOf(JsonObject status) =>
        ((status["details"] as JsonObject)?["causes"] as JsonArray)?
            .OfType<JsonObject>()
            .Where(cause => cause["reason"]?.ToString() == "ExitCode")
            .Select(cause => int.TryParse(cause["message"]?.ToString(), CultureInfo.InvariantCulture, out var code) ? code : (int?)null)
            .FirstOrDefault();

    /// <summary>Some runtimes quote the whole command, and its arguments may be secrets.</summary>
    private static string WithoutArguments(string message, IReadOnlyList<string> command)
    {
        foreach (var argument in command.Skip(1).Where(a => a.Length > 0).OrderByDescending(a => a.Length))
            message = message.Replace(argument, "…", StringComparison.Ordinal);
        return message.Length > 300 ? message[..300] : message;
    }

    private static JsonObject? ParseObject(string text)
    {
        try
        {
            return JsonNode.Parse(text) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
