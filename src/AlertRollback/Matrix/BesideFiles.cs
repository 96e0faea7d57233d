using AlertRollback.Yaml;

namespace AlertRollback.Matrix;

/// <summary>
/// Files beside a matrix file that it refers to by the key <c>file</c>, e.g. SQL and manifests. Read together with it, so
/// that what a rollback carries out is what was there when the matrix was loaded.
/// </summary>
internal static class BesideFiles
{
    /// <summary>The key under which a matrix names such files, wherever it stands.</summary>
    public const string Key = "file";

    private const long Largest = 512 * 1024;

    /// <summary>The matrix file with what it refers to; what does not exist is left to whoever asks for it.</summary>
    public static MatrixFile With(MatrixFile file, BesideNames names, FaultList faults)
    {
        var beside = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var folder = Path.GetDirectoryName(file.Path) is { Length: > 0 } named ? named : ".";

        foreach (var name in names.Of(file))
        {
            var path = Path.Combine(folder, name.Text);
            if (!IsName(name.Text) || !File.Exists(path)) continue;
            if (!IsBelow(path, folder)) faults.Add(name.Place, $"the file {Shown.Quoted(name.Text)} leads out of the matrix file's folder", "put the file itself below that folder");
            else if (new FileInfo(path).Length > Largest) faults.Add(name.Place, $"the file {Shown.Quoted(name.Text)} is larger than {Largest / 1024} KiB", null);
            else if (TextFile.Read(path, faults) is { } text) beside[name.Text] = text;
        }

        return file with { Beside = beside };
    }

    /// <summary>Below the matrix file's folder, and nowhere else.</summary>
    public static bool IsName(string name) =>
        !name.Contains('\\', StringComparison.Ordinal) && name.Split('/').All(part => part.Length > 0 && part[0] is not ('.' or '-'));

    // A mounted folder is made of links within it; one that leads out could bring any file that the service may read.
    private static bool IsBelow(string path, string folder) =>
        LinkFree(path).StartsWith(Path.TrimEndingDirectorySeparator(LinkFree(folder)) + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static string LinkFree(string path)
    {
        var full = Path.GetFullPath(path);
        if (Path.GetDirectoryName(full) is not { } parent)
            return full;
        var here = Path.Combine(LinkFree(parent), Path.GetFileName(full));
        FileSystemInfo entry = Directory.Exists(here) ? new DirectoryInfo(here) : new FileInfo(here);
        return entry.LinkTarget is null ? here : LinkFree(entry.ResolveLinkTarget(returnFinalTarget: true)!.FullName);
    }
}
