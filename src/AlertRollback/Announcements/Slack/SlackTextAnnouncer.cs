using System.Text.Json;
using AlertRollback.Announcements.Wording;
using AlertRollback.Operators;
using AlertRollback.Rollbacks;

namespace AlertRollback.Announcements.Slack;

/// <summary>The simple alternative: an incoming webhook, text only. Tells the turns of a rollback, each in a message of its own.</summary>
public sealed class SlackTextAnnouncer(SlackIncomingWebhook webhook, OperatorConfiguration operators, TimeProvider time) : IAnnouncer
{
    private static readonly TimeSpan SoonAgain = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LaterAgain = TimeSpan.FromMinutes(2);

    public string Name => "slack-text";

    public IEnumerable<(string Stream, long LastSequence)> Topics(Book book) => book.Rollbacks.Values.Select(r => (r.StreamName, r.LastSequence));

    public async Task<Telling> TellAsync(Book book, CursorKeeper cursor, CancellationToken cancellation)
    {
        if (book.Rollbacks.GetValueOrDefault(cursor.Cursor.Stream["rollback/".Length..]) is not { } rollback)
            return Telling.Done;
        foreach (var entry in rollback.Timeline.Where(t => t.Sequence > cursor.Cursor.Sequence))
        {
            if (IsTurn(entry.Event) && await SendAsync(rollback, entry, cursor, cancellation) is { } trouble)
                return trouble;
            await cursor.SaveAsync(entry.Sequence, "");
        }

        return Telling.Done;
    }

    private async Task<Telling?> SendAsync(RollbackState rollback, TimelineEntry entry, CursorKeeper cursor, CancellationToken cancellation)
    {
        // An incoming webhook cannot be asked what it showed: a repeat that cannot be excluded is called one (S20).
        var sending = JsonSerializer.Serialize(entry.Sequence);
        var repeat = cursor.Cursor.Remote == sending ? "(possibly told before) " : "";
        await cursor.SaveAsync(cursor.Cursor.Sequence, sending);
        var answer = await webhook.PostAsync(Text(rollback, entry, repeat), cancellation);
        switch (answer)
        {
            case RemoteAnswer<string>.Ok:
                return null;
            case RemoteAnswer<string>.OutcomeUnknown unknown:
                return new Telling(time.GetUtcNow() + SoonAgain, unknown.Why);
            case RemoteAnswer<string>.RateLimited limited:
                await cursor.SaveAsync(cursor.Cursor.Sequence, "");
                return new Telling(time.GetUtcNow() + limited.RetryAfter, "Slack's rate limit");
            default:
                await cursor.SaveAsync(cursor.Cursor.Sequence, "");
                var refused = (RemoteAnswer<string>.Refused)answer;
                return new Telling(time.GetUtcNow() + (refused.WorthRetrying ? SoonAgain : LaterAgain), refused.Explanation);
        }
    }

    private static bool IsTurn(RollbackEvent e) => e is RollbackEvent.Proposed or RollbackEvent.PlanMade or RollbackEvent.Parked
        or RollbackEvent.Started or RollbackEvent.StepEnded or RollbackEvent.MethodFailed or RollbackEvent.Verified
        or RollbackEvent.StabilisationStarted or RollbackEvent.Paged or RollbackEvent.FoundIneffective or RollbackEvent.Closed;

    private Mrkdwn Text(RollbackState rollback, TimelineEntry entry, string repeat)
    {
        var who = entry.Event is RollbackEvent.Paged page ? SlackTopic.Mentions(rollback.Service.Team, page.Roles, operators) : Mrkdwn.Trusted("");
        var advice = entry.Event is RollbackEvent.Closed or RollbackEvent.Parked ? $"\nWhat you must do now: {Advice.For(rollback)}" : "";
        var shadow = rollback.Shadow ? "[shadow] " : "";
        return Mrkdwn.Of($"{repeat}{shadow}*{rollback.Service.Name}* {who} {TimelineLine.For(entry.Event) ?? ""}{advice}");
    }
}
