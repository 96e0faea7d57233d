using System.Text.Json;

namespace AlertRollback.Alerts;

/// <summary>Parses one message in one pass. Every method leaves the reader on the last token of what it read.</summary>
internal ref struct WebhookMessageParser(ReadOnlySpan<byte> json, int maxDepth)
{
    private readonly TextPool texts = new();
    private readonly LabelSetBuilder labels = new();
    private readonly List<Alert> alerts = [];
    private Utf8JsonReader reader = new(json, new JsonReaderOptions { MaxDepth = maxDepth });

    // Where in the body the parser is, so that a fault can name the place.
    private int alert = -1;
    private string field = "";
    private string label = "";

    public string Fault { get; private set; } = "";

    /// <summary>The message, or null and a <see cref="Fault"/>. Throws <see cref="JsonException"/> when the text is not JSON.</summary>
    public WebhookMessage? ReadMessage()
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            Fail("an object");
            return null;
        }
        var read = ReadFields();
        if (read is not null) reader.Read(); // Throws when something follows the object.
        return read;
    }

    private WebhookMessage? ReadFields()
    {
        var (externalUrl, truncated) = ("", 0);
        var (good, sawAlerts) = (true, false);
        while (good && NextField())
        {
            if (Is("alerts"u8)) good = sawAlerts = ReadAlerts();
            else if (Is("externalURL"u8)) externalUrl = ReadOptionalText();
            else if (Is("truncatedAlerts"u8)) truncated = ReadOptionalCount();
            else reader.Skip();
        }
        if (good && !sawAlerts) good = FailAt("alerts", "an array, and it is missing");
        return good ? new WebhookMessage([.. alerts], truncated, externalUrl) : null;
    }

    private bool ReadAlerts()
    {
        alerts.Clear();
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null) return true;
        if (reader.TokenType != JsonTokenType.StartArray) return FailAt("alerts", "an array");
        for (alert = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; alert++)
            if (!ReadAlert()) return false;
        alert = -1;
        return true;
    }

    private bool ReadAlert()
    {
        (field, label) = ("", "");
        if (reader.TokenType != JsonTokenType.StartObject) return Fail("an object");
        LabelSet? alertLabels = null, annotations = null;
        AlertStatus? status = null;
        DateTimeOffset? startsAt = null, endsAt = null;
        string generatorUrl = "", fingerprint = "";
        var (good, endsAtGood) = (true, true);
        while (good && NextField())
        {
            if (Is("status"u8)) good = ReadStatus(ref status);
            else if (Is("labels"u8)) good = ReadLabels("labels", ref alertLabels);
            else if (Is("annotations"u8)) good = ReadLabels("annotations", ref annotations);
            else if (Is("startsAt"u8)) good = ReadTime(ref startsAt) || FailAt("startsAt", "an RFC 3339 time");
            else if (Is("endsAt"u8)) endsAtGood = ReadTime(ref endsAt);
            else if (Is("generatorURL"u8)) generatorUrl = ReadOptionalText();
            else if (Is("fingerprint"u8)) fingerprint = ReadOptionalText();
            else reader.Skip();
        }
        if (good && status is null) good = FailAt("status", "firing or resolved, and it is missing");
        if (good && status == AlertStatus.Resolved && !endsAtGood) good = FailAt("endsAt", "an RFC 3339 time");
        if (!good) return false;
        alertLabels ??= LabelSet.Empty;
        alerts.Add(new Alert(
            status!.Value, alertLabels, annotations ?? LabelSet.Empty,
            startsAt ?? DateTimeOffset.MinValue, status == AlertStatus.Firing ? null : endsAt,
            generatorUrl, fingerprint.Length is 0 or > LongestFingerprint ? alertLabels.Fingerprint : fingerprint));
        return true;
    }

    // Alertmanager's and Grafana's have 16 characters. It becomes a key in the journal, so it must not grow at will.
    private const int LongestFingerprint = 64;

    private bool NextField() => reader.Read() && reader.TokenType == JsonTokenType.PropertyName;

    private readonly bool Is(ReadOnlySpan<byte> name) => reader.ValueTextEquals(name);

    private bool ReadLabels(string name, ref LabelSet? set)
    {
        (field, label) = (name, "");
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null) return true;
        if (reader.TokenType != JsonTokenType.StartObject) return Fail("an object");
        while (NextField())
        {
            if (texts.Read(ref reader) is not { } key) return Fail("names that are valid text");
            label = key;
            reader.Read();
            if (reader.TokenType == JsonTokenType.Null)
            {
                labels.Add(key, "");
                continue;
            }
            if (reader.TokenType != JsonTokenType.String) return Fail("a string");
            if (texts.Read(ref reader) is not { } value) return Fail("valid text");
            labels.Add(key, value);
        }
        set = labels.Build();
        return true;
    }

    private bool ReadStatus(ref AlertStatus? status)
    {
        reader.Read();
        status = reader.TokenType != JsonTokenType.String ? null
            : reader.ValueTextEquals("firing"u8) ? AlertStatus.Firing
            : reader.ValueTextEquals("resolved"u8) ? AlertStatus.Resolved
            : null;
        return status is not null || FailAt("status", "firing or resolved");
    }

    /// <summary>False when it is no time; year 1 is how Go writes "none".</summary>
    private bool ReadTime(ref DateTimeOffset? time)
    {
        reader.Read();
        time = null;
        if (reader.TokenType == JsonTokenType.Null) return true;
        if (reader.TokenType != JsonTokenType.String)
        {
            reader.Skip();
            return false;
        }
        if (reader.ValueSpan.StartsWith("0001-01-01T"u8)) return true;
        if (!reader.TryGetDateTimeOffset(out var read)) return false;
        time = read;
        return true;
    }

    /// <summary>As <see cref="ReadOptionalText"/>: whatever is no whole number from 0 counts as 0.</summary>
    private int ReadOptionalCount()
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Number) return reader.TryGetUInt64(out var number) ? (int)Math.Min(number, int.MaxValue) : 0;
        reader.Skip();
        return 0;
    }

    /// <summary>For fields that nothing is decided by: whatever is no text counts as missing.</summary>
    private string ReadOptionalText()
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String) return texts.Read(ref reader) ?? "";
        reader.Skip();
        return "";
    }

    private bool FailAt(string place, string expected)
    {
        (field, label) = (place, "");
        return Fail(expected);
    }

    private bool Fail(string expected)
    {
        Fault = $"{BodyPlace.Of(alert, field, label)}: expected {expected}";
        return false;
    }
}
