namespace AlertRollback.EndToEnd.Support;

/// <summary>Disposes what was added, the last first, all of it even if one of them fails.</summary>
internal sealed class Cleanup : IAsyncDisposable
{
    private readonly Stack<object> added = new();

    public T Add<T>(T thing)
        where T : notnull
    {
        added.Push(thing);
        return thing;
    }

    public async ValueTask DisposeAsync()
    {
        var faults = new List<Exception>();
        while (added.TryPop(out var thing))
        {
            try
            {
                if (thing is IAsyncDisposable later)
                    await later.DisposeAsync();
                else
                    (thing as IDisposable)?.Dispose();
            }
            catch (Exception fault)
            {
                faults.Add(fault);
            }
        }

        if (faults.Count > 0)
            throw new AggregateException(faults);
    }
}
