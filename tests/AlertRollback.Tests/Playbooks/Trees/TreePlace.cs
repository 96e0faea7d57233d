using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using AlertRollback.Operators;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Tests.Matrix;
using AlertRollback.Tests.Playbooks.Actions;

namespace AlertRollback.Tests.Playbooks.Trees;

/// <summary>A module's directory in its bad state, and an archive of its good one.</summary>
internal sealed class TreePlace : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TreePlace()
    {
        Write("bad");
        Pack(("rentals/", null), ("rentals/views.py", "good"), ("rentals/api/", null), ("rentals/api/routes.py", "routes"));
    }

    public static JsonObject Parameters => new() { ["directory"] = "rentals-module", ["archive"] = "pre-refactor" };

    public string Module => Path.Combine(_folder.Path, "app", "rentals");

    public string Archive => Path.Combine(_folder.Path, "backups", "rentals.tar.gz");

    public string Content => File.ReadAllText(Path.Combine(Module, "views.py"));

    /// <summary>What is in the directory around the module besides it.</summary>
    public IReadOnlyList<string> Beside => [.. Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(Module)!).Select(p => Path.GetFileName(p)).Where(n => n != "rentals").Order(StringComparer.Ordinal)];

    public FilesAction Create() => new(Acting.Granting(new TeamGrants
    {
        Directories = new Dictionary<string, GrantedDirectory> { ["rentals-module"] = new(Module, new Dictionary<string, string> { ["pre-refactor"] = Archive }) },
    }), TimeProvider.System);

    public void Write(string content, string name = "views.py") => _folder.Write($"app/rentals/{name}", content);

    /// <summary>An archive of files, and of directories where the content is null.</summary>
    public void Pack(params IEnumerable<(string Name, string? Content)> entries) => PackEntries(entries.Select(e => e.Content is null
        ? new PaxTarEntry(TarEntryType.Directory, e.Name)
        : new PaxTarEntry(TarEntryType.RegularFile, e.Name) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(e.Content)) }));

    public void PackEntries(IEnumerable<PaxTarEntry> entries)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Archive)!);
        using var file = File.Create(Archive);
        using var packed = new GZipStream(file, CompressionLevel.Fastest);
        using var tar = new TarWriter(packed);
        foreach (var entry in entries)
            tar.WriteEntry(entry);
    }

    public void Dispose() => _folder.Dispose();
}
