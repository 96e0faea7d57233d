using System.Runtime.InteropServices;

namespace AlertRollback.CommandLine;

/// <summary>
/// An idle service makes so little garbage that the collector looks once in hours, and until then it would look as if it leaked.
/// What it does not need is given back to the machine after the start, and whenever nothing was collected for a minute.
/// </summary>
internal static class IdleMemory
{
    // By then the matrix is read and the clusters are listed.
    private static readonly TimeSpan Started = TimeSpan.FromSeconds(5);

    // In which an idle service makes 1 to 2 MB of garbage.
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(1);

    private const int Young = 1;

    // In bytes; so much is moved together in some 50 ms, in which nothing else goes on. An idle service has some 3 MiB.
    private const long Small = 64 * 1024 * 1024;

    /// <summary>Until it is cancelled.</summary>
    public static async Task GiveBackAsync(TimeProvider time, CancellationToken cancellation)
    {
        await Task.Delay(Started, time, cancellation);
        GiveBackAll();
        for (var seen = GC.CollectionCount(0); ; seen = GC.CollectionCount(0))
        {
            await Task.Delay(Idle, time, cancellation);
            if (GC.CollectionCount(0) != seen)
                continue;
            if (GC.GetTotalMemory(forceFullCollection: false) < Small)
                GiveBackAll();
            else
                GC.Collect(Young, GCCollectionMode.Forced, blocking: true);
        }
    }

    // What is native, too: the compiler's and SQLite's threads each have an arena of their own, in which what was freed stays.
    private static void GiveBackAll()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        if (!OperatingSystem.IsLinux())
            return;
        try
        {
            _ = TrimArenas(keptAtTheTop: 0);
        }
        catch (Exception fault) when (fault is EntryPointNotFoundException or DllNotFoundException)
        {
            // A C library that is not glibc has neither this nor such arenas.
        }
    }

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [DllImport("libc", EntryPoint = "malloc_trim")]
    private static extern int TrimArenas(nuint keptAtTheTop);
}
