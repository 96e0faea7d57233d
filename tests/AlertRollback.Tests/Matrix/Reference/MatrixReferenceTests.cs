using System.Reflection;
using System.Runtime.CompilerServices;
using AlertRollback.CommandLine;
using AlertRollback.Matrix;
using AlertRollback.Matrix.Reading;
using AlertRollback.Matrix.Reference;
using AlertRollback.Playbooks;
using AlertRollback.Yaml;

namespace AlertRollback.Tests.Matrix.Reference;

public sealed class MatrixReferenceTests
{
    private static readonly Catalog Catalog = OfflineCatalog.Create();

    private static readonly IReadOnlyList<Parameter> Parameters =
        [.. Catalog.Actions.Values.SelectMany(a => a.Parameters.Concat(a.ServiceParameters)), .. Catalog.Checks.Values.SelectMany(c => c.Parameters.Concat(c.ServiceParameters))];

    [Fact]
    public void The_reference_in_the_repository_is_what_the_code_prints() =>
        File.ReadAllText(InRepository("alert-rules/REFERENCE.md")).ShouldBe(
            MatrixReference.Of(Catalog), "print it anew: dotnet run --project src/AlertRollback -- reference > alert-rules/REFERENCE.md");

    [Fact]
    public void Every_kind_of_mapping_that_a_reader_declares_is_in_it() =>
        typeof(FileKeys).Assembly.GetTypes()
            .SelectMany(t => t.GetFields(BindingFlags.Static | BindingFlags.Public))
            .Where(f => f.FieldType == typeof(FileKeys))
            .Select(f => ((FileKeys)f.GetValue(null)!).Title)
            .Order()
            .ShouldBe(MatrixReference.Sections.Select(s => s.Title).Order());

    [Fact]
    public void Every_key_says_what_it_means_in_sentences() =>
        MatrixReference.Sections.SelectMany(s => s.Keys).Select(k => (k.Name, k.Summary)).Concat(Parameters.Select(p => (p.Name, p.Summary)))
            .Where(k => !(char.IsUpper(k.Summary[0]) || k.Summary[0] is '"' or '$') || k.Summary[^1] != '.')
            .ShouldBeEmpty();

    [Fact]
    public void Every_example_of_a_key_is_YAML_of_its_form() =>
        MatrixReference.Sections.SelectMany(s => s.Keys).Where(k => k.Example is not null).SelectMany(FaultsOf).ShouldBeEmpty();

    [Fact]
    public void Every_example_of_a_parameter_can_be_read() =>
        Parameters.Where(p => p.Example is not null).SelectMany(FaultsOf).ShouldBeEmpty();

    [Fact]
    public void A_reader_cannot_read_what_it_does_not_declare()
    {
        var keys = new FileKeys("a thing", "", [new("name", KeyForm.Text, ""), new("times", KeyForm.Duration, "")]);
        var map = new MapReader(new YamlMap(default, []), "a thing", new FaultList(), keys: keys);

        Should.Throw<InvalidOperationException>(() => map.Text("nmae")).Message.ShouldBe("\"a thing\" does not declare the key \"nmae\" as Text");
        Should.Throw<InvalidOperationException>(() => map.Text("times")).Message.ShouldBe("\"a thing\" does not declare the key \"times\" as Text");
        map.Text("name");
        Should.Throw<InvalidOperationException>(map.Done).Message.ShouldBe("\"a thing\" declares the key \"times\", which is never read");
    }

    private static IEnumerable<string> FaultsOf(FileKey key)
    {
        var faults = new FaultList();
        var node = YamlFile.Read(key.Name, $"{key.Name}: {key.Example}\n", faults)?.Entries[0].Value;
        var fits = key.Form switch
        {
            _ when node is null => false,
            KeyForm.Mapping or KeyForm.Names => node is YamlMap,
            KeyForm.List => node is YamlList,
            KeyForm.Duration => Scalars.Duration(node, key.Name, faults) is not null,
            KeyForm.YesNo => Scalars.YesNo(node, key.Name, faults) is not null,
            KeyForm.Text => node is YamlScalar,
            KeyForm.Texts => Scalars.Texts(node, key.Name, faults).Count > 0,
            _ => true,
        };
        return [.. faults.Sorted().Select(f => f.ToString()), .. fits ? Array.Empty<string>() : [$"{key.Name}: {key.Example} is no {key.Form}"]];
    }

    private static IEnumerable<string> FaultsOf(Parameter parameter)
    {
        var faults = new FaultList();
        var inputs = new PlaceholderRule(Placeholders.WhenRun, ["backup", "version"]);
        if (YamlFile.Read(parameter.Name, $"{parameter.Name}: {parameter.Example}\n", faults)?.Entries[0].Value is { } node)
            new ParameterReader(parameter.Name, parameter.Summary, inputs, faults, new CheckReader(Catalog, inputs, faults), BesideOf(parameter)).ReadAlone(parameter, node);
        return faults.Sorted().Select(f => f.ToString());
    }

    private static Dictionary<string, string> BesideOf(Parameter parameter) =>
        parameter is { Type: ParameterType.Files, Example: { } example } ? new() { [example] = "" } : [];

    private static string InRepository(string path, [CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "..", path));
}
