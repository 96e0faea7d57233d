using System.Diagnostics;

namespace AlertRollback.Benchmarks.Receipts;

/// <summary>How often this disk can flush: the bound for whoever waits for the disk before answering.</summary>
internal static class DiskFlush
{
    // About what one shared commit writes.
    private const int Size = 64 * 1024;

    public static double PerSecond(DirectoryInfo folder, TimeSpan time)
    {
        var path = Path.Combine(folder.FullName, "flush");
        var bytes = new byte[Size];
        using var file = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite);
        RandomAccess.Write(file, bytes, 0);
        RandomAccess.FlushToDisk(file);
        var (flushes, start) = (0, Stopwatch.GetTimestamp());
        for (; Stopwatch.GetElapsedTime(start) < time; flushes++)
        {
            RandomAccess.Write(file, bytes, 0);
            RandomAccess.FlushToDisk(file);
        }

        return flushes / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
