using AlertRollback.Alerts;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Storage;

namespace AlertRollback.Rollbacks.Running;

/// <summary>Takes the receipts in their order and decides them; a receipt is settled in the transaction that writes what it led to.</summary>
public sealed partial class Dispatcher(
    IJournal journal,
    Chronicle chronicle,
    MatrixSource matrix,
    OperatorConfiguration operators,
    TimeProvider time,
    ILogger<Dispatcher> log) : BackgroundService
{
    private const int AtATime = 64;
    private static readonly TimeSpan AfterFault = TimeSpan.FromSeconds(2);

    // Receipts are also looked for without a signal: while no matrix was loaded they stay pending.
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _work = new(1, 1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        journal.Received += Wake;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (await DispatchAsync(stoppingToken))
                {
                    // until no receipt is left
                }

                await WaitAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception fault)
            {
                LogFault(log, fault);
                await Task.Delay(AfterFault, time, stoppingToken);
            }
        }

        journal.Received -= Wake;
    }

    private async Task WaitAsync(CancellationToken cancellation)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await Task.WhenAny(_work.WaitAsync(over.Token), Task.Delay(LookAgain, time, over.Token));
        await over.CancelAsync();
    }

    private void Wake()
    {
        try
        {
            _work.Release();
        }
        catch (SemaphoreFullException)
        {
            // it is awake already
        }
    }

    /// <summary>Decides what is pending; false when nothing was, or when there is no matrix to decide by yet.</summary>
    private async Task<bool> DispatchAsync(CancellationToken cancellation)
    {
        if (matrix.Current is not { } current)
            return false;
        var receipts = await journal.PendingReceiptsAsync(AtATime, cancellation);
        foreach (var receipt in receipts)
            await DispatchAsync(receipt, current, cancellation);
        return receipts.Count > 0;
    }

    private async Task DispatchAsync(Receipt receipt, DecisionMatrix current, CancellationToken cancellation)
    {
        try
        {
            var read = WebhookMessageReader.Read(receipt.Body, operators.Intake.Depth);
            await chronicle.ChangeAsync(
                book => read.Message is { } message
                    ? new Dispatching(book, time.GetUtcNow(), current.Decide).Dispatch(receipt.Number, receipt.At, message)
                    : [Entry.Of(new AlertEvent.Unreadable(receipt.Number, read.Fault ?? "unreadable"))],
                cancellation,
                receipt.Number);
        }
        catch (Exception bug) when (bug is not (OperationCanceledException or JournalUnavailableException))
        {
            // One message must not stand in the way of all that come after it: it is kept, and people are told.
            LogBug(log, receipt.Number, bug);
            await chronicle.ChangeAsync(
                _ => [Entry.Of(new AlertEvent.Unreadable(receipt.Number, $"deciding it failed: {bug.Message}"))], cancellation, receipt.Number);
        }
    }

    public override void Dispose()
    {
        _work.Dispose();
        base.Dispose();
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "receipt {Receipt} cannot be decided")]
    private static partial void LogBug(ILogger log, long receipt, Exception bug);

    [LoggerMessage(Level = LogLevel.Error, Message = "deciding a receipt failed; trying again in a moment")]
    private static partial void LogFault(ILogger log, Exception fault);
}
