using AlertRollback.Sandbox.Cluster.Objects;

namespace AlertRollback.Sandbox.Cluster.Controllers;

/// <summary>Runs all controllers after every change, and when one of them is due.</summary>
internal sealed class ControllerLoop(ObjectStore store, IReadOnlyList<IController> controllers, TimeSpan delay, TimeProvider time)
{
    /// <summary>More rounds than any rollout takes: reaching it means that two controllers undo each other's work.</summary>
    private const int MostRounds = 1000;

    public async Task RunAsync(CancellationToken cancellation)
    {
        while (true)
        {
            Task changed;
            DateTimeOffset? due;
            lock (store.Gate)
            {
                due = Settle();
                changed = store.NextChange;
            }

            await WaitAsync(changed, due, cancellation);
            if (delay > TimeSpan.Zero) await Task.Delay(delay, time, cancellation);
        }
    }

    private DateTimeOffset? Settle()
    {
        for (var round = 0; round < MostRounds; round++)
        {
            var before = store.Version;
            var due = controllers.Select(c => c.Run()).ToList().Aggregate(Due.Earlier);
            if (store.Version == before) return due;
        }

        throw new InvalidOperationException("the controllers of the sandbox do not come to rest");
    }

    private async Task WaitAsync(Task changed, DateTimeOffset? due, CancellationToken cancellation)
    {
        if (due is null)
        {
            await changed.WaitAsync(cancellation);
            return;
        }

        var wait = due.Value - store.Now;
        if (wait <= TimeSpan.Zero) return;
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await Task.WhenAny(changed, Task.Delay(wait, time, enough.Token));
        await enough.CancelAsync();
        cancellation.ThrowIfCancellationRequested();
    }
}
