using System.Security.Cryptography;

namespace AlertRollback.Playbooks.Trees;

/// <summary>Reads a directory as it is on disk. Links are looked at, never followed.</summary>
internal static class DirectoryTree
{
    /// <summary>Null: there is no such directory.</summary>
    /// <exception cref="IOException">Something in it cannot be read; also <see cref="UnauthorizedAccessException"/>.</exception>
    public static async Task<TreeContent?> ReadAsync(string root, CancellationToken cancellation)
    {
        if (!IsDirectory(root))
            return null;
        var (entries, bytes, newest) = (new List<TreeEntry>(), 0L, (DateTimeOffset?)null);
        foreach (var item in new DirectoryInfo(root).EnumerateFileSystemInfos("*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0, IgnoreInaccessible = false }))
        {
            cancellation.ThrowIfCancellationRequested();
            var path = Path.GetRelativePath(root, item.FullName);
            if (TreeContent.IsLitter(path))
                continue;
            entries.Add(await EntryAsync(item, path, cancellation));
            bytes += item is FileInfo { LinkTarget: null } file ? file.Length : 0;
            if (newest is null || item.LastWriteTimeUtc > newest.Value.UtcDateTime)
                newest = new DateTimeOffset(item.LastWriteTimeUtc);
        }

        return new TreeContent(entries, bytes, newest);
    }

    public static bool IsDirectory(string path) => new DirectoryInfo(path) is { Exists: true, LinkTarget: null };

    private static async Task<TreeEntry> EntryAsync(FileSystemInfo item, string path, CancellationToken cancellation)
    {
        if (item.LinkTarget is { } target)
            return new TreeEntry(path, 'l', target);
        if (item is DirectoryInfo)
            return new TreeEntry(path, 'd', "");
        await using var content = File.OpenRead(item.FullName);
        var isProgram = (item.UnixFileMode & UnixFileMode.UserExecute) != 0;
        return new TreeEntry(path, isProgram ? 'x' : 'f', Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellation)));
    }
}
