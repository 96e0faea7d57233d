using System.Text.RegularExpressions;
using AlertRollback.Matrix.Yaml;
using AlertRollback.Operators;

namespace AlertRollback.Tests.AlertRules;

/// <summary>Whoever installs AlertRollback copies the rights that operator.example.yml names: one that is missing is found out by the alert.</summary>
public sealed partial class ExampleRightsTests
{
    // Words of the matrix that need more than deploy/target, and the folder of deploy/rights that grants it.
    private static readonly IReadOnlyDictionary<string, string> Folders = new Dictionary<string, string>
    {
        ["config_map"] = "config-maps", // the step, and where a flag is
        ["config_restore"] = "config-maps",
        ["exec"] = "exec",
        ["ingress_backend"] = "ingresses",
        ["job"] = "jobs",
        ["network_isolation"] = "network-policies",
        ["resource_usage"] = "metrics",
        ["rotate_secret"] = "secrets",
        ["service_selector"] = "services",
        ["via"] = "services",
    };

    public static TheoryData<string> Teams() => [.. TeamFiles.Teams];

    [Theory]
    [MemberData(nameof(Teams))]
    public void Every_right_that_a_team_s_playbooks_need_is_named_in_the_example_beside_them(string team)
    {
        var example = Path.Combine(TeamFiles.Folder(team), "operator.example.yml");
        var comments = string.Join(' ', File.ReadLines(example).Select(l => l.Trim()).Where(l => l.StartsWith('#')).Select(l => l.TrimStart('#', ' ')));
        var named = Named().Matches(comments).SelectMany(m => Folder().Matches(m.Groups[1].Value)).Select(m => m.Value).ToList();
        var databases = OperatorConfigurationReader.Read(example).Configuration.ShouldNotBeNull().Teams[team].Databases.Values.Select(d => d.Reach switch
        {
            DatabaseReach.Pod => "exec",
            DatabaseReach.Job => "jobs",
            _ => null,
        });

        named.ShouldBeSubsetOf(Directory.EnumerateDirectories(Path.Combine(TeamFiles.Repository, "deploy", "rights")).Select(f => Path.GetFileName(f)));
        named.ShouldBe(Words(Matrix(team)).Select(w => Folders.GetValueOrDefault(w)).Concat(databases).OfType<string>().Distinct(), ignoreOrder: true);
    }

    private static YamlMap Matrix(string team) =>
        YamlFile.Read("matrix.yml", File.ReadAllText(Path.Combine(TeamFiles.Folder(team), "matrix.yml")), new FaultList()).ShouldNotBeNull();

    private static IEnumerable<string> Words(YamlNode node) => node switch
    {
        YamlMap map => map.Entries.SelectMany(e => Words(e.Value).Prepend(e.Key.Text)),
        YamlList list => list.Items.SelectMany(Words),
        YamlScalar scalar => [scalar.Text],
        _ => [],
    };

    [GeneratedRegex(@"needs the rights? ([\w, -]+) \(deploy/rights\)")]
    private static partial Regex Named();

    [GeneratedRegex(@"(?!and\b)\b[a-z][a-z-]+")]
    private static partial Regex Folder();
}
