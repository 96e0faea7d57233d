using AlertRollback.Matrix;
using AlertRollback.Matrix.Yaml;

namespace AlertRollback.Tests.Matrix;

public sealed class MatrixFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FaultList _faults = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_folder_is_read_with_its_team_folders_and_nothing_else()
    {
        foreach (var name in new[] { "a.matrix.yml", "matrix.yml", "rental/matrix.yml", "rental/matrix.test.yml", "rental/rules.yml", "rental/deeper/matrix.yml", ".hidden/matrix.yml", ".matrix.yml" })
            _folder.Write(name, name);

        MatrixFiles.Read(_folder.Path, _faults).ShouldNotBeNull().Files.Select(f => f.Name).ShouldBe(["a.matrix.yml", "matrix.yml", "rental/matrix.yml"]);
    }

    [Fact]
    public void A_mounted_ConfigMap_is_read_once_and_its_swap_is_seen()
    {
        _folder.Write("..2026_1/matrix.yml", "one");
        _folder.Write("..2026_2/matrix.yml", "two");
        var data = Path.Combine(_folder.Path, "..data");
        Directory.CreateSymbolicLink(data, "..2026_1");
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "matrix.yml"), "..data/matrix.yml");
        var before = MatrixFiles.Read(_folder.Path, _faults).ShouldNotBeNull();

        Directory.Delete(data);
        Directory.CreateSymbolicLink(data, "..2026_2");
        var after = MatrixFiles.Read(_folder.Path, _faults).ShouldNotBeNull();

        (before.Files.ShouldHaveSingleItem().Content, after.Files.ShouldHaveSingleItem().Content).ShouldBe(("one", "two"));
        after.ContentHash.ShouldNotBe(before.ContentHash);
    }

    [Fact]
    public void The_hash_is_that_of_names_and_contents_and_survives_the_journal()
    {
        _folder.Write("matrix.yml", "content");
        var files = MatrixFiles.Read(_folder.Path, _faults).ShouldNotBeNull();
        using var elsewhere = new TemporaryFolder();
        elsewhere.Write("matrix.yml", "content");

        MatrixFiles.Read(elsewhere.Path, _faults)!.ContentHash.ShouldBe(files.ContentHash);
        MatrixFiles.OfJson(files.ToJson()).ContentHash.ShouldBe(files.ContentHash);
        new MatrixFiles([new("", "matrix.ymlc", "ontent")]).ContentHash.ShouldNotBe(files.ContentHash);
    }

    [Fact]
    public void An_empty_folder_and_a_missing_path_are_faults()
    {
        MatrixFiles.Read(_folder.Path, _faults).ShouldBeNull();
        MatrixFiles.Read(Path.Combine(_folder.Path, "nowhere"), _faults).ShouldBeNull();

        _faults.Sorted().Select(f => f.Message).ShouldBe(["the folder has no decision matrix", "there is no such file or folder"]);
    }
}
