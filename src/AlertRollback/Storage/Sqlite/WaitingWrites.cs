namespace AlertRollback.Storage.Sqlite;

/// <summary>What waits for the next commit. Whoever adds the first wakes the writer's thread itself, without a detour over a pool.</summary>
internal sealed class WaitingWrites
{
    private readonly Queue<Write> _writes = new();
    private bool _isClosed;

    /// <summary>False when it is closed.</summary>
    public bool TryAdd(Write write)
    {
        lock (_writes)
        {
            if (_isClosed)
                return false;
            _writes.Enqueue(write);
            if (_writes.Count == 1)
                Monitor.Pulse(_writes);
            return true;
        }
    }

    /// <summary>Waits for the first and answers with all there are, up to a number; none when it is closed.</summary>
    public List<Write> Take(int most)
    {
        var taken = new List<Write>();
        lock (_writes)
        {
            while (_writes.Count == 0 && !_isClosed)
                Monitor.Wait(_writes);
            while (taken.Count < most && _writes.TryDequeue(out var write))
                taken.Add(write);
        }

        return taken;
    }

    public void Close()
    {
        lock (_writes)
        {
            _isClosed = true;
            Monitor.Pulse(_writes);
        }
    }
}
