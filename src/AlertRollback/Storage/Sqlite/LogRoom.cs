namespace AlertRollback.Storage.Sqlite;

/// <summary>
/// Makes the write-ahead log as long beforehand as it soon gets. A commit that makes it longer also waits until the file system has
/// noted the new length; one that writes over zeros does not, and there are four between an alert and its undo. For SQLite the log
/// ends at what is no frame of it, be it zeros or what an earlier round left there.
/// </summary>
public static class LogRoom
{
    /// <summary>
    /// Bytes for the first ten rollbacks or so of a service; later rounds find what they need. Written in some 10 ms.
    /// </summary>
    public const long OfService = 8 * 1024 * 1024;

    private const int Piece = 1024 * 1024;

    // Not at the cost of those who need the disk.
    private const int FreeForEach = 10;

    /// <summary>To be called while nobody writes to the journal; what cannot be had is left.</summary>
    /// <param name="path">The journal's file, open in write-ahead mode.</param>
    /// <param name="length">In bytes.</param>
    internal static void Make(string path, long length)
    {
        try
        {
            if (length == 0 || new DriveInfo(Path.GetFullPath(path)).AvailableFreeSpace < FreeForEach * length)
                return;
            // SQLite holds its locks on the other two files: closing this one takes none of them away.
            using var log = File.OpenHandle(path + "-wal", FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            var zeros = new byte[Piece];
            for (var end = RandomAccess.GetLength(log); end < length; end += Piece)
                RandomAccess.Write(log, zeros.AsSpan(0, (int)Math.Min(Piece, length - end)), end);
            RandomAccess.FlushToDisk(log);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // It only serves speed, and whoever writes next is told what is wrong with the disk.
        }
    }
}
