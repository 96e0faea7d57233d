namespace AlertRollback.Storage.Sqlite;

/// <summary>
/// Tells those who waited for a commit that it is on the disk, many in one go of a pool's thread: to wake a thread for
/// each costs more than their answers, and the writer's thread has the next commit to do.
/// </summary>
internal sealed class Tidings(List<Write> writes, int from, int to) : IThreadPoolWorkItem
{
    public static void Send(List<Write> writes)
    {
        var share = Math.Max((writes.Count + Environment.ProcessorCount - 1) / Environment.ProcessorCount, 1);
        for (var from = 0; from < writes.Count; from += share)
            ThreadPool.UnsafeQueueUserWorkItem(new Tidings(writes, from, Math.Min(from + share, writes.Count)), preferLocal: false);
    }

    public void Execute()
    {
        for (var i = from; i < to; i++)
            writes[i].Committed();
    }
}
