using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Containers;
using AlertRollback.Rollbacks.Guards;
using AlertRollback.Storage;

namespace AlertRollback.Rollbacks.Running;

/// <summary>What a worker works with.</summary>
public sealed record WorkerParts(
    Chronicle Chronicle,
    IJournal Journal,
    Catalog Catalog,
    Planner Planner,
    PureGuards Guards,
    ReadingGuards Reading,
    NextMove NextMove,
    IAlertSource Alerts,
    OperatorConfiguration Operators,
    TimeProvider Time,
    ILogger<RollbackWorker> Log);

/// <summary>
/// Carries one rollback on, move by move, until it rests. Holds nothing that is not in the journal, so that a new worker
/// after a crash goes on where this one was.
/// </summary>
public sealed partial class RollbackWorker(string id, WorkerParts parts)
{
    private static readonly TimeSpan AfterFault = TimeSpan.FromSeconds(5);

    // A timer takes no more than 49 days, and a freeze or a hold may last longer: what is due then is looked at again by itself.
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    // A plan this fresh was pinned by this worker just now; its writes carry preconditions, so it is not read a second time.
    private static readonly TimeSpan FreshPlan = TimeSpan.FromSeconds(2);

    private readonly Chronicle _chronicle = parts.Chronicle;
    private DateTimeOffset? _plannedAt;
    private string? _startedInAdvance;

    private RollbackState Rollback => _chronicle.Book.Rollbacks[id];

    public async Task RunAsync(CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                var book = _chronicle.Book;
                var move = parts.NextMove.For(book.Rollbacks[id], book, parts.Time.GetUtcNow());
                if (move is Move.Rest)
                    return;
                await MakeAsync(move, book, cancellation);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                throw;
            }
            catch (Exception fault)
            {
                LogFault(parts.Log, id, fault);
                await Task.Delay(AfterFault, parts.Time, cancellation);
            }
        }
    }

    private Task MakeAsync(Move move, Book seen, CancellationToken cancellation) => move switch
    {
        Move.Wait wait => WaitAsync(wait.Until, seen, cancellation),
        Move.Record record => RecordAsync(record, cancellation),
        Move.MakePlan => MakePlanAsync(cancellation),
        Move.TakeBeforeStep before => TakeBeforeStepAsync(before.Index, cancellation),
        Move.Start => StartAsync(cancellation),
        Move.BeginMethod method => BeginMethodAsync(method.Method, cancellation),
        Move.StartMethod => StartMethodAsync(cancellation),
        Move.RunSteps steps => Task.WhenAll(steps.Steps.Select(s => RunStepAsync(s, cancellation))),
        Move.RestoreStep restore => RestoreStepAsync(restore.Step, cancellation),
        Move.AskWhetherItFires => AskWhetherItFiresAsync(cancellation),
        Move.AskWhetherOthersFire => AskWhetherOthersFireAsync(cancellation),
        Move.AskAboutFiring firing => AskAboutFiringAsync(firing, cancellation),
        Move.AskStability => AskStabilityAsync(cancellation),
        Move.AskChecks checks => AskChecksAsync(checks.Set, cancellation),
        Move.PlanFallbackStep step => PlanFallbackStepAsync(step.Index, cancellation),
        _ => throw new InvalidOperationException($"no way to make {move}"),
    };

    private async Task WaitAsync(DateTimeOffset? until, Book seen, CancellationToken cancellation)
    {
        var changed = _chronicle.ChangedSince(seen);
        if (until is not { } deadline)
        {
            await changed.WaitAsync(cancellation);
            return;
        }

        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var left = deadline - parts.Time.GetUtcNow() is var wait && wait < LongestWait ? wait : LongestWait;
        var delay = Task.Delay(left > TimeSpan.Zero ? left : TimeSpan.Zero, parts.Time, over.Token);

        // The clock may have leapt over the deadline before the delay began, which would then be as long again.
        if (parts.Time.GetUtcNow() < deadline)
            await Task.WhenAny(changed, delay);
        await over.CancelAsync();
        cancellation.ThrowIfCancellationRequested();
    }

    // Whatever the move was read off may be older than the newest picture: it is read off again before it is written.
    private async Task RecordAsync(Move.Record record, CancellationToken cancellation)
    {
        // Nobody is called because nobody answered to what has resolved; what has acted goes on though it has.
        if (!Rollback.HasActed && record.Events.Any(e => e is RollbackEvent.ApprovalLapsed) && await CameLateAsync(cancellation))
            return;
        await ChangeAsync((now, book) => parts.NextMove.For(now, book, parts.Time.GetUtcNow()) is Move.Record again ? again.Events : [], cancellation);
    }

    // A reload, a stronger row or a person may have closed it while the worker looked at the world: it stays closed.
    private Task<RollbackState> AppendAsync(Func<RollbackState, Book, IEnumerable<RollbackEvent>> decide, CancellationToken cancellation) =>
        ChangeAsync((now, book) => now.IsOpen ? decide(now, book) : [], cancellation);

    private async Task<RollbackState> ChangeAsync(Func<RollbackState, Book, IEnumerable<RollbackEvent>> decide, CancellationToken cancellation)
    {
        var book = await _chronicle.ChangeAsync(
            b => Consequences.Of(b.Rollbacks[id], CallingOnce(decide(b.Rollbacks[id], b), b), parts.Time.GetUtcNow()), cancellation);
        return book.Rollbacks[id];
    }

    private IEnumerable<RollbackEvent> CallingOnce(IEnumerable<RollbackEvent> events, Book book) =>
        CalledBefore.Heeded(book.Rollbacks[id], events, book, parts.Time.GetUtcNow(), GrantedEngines.AddressOf(parts.Operators, book.Rollbacks[id].Service));

    private Task<RollbackState> AppendAsync(RollbackEvent e, CancellationToken cancellation) => AppendAsync((_, _) => [e], cancellation);

    [LoggerMessage(Level = LogLevel.Error, Message = "rollback {Id}: a fault; trying again in a moment")]
    private static partial void LogFault(ILogger log, string id, Exception fault);
}
