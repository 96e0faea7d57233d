using AlertRollback.Storage;

namespace AlertRollback.Alerts.Intake;

/// <summary>
/// Takes webhook messages in: 200 means that the message is on the disk, or was before. Deciding and acting come later,
/// from the journal, so that a slow rollback never makes Alertmanager wait or repeat itself.
/// </summary>
public sealed partial class AlertIntake(
    IJournal journal, IntakeLimits limits, Readiness readiness, DecisionBasis basis, TimeProvider time, ILogger<AlertIntake> log)
{
    // Four of the largest bodies, each while its buffer doubles; small ones come in thousands.
    private const int LargestBodiesAtOnce = 12;

    // Alertmanager gives one notification at least 10 s; a 503 before that is tried again within the same attempt.
    private static readonly TimeSpan LongestCommit = TimeSpan.FromSeconds(8);

    // As a tree a body takes several times its bytes: of those that are large, one at a time is one.
    private const int Large = 1024 * 1024;

    private readonly SemaphoreSlim _largeOnes = new(1);
    private readonly BodyMemory _memory = new(limits.Body * LargestBodiesAtOnce);

    /// <summary>Never throws but for a sender that went away.</summary>
    internal async Task<IntakeAnswer> TakeAsync(HttpRequest request, CancellationToken gone)
    {
        try
        {
            return await AnswerAsync(request, gone);
        }
        catch (JournalUnavailableException fault)
        {
            LogJournal(log, fault.Message);
            return IntakeAnswer.TryAgain("the journal cannot be written");
        }
        catch (TimeoutException)
        {
            LogJournal(log, "no commit in time");
            return IntakeAnswer.TryAgain("the journal is slow");
        }
        catch (BadHttpRequestException fault) when (fault.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return IntakeAnswer.TooLarge(limits.Body);
        }
        catch (BadHttpRequestException)
        {
            return IntakeAnswer.TryAgain("the body came too slowly or broken");
        }
        catch (Exception fault) when (!gone.IsCancellationRequested)
        {
            // A bug. Whatever it is, the sender keeps the message and comes again.
            LogBug(log, fault);
            return IntakeAnswer.TryAgain("internal fault");
        }
    }

    private async Task<IntakeAnswer> AnswerAsync(HttpRequest request, CancellationToken gone)
    {
        if (readiness.IsDraining)
            return IntakeAnswer.Draining;
        if (Encoding(request) is { } encoding)
            return IntakeAnswer.Unreadable($"the body has the content encoding {encoding}; send the JSON itself");

        var body = new BodyBuffer(_memory);
        try
        {
            if (await body.FillAsync(request, limits.Body, gone) is { } refusal)
                return refusal;
            if (body.Written.Length < Large)
                return await ReadAsync(body);
            await _largeOnes.WaitAsync(gone);
            try
            {
                return await ReadAsync(body);
            }
            finally
            {
                _largeOnes.Release();
            }
        }
        finally
        {
            body.Dispose();
        }
    }

    private async Task<IntakeAnswer> ReadAsync(BodyBuffer body)
    {
        var read = WebhookMessageReader.Read(body.Written, limits.Depth);
        if (!read.IsMessage)
            return IntakeAnswer.Unreadable(read.Fault);
        try
        {
            return await KeepAsync(read.Message, body.Written);
        }
        catch
        {
            // The journal may still be reading the bytes when it failed or did not answer in time.
            body.Abandon();
            throw;
        }
    }

    private async Task<IntakeAnswer> KeepAsync(WebhookMessage message, ReadOnlyMemory<byte> body)
    {
        // Not cancellable: a sender that went away in between comes again, and must then find its mark.
        var now = time.GetUtcNow();
        journal.Resolved(message.Alerts.Where(a => a.Status == AlertStatus.Resolved).Select(a => a.Fingerprint));
        var outcome = await journal
            .ReceiveAsync(DeliveryMark.Of(message, now, basis()), body, Firing(message), now, CancellationToken.None)
            .WaitAsync(LongestCommit, time);
        LogReceived(log, message.Alerts.Count, outcome);
        if (message.TruncatedAlerts > 0)
            LogTruncated(log, message.TruncatedAlerts, message.Alerts.Count);
        return outcome == ReceiptOutcome.Accepted ? IntakeAnswer.Accepted : IntakeAnswer.Duplicate;
    }

    private static HashSet<string> Firing(WebhookMessage message)
    {
        var fingerprints = new HashSet<string>(StringComparer.Ordinal);
        foreach (var alert in message.Alerts)
        {
            if (alert.Status == AlertStatus.Firing)
                fingerprints.Add(alert.Fingerprint);
        }

        return fingerprints;
    }

    private static string? Encoding(HttpRequest request)
    {
        var encoding = request.Headers.ContentEncoding.ToString();
        return encoding.Length == 0 || encoding.Equals("identity", StringComparison.OrdinalIgnoreCase) ? null
            : encoding.Length <= 20 && encoding.All(c => char.IsAsciiLetterOrDigit(c) || c == '-') ? encoding
            : "of an unknown kind";
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "webhook message with {Alerts} alerts: {Outcome}")]
    private static partial void LogReceived(ILogger log, int alerts, ReceiptOutcome outcome);

    [LoggerMessage(Level = LogLevel.Warning, Message = "webhook message with {Alerts} alerts: its sender left out {Truncated} more, which are not decided; set max_alerts to 0 there")]
    private static partial void LogTruncated(ILogger log, int truncated, int alerts);

    [LoggerMessage(Level = LogLevel.Error, Message = "webhook message answered with 503: {Fault}")]
    private static partial void LogJournal(ILogger log, string fault);

    [LoggerMessage(Level = LogLevel.Error, Message = "webhook message answered with 503 after an internal fault")]
    private static partial void LogBug(ILogger log, Exception fault);
}
