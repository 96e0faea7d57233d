using System.Globalization;

namespace AlertRollback.Storage.Sqlite;

/// <summary>
/// One process per journal (S22): an exclusive lock on a file beside it, which the operating system lets go of when the
/// process ends, however it ends.
/// </summary>
internal sealed class JournalLock : IDisposable
{
    private readonly FileStream _held;

    private JournalLock(FileStream held) => _held = held;

    /// <exception cref="JournalUnavailableException">Another process has it.</exception>
    public static JournalLock Take(string journal, TimeProvider time)
    {
        var path = journal + ".lock";
        try
        {
            // Readable by others, so that a second process can say who holds it; FileShare.Read is an exclusive flock here.
            var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            file.SetLength(0);
            file.Write(System.Text.Encoding.UTF8.GetBytes(string.Create(
                CultureInfo.InvariantCulture, $"process {Environment.ProcessId} since {time.GetUtcNow():O}\n")));
            file.Flush(flushToDisk: true);
            return new JournalLock(file);
        }
        catch (IOException fault)
        {
            throw new JournalUnavailableException($"the journal {journal} is in use by another process; one process per journal", fault);
        }
        catch (UnauthorizedAccessException fault)
        {
            throw new JournalUnavailableException($"the journal {journal} cannot be locked: {fault.Message}", fault);
        }
    }

    public void Dispose() => _held.Dispose();
}
