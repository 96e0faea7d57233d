namespace AlertRollback.Playbooks.Git;

/// <summary>
/// What a git that was killed has left in a clone that nobody works on: parts of what it was fetching, which git itself keeps for
/// two weeks while each further attempt adds its own, and locks, at which every later one would stop.
/// </summary>
internal static class GitLeftovers
{
    private static readonly EnumerationOptions Here = new() { AttributesToSkip = FileAttributes.None };
    private static readonly EnumerationOptions Below = new() { AttributesToSkip = FileAttributes.None, RecurseSubdirectories = true };

    /// <param name="clone">The folder with HEAD and objects. What cannot be removed stays: git says what it minds.</param>
    public static void Remove(string clone)
    {
        try
        {
            var packs = Files(Path.Combine(clone, "objects", "pack"), "*tmp*", Here).Where(f => Path.GetFileName(f) is var name && (name.StartsWith("tmp_", StringComparison.Ordinal) || name.StartsWith(".tmp-", StringComparison.Ordinal)));
            foreach (var file in packs.Concat(Files(clone, "*.lock", Here)).Concat(Files(Path.Combine(clone, "refs"), "*.lock", Below)).ToList())
                File.Delete(file);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // the next fetch tries again
        }
    }

    private static IEnumerable<string> Files(string folder, string pattern, EnumerationOptions options) =>
        Directory.Exists(folder) ? Directory.EnumerateFiles(folder, pattern, options) : [];
}
