using System.Text;
using AlertRollback.Matrix;
using AlertRollback.Yaml;

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

    [Theory]
    [InlineData("matrix.yml", "matrix.yml:20:36")]
    [InlineData("count.sql", "count.sql:2:9")]
    public void S21_a_file_that_is_not_UTF_8_is_a_fault_and_nothing_stands_in_for_its_letters(string latin, string place)
    {
        string Read(Encoding encoding)
        {
            _folder.Write("matrix.yml", Matrices.Replaced("rollout_undo: {to: last_known_good}", "sql: {file: count.sql} # Prüfung"));
            _folder.Write("count.sql", "select 1\n  from Mä;\n");
            File.WriteAllText(Path.Combine(_folder.Path, latin), File.ReadAllText(Path.Combine(_folder.Path, latin)), encoding);
            return string.Join('\n', MatrixFiles.Read(_folder.Path, _faults)?.Files.Select(f => f.Content + f.Beside["count.sql"]) ?? []);
        }

        Read(Encoding.Latin1).ShouldBeEmpty();
        _faults.Sorted().ShouldHaveSingleItem().ToString().ShouldBe($"{_folder.Path}/{place}: this is not UTF-8. Save the file as UTF-8.");
        foreach (var marked in new[] { new UTF8Encoding(true), Encoding.Unicode, Encoding.BigEndianUnicode, Encoding.UTF32 })
            Read(marked).ShouldBe(Read(new UTF8Encoding(false)));
    }

    [Fact]
    public void An_empty_folder_and_a_missing_path_are_faults()
    {
        MatrixFiles.Read(_folder.Path, _faults).ShouldBeNull();
        MatrixFiles.Read(Path.Combine(_folder.Path, "nowhere"), _faults).ShouldBeNull();

        _faults.Sorted().Select(f => f.Message).ShouldBe(["the folder has no decision matrix", "there is no such file or folder"]);
    }
}
