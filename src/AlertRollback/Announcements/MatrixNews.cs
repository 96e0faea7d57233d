using AlertRollback.Matrix;
using AlertRollback.Rollbacks;

namespace AlertRollback.Announcements;

/// <summary>Makes news of a matrix that cannot be used, and of one that can be again; once each, also over restarts (S14).</summary>
public sealed class MatrixNews(MatrixSource matrix, Chronicle chronicle, TimeProvider time) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(MatrixSource.PollEvery, time);
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

    /// <summary>Journals the difference between what the matrix says of itself and what was last said of it.</summary>
    public Task LookAsync(CancellationToken cancellation)
    {
        var trouble = matrix.Trouble;
        return chronicle.Book.Global.MatrixTrouble == trouble ? Task.CompletedTask : chronicle.ChangeAsync(
            book => book.Global.MatrixTrouble == trouble
                ? []
                : [Entry.Of(trouble is null ? new GlobalEvent.MatrixGood() : new GlobalEvent.MatrixTrouble(trouble))],
            cancellation);
    }
}
