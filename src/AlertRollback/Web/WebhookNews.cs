using AlertRollback.Alerts.Intake;
using AlertRollback.Rollbacks;
using AlertRollback.Web.Credentials;

namespace AlertRollback.Web;

/// <summary>Makes news of a webhook that refuses what it is sent, and of one that takes it in again; once each, also over restarts.</summary>
public sealed class WebhookNews(Refusals refusals, CredentialStore credentials, Chronicle chronicle, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(15);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        do
        {
            try
            {
                await LookAsync(stoppingToken);
            }
            catch (Storage.JournalUnavailableException)
            {
                // the journal's own trouble is told elsewhere; this is tried again
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>Journals the difference between what is refused and what was last said of it.</summary>
    public Task LookAsync(CancellationToken cancellation) =>
        Difference(chronicle.Book).Any() ? chronicle.ChangeAsync(book => [.. Difference(book).Select(e => Entry.Of(e))], cancellation) : Task.CompletedTask;

    private IEnumerable<GlobalEvent> Difference(Book book)
    {
        var nobodyIsKnown = credentials.IsShut(Audience.Webhook);
        return Enum.GetValues<RefusalKind>().Select(kind => Difference(book, kind, nobodyIsKnown)).OfType<GlobalEvent>();
    }

    // What is refused changes with each message; that it is refused is said once.
    private GlobalEvent? Difference(Book book, RefusalKind kind, bool nobodyIsKnown) => !book.Global.WebhookTroubles.ContainsKey(kind)
        ? refusals.Trouble(kind, nobodyIsKnown) is { } trouble ? new GlobalEvent.WebhookTrouble(trouble, kind) : null
        : refusals.AreOver(kind, nobodyIsKnown) ? new GlobalEvent.WebhookGood(kind) : null;
}
