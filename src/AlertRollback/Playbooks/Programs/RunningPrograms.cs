using System.Globalization;

namespace AlertRollback.Playbooks.Programs;

/// <summary>What runs on this machine at the moment, or in this container: what was started in another one is not seen, and ended with it.</summary>
internal static class RunningPrograms
{
    private const string Processes = "/proc";

    /// <summary>Whether a program runs that was started with these arguments, one after the other; null: this machine does not show that.</summary>
    public static bool? Has(IReadOnlyList<string> arguments)
    {
        if (!File.Exists($"{Processes}/self/cmdline"))
            return null;
        var wanted = $"\0{string.Join('\0', arguments)}\0";
        return Directory.EnumerateDirectories(Processes)
            .Where(d => int.TryParse(Path.GetFileName(d), NumberStyles.None, CultureInfo.InvariantCulture, out _))
            .Any(d => $"\0{CommandLine(d)}".Contains(wanted, StringComparison.Ordinal));
    }

    // One that ended meanwhile has none any more.
    private static string CommandLine(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline"));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
