using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Yaml;

namespace AlertRollback.Tests.Matrix;

public sealed class BesideFilesTests : IDisposable
{
    private static readonly Catalog Catalog = new(
        [
            new FakeCatalog.FakeAction("apply", true, new Parameter("file", ParameterType.Files, "Manifests.")),
            .. FakeCatalog.Create().Actions.Values,
        ],
        FakeCatalog.Create().Checks.Values);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Team => Path.Combine(_folder.Path, "team");

    [Fact]
    public void A_file_is_a_part_of_the_step_that_names_it()
    {
        _folder.Write("team/chaos.yml", "kind: Chaos");
        _folder.Write("team/more/second.yml", "kind: More");
        _folder.Write("team/nobody-names-this", "secret");

        var files = Read("[chaos.yml, more/second.yml]");
        var step = MatrixLoader.Load(MatrixFiles.OfJson(files.ToJson()), Catalog, null).Matrix!.Teams[0].Playbooks[0].Methods[0].Steps[0];

        step.Parameters.ToJsonString().ShouldBe("""{"file":[{"file":"chaos.yml","text":"kind: Chaos"},{"file":"more/second.yml","text":"kind: More"}]}""");
        files.ToJson().ShouldNotContain("secret");
    }

    [Fact]
    public void A_change_of_such_a_file_is_a_change_of_the_matrix()
    {
        _folder.Write("team/chaos.yml", "kind: Chaos");
        var before = Read("chaos.yml").ContentHash;
        _folder.Write("team/chaos.yml", "kind: Order");

        Read("chaos.yml").ContentHash.ShouldNotBe(before);
    }

    [Theory]
    [InlineData("absent.yml")]
    [InlineData("../outside.yml")]
    [InlineData("/etc/hostname")]
    [InlineData(".hidden")]
    [InlineData("more/../chaos.yml")]
    public void What_is_not_there_or_lies_elsewhere_is_a_fault(string name)
    {
        _folder.Write("team/chaos.yml", "kind: Chaos");
        _folder.Write("team/.hidden", "kind: Hidden");
        _folder.Write("outside.yml", "kind: Outside");

        var files = Read(name);

        files.Files[0].Beside.ShouldBeEmpty();
        MatrixLoader.Load(files, Catalog, null).Faults.ShouldHaveSingleItem().Message.ShouldContain("there is no such file beside the matrix file");
    }

    [Fact]
    public void A_link_that_leads_elsewhere_is_not_followed_and_one_within_the_folder_is()
    {
        _folder.Write("team/..data/chaos.yml", "kind: Chaos");
        _folder.Write("outside/secret.yml", "secret");
        File.CreateSymbolicLink(Path.Combine(Team, "chaos.yml"), Path.Combine("..data", "chaos.yml"));
        File.CreateSymbolicLink(Path.Combine(Team, "out.yml"), Path.Combine(_folder.Path, "outside", "secret.yml"));
        Directory.CreateSymbolicLink(Path.Combine(Team, "more"), Path.Combine(_folder.Path, "outside"));

        var faults = new FaultList();
        _folder.Write("team/matrix.yml", Matrices.Replaced("rollout_undo: {to: last_known_good}", "apply: {file: [out.yml, more/secret.yml]}"));
        MatrixFiles.Read(Team, faults).ShouldBeNull();
        faults.Sorted().Select(f => f.Message).ShouldBe([
            "the file \"out.yml\" leads out of the matrix file's folder", "the file \"more/secret.yml\" leads out of the matrix file's folder"]);
        Read("chaos.yml").Files[0].Beside.Keys.ShouldBe(["chaos.yml"]);
    }

    [Fact]
    public void A_matrix_folder_that_is_a_link_itself_is_followed()
    {
        _folder.Write("team/chaos.yml", "kind: Chaos");
        Read("chaos.yml");
        Directory.CreateSymbolicLink(Path.Combine(_folder.Path, "mounted"), Team);

        MatrixFiles.Read(Path.Combine(_folder.Path, "mounted"), new FaultList())!.Files[0].Beside.Keys.ShouldBe(["chaos.yml"]);
    }

    [Fact]
    public void A_file_that_is_too_large_is_a_fault_with_its_place()
    {
        _folder.Write("team/chaos.yml", new string('x', 600 * 1024));
        var faults = new FaultList();
        _folder.Write("team/matrix.yml", Matrices.Replaced("rollout_undo: {to: last_known_good}", "apply: {file: chaos.yml}"));

        MatrixFiles.Read(Team, faults).ShouldBeNull();
        faults.Sorted().ShouldHaveSingleItem().ToString().ShouldContain("matrix.yml:20:23");
    }

    [Fact]
    public void Whoever_looks_again_sees_what_the_file_and_those_beside_it_say_now()
    {
        var names = new BesideNames();
        _folder.Write("team/a.yml", "kind: A");
        _folder.Write("team/b.yml", "kind: B");
        Read("a.yml");
        Beside().ShouldBe(["a.yml=kind: A"]);
        _folder.Write("team/a.yml", "kind: Changed");
        Beside().ShouldBe(["a.yml=kind: Changed"]);
        Read("b.yml");
        Beside().ShouldBe(["b.yml=kind: B"]);
        File.Delete(Path.Combine(Team, "b.yml"));
        Beside().ShouldBeEmpty();

        IEnumerable<string> Beside() => MatrixFiles.Read(Team, names, new FaultList()).ShouldNotBeNull().Files[0].Beside.Select(b => $"{b.Key}={b.Value}");
    }

    private MatrixFiles Read(string names)
    {
        _folder.Write("team/matrix.yml", Matrices.Replaced("rollout_undo: {to: last_known_good}", $"apply: {{file: {names}}}"));
        return MatrixFiles.Read(Team, new FaultList()).ShouldNotBeNull();
    }
}
