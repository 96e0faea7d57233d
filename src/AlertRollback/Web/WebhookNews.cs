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
        Difference(chronicle.Book) is null ? Task.CompletedTask : chronicle.ChangeAsync(
            book => Difference(book) is { } e ? [Entry.Of(e)] : [],
            cancellation);

    // What is refused changes with each message; that it is refused is said once.
    private GlobalEvent? Difference(Book book) => book.Global.WebhookTrouble is null
        ? refusals.Trouble(credentials.IsShut(Audience.Webhook)) is { } trouble ? new GlobalEvent.WebhookTrouble(trouble) : null
        : refusals.AreOver(credentials.IsShut(Audience.Webhook)) ? new GlobalEvent.WebhookGood() : null;
}
