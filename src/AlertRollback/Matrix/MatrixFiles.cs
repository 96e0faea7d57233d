using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AlertRollback.Yaml;

namespace AlertRollback.Matrix;

/// <summary>The matrix's files as they were read, in the order of their names.</summary>
/// <param name="Files">Name for people and content.</param>
public sealed record MatrixFiles(IReadOnlyList<MatrixFile> Files)
{
    private const long Largest = 4 * 1024 * 1024;

    /// <summary>The folder whose matrix these files are, as faults call it; null for one file alone, and for what the journal kept.</summary>
    public string? Folder { get; init; }

    /// <summary>Changes with any name or content; the same files have the same hash wherever they lie.</summary>
    public string ContentHash { get; } = Hash(Files);

    /// <summary>A file, or a folder with <c>matrix.yml</c> and <c>*.matrix.yml</c>, in it or in a folder per team.</summary>
    /// <returns>Null with faults when nothing can be read.</returns>
    public static MatrixFiles? Read(string path, FaultList faults) => Read(path, new BesideNames(), faults);

    /// <summary>The same for whoever looks again and again.</summary>
    /// <param name="names">What is known from the last time.</param>
    internal static MatrixFiles? Read(string path, BesideNames names, FaultList faults)
    {
        var before = faults.Count;
        try
        {
            if (File.Exists(path)) return ReadAll([path], Path.GetDirectoryName(path) ?? "", names, faults, before);
            if (Directory.Exists(path))
            {
                var found = Find(path);
                if (found.Count > 0) return ReadAll(found, path, names, faults, before) is { } read ? read with { Folder = path } : null;
                faults.Add(Nowhere(path), "the folder has no decision matrix", "name the file matrix.yml or TEAM.matrix.yml");
            }
            else
            {
                faults.Add(Nowhere(path), "there is no such file or folder", null);
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            faults.Add(Nowhere(path), $"cannot be read: {Shown.Clean(fault.Message.TrimEnd('.'))}", null);
        }

        return null;
    }

    public string ToJson() => JsonSerializer.Serialize(Files);

    /// <exception cref="JsonException">Not what <see cref="ToJson"/> wrote.</exception>
    public static MatrixFiles OfJson(string json) => new(JsonSerializer.Deserialize<IReadOnlyList<MatrixFile>>(json) ?? throw new JsonException("no files"));

    // Mounts of ConfigMaps keep the contents in hidden folders (..data) that the visible names link to.
    private static List<string> Find(string folder) =>
        [.. Directory.EnumerateDirectories(folder).Where(IsVisible).Prepend(folder)
            .SelectMany(Directory.EnumerateFiles)
            .Where(f => IsVisible(f) && IsMatrix(Path.GetFileName(f)))
            .Order(StringComparer.Ordinal)];

    private static bool IsVisible(string path) => !Path.GetFileName(path).StartsWith('.');

    private static bool IsMatrix(string name) =>
        name is "matrix.yml" or "matrix.yaml"
        || name.EndsWith(".matrix.yml", StringComparison.Ordinal)
        || name.EndsWith(".matrix.yaml", StringComparison.Ordinal);

    private static MatrixFiles? ReadAll(IReadOnlyList<string> paths, string root, BesideNames names, FaultList faults, int before)
    {
        var files = new List<MatrixFile>();
        foreach (var path in paths)
        {
            if (new FileInfo(path).Length > Largest) faults.Add(Nowhere(path), $"larger than {Largest / 1024 / 1024} MiB", null);
            else if (TextFile.Read(path, faults) is { } text) files.Add(BesideFiles.With(new MatrixFile(path, Path.GetRelativePath(root.Length == 0 ? "." : root, path), text), names, faults));
        }

        return faults.Count > before ? null : new MatrixFiles(files);
    }

    private static Place Nowhere(string path) => new(path, 0, 0);

    private static string Hash(IReadOnlyList<MatrixFile> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var text in files.SelectMany(f => new[] { f.Name, f.Content }.Concat(f.Beside.SelectMany(b => new[] { b.Key, b.Value }))))
        {
            hash.AppendData(BitConverter.GetBytes(text.Length));
            hash.AppendData(Encoding.UTF8.GetBytes(text));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

/// <param name="Path">How faults call the file.</param>
/// <param name="Name">Its path within the folder.</param>
public sealed record MatrixFile(string Path, string Name, string Content)
{
    /// <summary>The files that it refers to, by the name it uses: they are a part of it, in the journal too (S14).</summary>
    public IReadOnlyDictionary<string, string> Beside { get; init; } = new SortedDictionary<string, string>(StringComparer.Ordinal);
}
