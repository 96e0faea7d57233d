using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;

namespace AlertRollback.Playbooks.Trees;

/// <summary>A tar archive, also gzipped, of one tree of files.</summary>
/// <param name="name">The last part of the path of the directory it stands for: an archive may hold it under its own path.</param>
internal sealed class TreeArchive(string file, string name)
{
    // Rights of the owner, the group and others; never those that make a program run as somebody else.
    private const UnixFileMode Rights = (UnixFileMode)0b111_111_111;

    /// <summary>Reads all of it, to the end, and unpacks nothing.</summary>
    /// <exception cref="ArchiveException">It is damaged, empty, or reaches outside.</exception>
    /// <exception cref="IOException">It cannot be read; also <see cref="UnauthorizedAccessException"/>.</exception>
    public async Task<TreeContent> CheckAsync(CancellationToken cancellation)
    {
        var (entries, bytes) = (new List<TreeEntry>(), 0L);
        await ReadAsync(
            async (entry, place) =>
            {
                entries.Add(new TreeEntry(place, KindOf(entry), await ContentAsync(entry, place, entries, cancellation)));
                bytes += entry.Length;
            },
            cancellation);
        var prefix = PrefixOf(entries);
        var inner = entries.Select(e => e with { Path = Without(prefix, e.Path) }).Where(e => e.Path.Length > 0).ToList();
        if (!inner.Any(e => e.Kind is 'f' or 'x'))
            throw new ArchiveException("it holds no file");
        return new TreeContent([.. inner, .. MissingParents(inner)], bytes, null);
    }

    /// <summary>Unpacks it into a directory that does not exist yet.</summary>
    /// <exception cref="ArchiveException">As above.</exception>
    public async Task UnpackAsync(string into, CancellationToken cancellation)
    {
        var entries = new List<TreeEntry>();
        await ReadAsync((entry, place) => Note(entries, entry, place), cancellation);
        var prefix = PrefixOf(entries);
        Directory.CreateDirectory(into);
        await ReadAsync((entry, place) => WriteAsync(entry, Without(prefix, place), into, prefix, cancellation), cancellation);
    }

    /// <summary>Archives a directory under its name; complete, or not there at all.</summary>
    /// <exception cref="IOException">It cannot be written; also <see cref="UnauthorizedAccessException"/>.</exception>
    public static async Task PackAsync(string directory, string file, CancellationToken cancellation)
    {
        var partial = $"{file}.partial";
        await using (var stream = new FileStream(partial, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
        {
            await using (var packed = new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true))
                await TarFile.CreateFromDirectoryAsync(directory, packed, includeBaseDirectory: true, cancellation);
            stream.Flush(flushToDisk: true);
        }

        File.Move(partial, file, overwrite: true);
    }

    private static Task Note(List<TreeEntry> entries, TarEntry entry, string place)
    {
        entries.Add(new TreeEntry(place, KindOf(entry), ""));
        return Task.CompletedTask;
    }

    private async Task ReadAsync(Func<TarEntry, string, Task> visit, CancellationToken cancellation)
    {
        var rules = new ArchiveRules();
        try
        {
            await using var stream = File.OpenRead(file);
            await using var content = await IsGzippedAsync(stream, cancellation) ? new GZipStream(stream, CompressionMode.Decompress) : (Stream)stream;
            await using var reader = new TarReader(content);
            while (await reader.GetNextEntryAsync(copyData: false, cancellation) is { } entry)
            {
                if (rules.PlaceOf(entry) is { } place)
                    await visit(entry, place);
            }

            // A damaged end is damage, too.
            await content.CopyToAsync(Stream.Null, cancellation);
        }
        catch (Exception fault) when (fault is InvalidDataException or EndOfStreamException or FormatException)
        {
            throw new ArchiveException($"it is damaged: {Texts.Clip(fault.Message, 120)}");
        }
    }

    private static async Task<bool> IsGzippedAsync(Stream stream, CancellationToken cancellation)
    {
        var head = new byte[2];
        var read = await stream.ReadAtLeastAsync(head, 2, throwOnEndOfStream: false, cancellation);
        stream.Position = 0;
        return read == 2 && head is [0x1f, 0x8b];
    }

    private static char KindOf(TarEntry entry) => entry.EntryType switch
    {
        TarEntryType.Directory => 'd',
        TarEntryType.SymbolicLink => 'l',
        _ => (entry.Mode & UnixFileMode.UserExecute) != 0 ? 'x' : 'f',
    };

    private static async Task<string> ContentAsync(TarEntry entry, string place, List<TreeEntry> before, CancellationToken cancellation) => entry.EntryType switch
    {
        TarEntryType.Directory => "",
        TarEntryType.SymbolicLink => entry.LinkName,
        TarEntryType.HardLink => before.First(e => e.Path == Plain(entry.LinkName) && e.Path != place).Content,
        _ => Convert.ToHexStringLower(entry.DataStream is null ? SHA256.HashData([]) : await SHA256.HashDataAsync(entry.DataStream, cancellation)),
    };

    private static async Task WriteAsync(TarEntry entry, string place, string into, string prefix, CancellationToken cancellation)
    {
        if (place.Length == 0)
            return;
        var path = Path.Combine(into, place);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        switch (entry.EntryType)
        {
            case TarEntryType.Directory:
                Directory.CreateDirectory(path);
                File.SetUnixFileMode(path, (entry.Mode & Rights) | UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
                break;
            case TarEntryType.SymbolicLink:
                File.CreateSymbolicLink(path, entry.LinkName);
                break;
            case TarEntryType.HardLink:
                File.Copy(Path.Combine(into, Without(prefix, Plain(entry.LinkName))), path);
                break;
            default:
                await using (var stream = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write }))
                {
                    if (entry.DataStream is not null)
                        await entry.DataStream.CopyToAsync(stream, cancellation);
                    stream.Flush(flushToDisk: true);
                }

                File.SetUnixFileMode(path, (entry.Mode & Rights) | UnixFileMode.UserRead | UnixFileMode.UserWrite);
                File.SetLastWriteTimeUtc(path, entry.ModificationTime.UtcDateTime);
                break;
        }
    }

    private static string Plain(string linkName) => string.Join('/', linkName.Split('/').Where(p => p.Length > 0 && p != "."));

    // "app/modules/rentals/…" for a directory called rentals: the path leads to the tree and is no part of it.
    private string PrefixOf(List<TreeEntry> entries)
    {
        var found = "";
        for (var candidate = entries.Where(e => e.Kind != 'd').Select(e => Path.GetDirectoryName(e.Path) ?? "").FirstOrDefault() ?? ""; candidate.Length > 0; candidate = Path.GetDirectoryName(candidate) ?? "")
        {
            if (Path.GetFileName(candidate) == name && entries.All(e => IsOnTheWay(e, candidate)))
                found = candidate;
        }

        return found;
    }

    private static bool IsOnTheWay(TreeEntry entry, string prefix) =>
        entry.Path.Length == 0 || entry.Path == prefix || entry.Path.StartsWith($"{prefix}/", StringComparison.Ordinal)
        || (entry.Kind == 'd' && prefix.StartsWith($"{entry.Path}/", StringComparison.Ordinal));

    private static string Without(string prefix, string path) =>
        prefix.Length == 0 ? path : path.StartsWith($"{prefix}/", StringComparison.Ordinal) ? path[(prefix.Length + 1)..] : "";

    // An archive need not name the directories that its files are in.
    private static IEnumerable<TreeEntry> MissingParents(List<TreeEntry> entries)
    {
        var named = entries.Where(e => e.Kind == 'd').Select(e => e.Path).ToHashSet(StringComparer.Ordinal);
        var needed = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            for (var parent = Path.GetDirectoryName(entry.Path) ?? ""; parent.Length > 0; parent = Path.GetDirectoryName(parent) ?? "")
                needed.Add(parent);
        }

        return needed.Except(named).Select(p => new TreeEntry(p, 'd', ""));
    }
}
