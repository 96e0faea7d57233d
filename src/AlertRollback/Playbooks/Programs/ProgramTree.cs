using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace AlertRollback.Playbooks.Programs;

/// <summary>
/// Ends a program and all it started, as a service manager does: each is asked first, so that git takes its locks away and
/// helm does not leave a release pending, and what is still there a little later is killed.
/// </summary>
internal static class ProgramTree
{
    private const string Processes = "/proc";
    private const int Terminate = 15;
    private const int Kill = 9;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    /// <param name="grace">So long they may take to end by themselves.</param>
    public static async Task EndAsync(Process program, TimeSpan grace, TimeProvider time)
    {
        // All of them, not only the first: a shell that is told ends at once, and what it was waiting for would hear nothing.
        var told = From([program.Id]);
        foreach (var one in told)
            Send(one, Terminate);
        var began = time.GetTimestamp();
        while (told.Any(IsThere) && time.GetElapsedTime(began) < grace)
            await Task.Delay(Look, time, CancellationToken.None);

        // Those that lost their parent meanwhile are in nobody's tree any more.
        foreach (var one in From([.. told.Where(IsThere).Select(m => m.Id)]))
            Send(one, Kill);
        if (!program.HasExited)
            program.Kill(entireProcessTree: true);
    }

    // Parents before children. Empty where this machine does not show them: then there is only the killing.
    private static List<Member> From(IEnumerable<int> roots)
    {
        var all = Directory.Exists(Processes)
            ? Directory.EnumerateDirectories(Processes)
                .Select(d => int.TryParse(Path.GetFileName(d), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? Read(id) : null)
                .OfType<Member>().ToList()
            : [];
        var wanted = roots.ToHashSet();
        var found = all.Where(m => wanted.Contains(m.Id)).ToList();
        for (var next = 0; next < found.Count; next++)
            found.AddRange(all.Where(m => m.Parent == found[next].Id && wanted.Add(m.Id)));
        return found;
    }

    // Another may have its number by now.
    private static bool IsThere(Member member) => Read(member.Id)?.Began == member.Began;

    private static void Send(Member member, int signal)
    {
        if (IsThere(member))
            _ = SendSignal(member.Id, signal);
    }

    // Null: it has ended, also when nobody asked yet how.
    private static Member? Read(int id)
    {
        try
        {
            // State, parent, …, begin, behind the name in brackets, which may hold anything.
            var stat = File.ReadAllText($"{Processes}/{id.ToString(CultureInfo.InvariantCulture)}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 1)..].TrimStart().Split(' ');
            return fields.Length < 20 || fields[0] is "Z" or "X" ? null : new Member(id, int.Parse(fields[1], CultureInfo.InvariantCulture), fields[19]);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [DllImport("libc", EntryPoint = "kill")]
    private static extern int SendSignal(int process, int signal);

    /// <param name="Began">In the machine's own count: with the number it is the only one.</param>
    private sealed record Member(int Id, int Parent, string Began);
}
