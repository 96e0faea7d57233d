using AlertRollback.Yaml;

namespace AlertRollback.Matrix.Testing;

/// <summary>Finds tests: a file, or <c>matrix.test.yml</c> and <c>*.matrix.test.yml</c> in a folder or in a folder per team.</summary>
public static class MatrixTestFiles
{
    /// <summary>Paths in the order of their names; empty with a fault when there is none.</summary>
    public static IReadOnlyList<string> Find(string path, FaultList faults)
    {
        if (File.Exists(path)) return [path];
        IReadOnlyList<string> found = Directory.Exists(path)
            ? [.. Directory.EnumerateDirectories(path).Prepend(path).SelectMany(Directory.EnumerateFiles).Where(IsTest).Order(StringComparer.Ordinal)]
            : [];
        if (found.Count == 0)
            faults.Add(new Place(path, 0, 0), Directory.Exists(path) ? "the folder has no tests" : "there is no such file or folder", Directory.Exists(path) ? "name the file matrix.test.yml" : null);
        return found;
    }

    private static bool IsTest(string path) => Path.GetFileName(path) is var name
        && (name is "matrix.test.yml" or "matrix.test.yaml" || name.EndsWith(".matrix.test.yml", StringComparison.Ordinal) || name.EndsWith(".matrix.test.yaml", StringComparison.Ordinal));
}
