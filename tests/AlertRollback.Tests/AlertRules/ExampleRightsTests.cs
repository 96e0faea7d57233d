using System.Text.RegularExpressions;
using AlertRollback.CommandLine;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks;

namespace AlertRollback.Tests.AlertRules;

/// <summary>Whoever installs AlertRollback copies the rights that operator.example.yml names: one that is missing is found out by the alert.</summary>
public sealed partial class ExampleRightsTests
{
    public static TheoryData<string> Teams() => [.. TeamFiles.Teams];

    [Theory]
    [MemberData(nameof(Teams))]
    public void Every_right_that_a_team_s_playbooks_need_is_named_in_the_example_beside_them(string team)
    {
        var example = Path.Combine(TeamFiles.Folder(team), "operator.example.yml");
        var comments = string.Join(' ', File.ReadLines(example).Select(l => l.Trim()).Where(l => l.StartsWith('#')).Select(l => l.TrimStart('#', ' ')));
        var named = Named().Matches(comments).SelectMany(m => Folder().Matches(m.Groups[1].Value)).Select(m => m.Value).ToList();
        named.ShouldBeSubsetOf(Directory.EnumerateDirectories(Path.Combine(TeamFiles.Repository, "deploy", "rights")).Select(f => Path.GetFileName(f)));
        named.ShouldBe(Needed(team, example), ignoreOrder: true);
    }

    // What check asks for.
    private static IEnumerable<string> Needed(string team, string example)
    {
        var catalog = OfflineCatalog.Create(OperatorConfigurationReader.Read(example).Configuration.ShouldNotBeNull());
        var matrix = MatrixLoader.Load(TeamFiles.Folder(team), catalog, null).Matrix.ShouldNotBeNull();
        return new PossibleUses(matrix, catalog).All()
            .SelectMany(u => (u.Does as INeedsRights)?.Rights(u.Service, u.Parameters) ?? [])
            .Select(r => r.GrantedBy).Where(g => g != NeededRight.Target).Select(Path.GetFileName).OfType<string>().Distinct();
    }

    [GeneratedRegex(@"needs the rights? ([\w, -]+) \(deploy/rights\)")]
    private static partial Regex Named();

    [GeneratedRegex(@"(?!and\b)\b[a-z][a-z-]+")]
    private static partial Regex Folder();
}
