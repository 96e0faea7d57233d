using System.Globalization;
using System.Text;

namespace AlertRollback.Storage.Sqlite;

/// <summary>
/// One process per journal (S22): an exclusive lock on a file beside it, which the operating system lets go of when the
/// process ends, however it ends. Who holds it is written into a second file, because the locked one cannot be read.
/// </summary>
internal sealed class JournalLock : IDisposable
{
    // EWOULDBLOCK, and Windows's sharing violation.
    private const int HeldOnUnix = 11;
    private const int HeldOnWindows = unchecked((int)0x80070020);

    private readonly FileStream _held;

    private JournalLock(FileStream held) => _held = held;

    /// <exception cref="JournalUnavailableException">Another process has it, or the folder cannot be written.</exception>
    public static JournalLock Take(string journal, TimeProvider time)
    {
        try
        {
            var held = new JournalLock(new FileStream(journal + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            Sign(journal, time);
            return held;
        }
        catch (IOException fault) when (fault.HResult is HeldOnUnix or HeldOnWindows)
        {
            throw new JournalUnavailableException($"the journal {journal} is in use by {Holder(journal)}; one process per journal", fault);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new JournalUnavailableException($"the journal {journal} cannot be locked: {fault.Message}", fault);
        }
    }

    // Only for people: the lock holds without it.
    private static void Sign(string journal, TimeProvider time)
    {
        try
        {
            File.WriteAllText(HolderFile(journal), string.Create(
                CultureInfo.InvariantCulture, $"process {Environment.ProcessId} on {Environment.MachineName} since {time.GetUtcNow():yyyy-MM-dd HH:mm:ss}Z"));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // see above
        }
    }

    private static string Holder(string journal)
    {
        try
        {
            var text = File.ReadAllText(HolderFile(journal), Encoding.UTF8).Trim();
            return text.Length is > 0 and < 200 ? text : "another process";
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return "another process";
        }
    }

    private static string HolderFile(string journal) => journal + ".holder";

    public void Dispose() => _held.Dispose();
}
