using AlertRollback.Alerts;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks.Containers;
using AlertRollback.Storage;

namespace AlertRollback.Rollbacks.Running;

/// <summary>Takes the receipts in their order and decides them; a receipt is settled in the transaction that writes what it led to.</summary>
public sealed partial class Dispatcher(
    IJournal journal,
    Chronicle chronicle,
    MatrixSource matrix,
    OperatorConfiguration operators,
    NextMove next,
    TimeProvider time,
    ILogger<Dispatcher> log) : BackgroundService
{
    private const int AtATime = 64;
    private static readonly TimeSpan AfterFault = TimeSpan.FromSeconds(2);

    // About as long as a burst lasts; then one message must not stand in the way of the others any more.
    private const int MostShortages = 10;

    // Receipts are also looked for without a signal: while no matrix was loaded they stay pending.
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(5);

    // What comes so soon after a resolution may be a late copy of an earlier delivery; what comes later is a new firing.
    internal static readonly TimeSpan LateCopies = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _work = new(1, 1);
    private Task? _woken;
    private readonly LostAlerts _lost = new(log);
    private readonly RecordedAlerts _recorded = new();
    private DecisionMatrix? _decidedBy;

    // The receipt that memory was too short for last, and how often.
    private (long Receipt, int Times) _shortages;

    // While there is no matrix: up to where resolutions were heard.
    private long _heard;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        journal.Received += Wake;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await chronicle.CatchUpAsync(stoppingToken);
                await DecideAnewAsync(stoppingToken);
                while (await DispatchAsync(stoppingToken))
                {
                    // until no receipt is left
                }

                await FireAgainAsync(stoppingToken);
                await DecideWhatGaveWayAsync(stoppingToken);

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

    private Dispatching Deciding(Book book, DecisionMatrix current) =>
        new(book, time.GetUtcNow(), current.Decide, _recorded)
        {
            ContainerOf = service => GrantedEngines.AddressOf(operators, service),
            OnlyPlans = current.OnlyPlans,
            HeardFrom = next.HeardFrom,
        };

    private async Task WaitAsync(CancellationToken cancellation)
    {
        // A wait that is given up may still take the signal that comes at that moment: it is kept until it has one.
        _woken ??= _work.WaitAsync(cancellation);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await Task.WhenAny(_woken, Task.Delay(LookAgain, time, over.Token));
        await over.CancelAsync();
        if (_woken.IsCompleted)
            _woken = null;
    }

    private void Wake()
    {
        // A storm wakes it for each receipt, and an exception each would cost more than deciding it.
        if (_work.CurrentCount > 0)
            return;
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
        {
            await HearResolutionsAsync(cancellation);
            return false;
        }

        var receipts = await journal.PendingReceiptsAsync(AtATime, cancellation);
        // What came in under a matrix is decided by no older one: its repeats are known by then.
        current = matrix.Current ?? current;
        var understood = new List<long>(receipts.Count);
        try
        {
            foreach (var receipt in receipts)
            {
                if (await DispatchAsync(receipt, current, cancellation))
                    understood.Add(receipt.Number);
            }
        }
        finally
        {
            // What they said is in events by now, and the disk has to hold the rest of the storm.
            if (understood.Count > 0)
                await journal.ForgetBodiesAsync(understood, cancellation);
        }

        return receipts.Count > 0;
    }

    private async Task HearResolutionsAsync(CancellationToken cancellation)
    {
        while (await journal.PendingReceiptsAsync(AtATime, cancellation, _heard) is { Count: > 0 } receipts)
        {
            foreach (var receipt in receipts)
            {
                if (WebhookMessageReader.Read(receipt.Body, operators.Intake.Depth).Message is { } message)
                    await chronicle.ChangeAsync(book => Dispatching.Resolutions(book, time.GetUtcNow(), receipt.At, message), cancellation);
                _heard = receipt.Number;
            }
        }
    }

    /// <summary>After a reload, and after a start with another matrix than before.</summary>
    private async Task DecideAnewAsync(CancellationToken cancellation)
    {
        if (matrix.Current is not { } current || ReferenceEquals(current, _decidedBy))
            return;
        await chronicle.ChangeAsync(book => Deciding(book, current).DecideAnew(), cancellation);
        _decidedBy = current;
        _lost.Forget();
        _recorded.Forget();
    }

    private async Task DecideWhatGaveWayAsync(CancellationToken cancellation)
    {
        if (matrix.Current is { } current && Deciding(chronicle.Book, current).DecideWhatGaveWay().Count > 0)
            await chronicle.ChangeAsync(book => Deciding(book, current).DecideWhatGaveWay(), cancellation);
    }

    /// <summary>Decides one receipt; false when it could not be read or decided: its body is kept for people.</summary>
    private async Task<bool> DispatchAsync(Receipt receipt, DecisionMatrix current, CancellationToken cancellation)
    {
        try
        {
            var read = WebhookMessageReader.Read(receipt.Body, operators.Intake.Depth);
            IReadOnlyList<Entry> entries = [];
            await chronicle.ChangeAsync(
                book => entries = read.Message is { } message
                    ? Deciding(book, current).Dispatch(receipt.Number, receipt.At, message)
                    : [Entry.Of(new AlertEvent.Unreadable(receipt.Number, read.Fault ?? "unreadable"))],
                cancellation,
                receipt.Number);
            _recorded.Note(entries, time.GetUtcNow());
            _lost.Say(entries);
            return read.IsMessage;
        }
        catch (OutOfMemoryException shortage) when (IsTriedAgain(receipt.Number))
        {
            // Many large messages at once: it passes, and what was acknowledged is decided then.
            LogShortage(log, receipt.Number, shortage);
            throw;
        }
        catch (Exception bug) when (bug is not (OperationCanceledException or JournalUnavailableException))
        {
            // One message must not stand in the way of all that come after it: it is kept, and people are told.
            LogBug(log, receipt.Number, bug);
            await chronicle.ChangeAsync(
                _ => [Entry.Of(new AlertEvent.Unreadable(receipt.Number, $"deciding it failed: {bug.Message}"))], cancellation, receipt.Number);
            return false;
        }
    }

    private bool IsTriedAgain(long receipt)
    {
        _shortages = _shortages.Receipt == receipt ? (receipt, _shortages.Times + 1) : (receipt, 1);
        return _shortages.Times <= MostShortages;
    }

    public override void Dispose()
    {
        _work.Dispose();
        base.Dispose();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "receipt {Receipt}: memory is short, it is decided in a moment")]
    private static partial void LogShortage(ILogger log, long receipt, Exception shortage);

    [LoggerMessage(Level = LogLevel.Error, Message = "receipt {Receipt} cannot be decided")]
    private static partial void LogBug(ILogger log, long receipt, Exception bug);

    [LoggerMessage(Level = LogLevel.Error, Message = "deciding a receipt failed; trying again in a moment")]
    private static partial void LogFault(ILogger log, Exception fault);
}
