using System.Runtime.InteropServices;

namespace AlertRollback.Playbooks.Trees;

/// <summary>Lets two directories of one file system change their names.</summary>
internal static class SwapByRename
{
    private const int CurrentDirectory = -100;
    private const uint Exchange = 2;

    /// <summary>In one moment, where the file system can do that; else by three renames, of which the second follows the first at once.</summary>
    /// <exception cref="IOException">It is not done.</exception>
    public static void Run(string one, string other)
    {
        if (OperatingSystem.IsLinux() && RenameAt2(CurrentDirectory, one, CurrentDirectory, other, Exchange) == 0)
            return;
        var between = $"{other}.between";
        Directory.Move(one, between);
        try
        {
            Directory.Move(other, one);
        }
        catch
        {
            Directory.Move(between, one);
            throw;
        }

        Directory.Move(between, other);
    }

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [DllImport("libc", EntryPoint = "renameat2", SetLastError = true, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    private static extern int RenameAt2(int oneDirectory, [MarshalAs(UnmanagedType.LPUTF8Str)] string one, int otherDirectory, [MarshalAs(UnmanagedType.LPUTF8Str)] string other, uint flags);
}
