using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;

namespace AlertRollback.Alerts;

/// <summary>Reads the body of a webhook call. Unknown fields are ignored; what nobody decides by may be missing or odd.</summary>
public static class WebhookMessageReader
{
    /// <summary>How deeply a body may nest; Alertmanager needs 4.</summary>
    public const int DefaultMaxDepth = 32;

    public static ReadOutcome Read(ReadOnlySequence<byte> body, int maxDepth = DefaultMaxDepth) =>
        Read(body.IsSingleSegment ? body.First : body.ToArray(), maxDepth);

    public static ReadOutcome Read(ReadOnlyMemory<byte> body, int maxDepth = DefaultMaxDepth)
    {
        var json = WithoutByteOrderMark(body.Span);
        if (json.Trim(" \t\r\n"u8).IsEmpty) return ReadOutcome.Faulty("the body is empty");
        if (!Utf8.IsValid(json)) return ReadOutcome.Faulty("the body is not UTF-8 text");

        var parser = new WebhookMessageParser(json, maxDepth);
        try
        {
            return parser.ReadMessage() is { } message ? ReadOutcome.Of(message) : Misfit(parser.Fault, json);
        }
        catch (JsonException e) when (e.Message.Contains("maximum configured depth", StringComparison.Ordinal))
        {
            return ReadOutcome.Faulty($"the body nests deeper than {maxDepth} levels");
        }
        catch (JsonException e)
        {
            return ReadOutcome.Faulty($"the body is not JSON (line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}){LikelyCause(ForeignPayload.OfText(json))}");
        }
    }

    private static ReadOutcome Misfit(string fault, ReadOnlySpan<byte> json) =>
        ReadOutcome.Faulty(fault + LikelyCause(ForeignPayload.OfJson(json)));

    private static string LikelyCause(string? cause) => cause is null ? "" : $"; {cause}";

    private static ReadOnlySpan<byte> WithoutByteOrderMark(ReadOnlySpan<byte> body) =>
        body.StartsWith("\uFEFF"u8) ? body[3..] : body;
}
