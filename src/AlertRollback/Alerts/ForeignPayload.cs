using System.Text.Json;

namespace AlertRollback.Alerts;

/// <summary>Guesses what a body that is no webhook message is instead, so that the sender's log names the likely mistake.</summary>
internal static class ForeignPayload
{
    private static readonly (string Field, string Cause)[] Signs =
    [
        ("evalMatches", "this looks like Grafana's legacy alerting; use unified alerting's webhook contact point"),
        ("ruleName", "this looks like Grafana's legacy alerting; use unified alerting's webhook contact point"),
        ("blocks", "this looks like a Slack payload; use webhook_configs, not slack_configs"),
        ("attachments", "this looks like a Slack payload; use webhook_configs, not slack_configs"),
        ("routing_key", "this looks like a PagerDuty event; use webhook_configs"),
        ("event_action", "this looks like a PagerDuty event; use webhook_configs"),
        ("embeds", "this looks like a Discord payload; use webhook_configs"),
        ("@type", "this looks like a Microsoft Teams card; use webhook_configs"),
        ("labels", "this looks like a single alert; the message around it with \"alerts\": [...] is missing"),
        ("text", "this looks like a chat message; use webhook_configs without a custom payload"),
        ("alerts", "is the payload templated? Remove the custom payload"),
        ("commonLabels", "is the payload templated? Remove the custom payload"),
    ];

    /// <summary>For a body that is not JSON.</summary>
    public static string? OfText(ReadOnlySpan<byte> body)
    {
        var text = body.Trim(" \t\r\n"u8);
        if (text.IndexOf("{{"u8) >= 0 && text.IndexOf("}}"u8) >= 0)
            return "it has template braces: a custom payload was not rendered";
        if (text.StartsWith("<"u8)) return "this looks like HTML or XML";
        if (text.StartsWith("payload="u8) || text.StartsWith("payload%"u8)) return "this looks like a form; send the JSON itself";
        if (text.StartsWith("{"u8) || text.StartsWith("["u8)) return "was it cut short, or does a custom payload leave a quote or comma wrong?";
        return null;
    }

    /// <summary>For a body that began as JSON of another shape.</summary>
    public static string? OfJson(ReadOnlySpan<byte> body)
    {
        try
        {
            return OfFields(FieldNames(body));
        }
        catch (JsonException)
        {
            // It was refused for its shape before its syntax was found wrong.
            return OfText(body);
        }
    }

    private static string? OfFields(HashSet<string>? fields) => fields is null
        ? "this looks like Prometheus's alerts; let it post to Alertmanager, and Alertmanager here"
        : Signs.FirstOrDefault(sign => fields.Contains(sign.Field)).Cause;

    /// <summary>The names at the top, up to a hundred; null for an array.</summary>
    private static HashSet<string>? FieldNames(ReadOnlySpan<byte> body)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var texts = new TextPool();
        var reader = new Utf8JsonReader(body);
        reader.Read();
        if (reader.TokenType == JsonTokenType.StartArray) return null;
        while (names.Count < 100 && reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            names.Add(texts.Read(ref reader) ?? "");
            reader.Skip();
        }
        return names;
    }
}
