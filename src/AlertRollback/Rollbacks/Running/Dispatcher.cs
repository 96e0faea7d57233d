using AlertRollback.Alerts;
using AlertRollback.Matrix;
using AlertRollback.Storage;

namespace AlertRollback.Rollbacks.Running;

/// <summary>Takes the receipts in their order and decides them; a receipt is settled in the transaction that writes what it led to.</summary>
public sealed partial class Dispatcher(
    IJournal journal,
    Chronicle chronicle,
    Func<Alert, Decision> decide,
    Func<Decision.Act, bool> isShadow,
    TimeProvider time,
    ILogger<Dispatcher> log) : BackgroundService
{
    private const int AtATime = 64;
    private static readonly TimeSpan AfterFault = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim _work = new(1, 1);

    /// <summary>There is a new receipt.</summary>
    public void Wake()
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

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await _work.WaitAsync(stoppingToken);
                while (await DispatchAsync(stoppingToken))
                {
                    // until no receipt is left
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                LogFault(log, fault);
                await Task.Delay(AfterFault, time, stoppingToken);
                Wake();
            }
        }
    }

    /// <summary>Decides what is pending; false when nothing was.</summary>
    public async Task<bool> DispatchAsync(CancellationToken cancellation)
    {
        var receipts = await journal.PendingReceiptsAsync(AtATime, cancellation);
        foreach (var receipt in receipts)
            await DispatchAsync(receipt, cancellation);
        return receipts.Count > 0;
    }

    private async Task DispatchAsync(Receipt receipt, CancellationToken cancellation)
    {
        var read = WebhookMessageReader.Read(receipt.Body);
        await chronicle.ChangeAsync(
            book => read.Message is { } message
                ? new Dispatching(book, time.GetUtcNow(), decide, isShadow).Dispatch(receipt.Number, receipt.At, message)
                : [Entry.Of(new AlertEvent.Unreadable(receipt.Number, read.Fault ?? "unreadable"))],
            cancellation,
            receipt.Number);
    }

    public override void Dispose()
    {
        _work.Dispose();
        base.Dispose();
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "deciding a receipt failed; trying again in a moment")]
    private static partial void LogFault(ILogger log, Exception fault);
}
