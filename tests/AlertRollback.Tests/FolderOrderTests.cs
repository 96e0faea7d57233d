using System.Text.RegularExpressions;
using AlertRollback.Tests.AlertRules;

namespace AlertRollback.Tests;

/// <summary>The folders of src/AlertRollback use only those further down: what decides knows nothing of what acts, and nothing that acts knows the web.</summary>
public sealed partial class FolderOrderTests
{
    /// <summary>The files that stand in no folder: words that all may use.</summary>
    private const string Top = "";

    /// <summary>From the bottom up; those in one line do not know each other. Telemetry reads everything, so that nothing below may use it.</summary>
    private static readonly string[][] Order =
    [
        [Top],
        ["Yaml", "Storage"],
        ["Alerts"],
        ["Operators"],
        ["Matrix"],
        ["Playbooks"],
        ["Rollbacks"],
        ["Announcements", "Approvals"],
        ["Web"],
        ["Telemetry"],
        ["CommandLine"],
    ];

    /// <summary>What puts everything together.</summary>
    private static readonly string[] Whole = ["Program.cs", "Composition.cs"];

    private static readonly string Root = Path.Combine(TeamFiles.Repository, "src", "AlertRollback");

    private static readonly IReadOnlyList<string> Files =
        [.. Directory.EnumerateFiles(Root, "*.cs", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Root, f).Replace('\\', '/')).Where(f => FolderOf(f) is not ("bin" or "obj")).Order(StringComparer.Ordinal)];

    /// <summary>By folder, what a name that begins with the folder's goes on with: types, as their files call them, and folders within.</summary>
    private static readonly ILookup<string, string> Within = Files.Where(f => FolderOf(f) != Top).ToLookup(FolderOf, f => f.Split('/')[1].Split('.')[0]);

    [Fact]
    public void Every_folder_has_its_place() =>
        Order.SelectMany(o => o).Order(StringComparer.Ordinal).ShouldBe(Files.Select(FolderOf).Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public void A_folder_uses_only_those_below_it() => Files.Except(Whole).SelectMany(WrongWays).ShouldBeEmpty();

    [Theory]
    [InlineData("Matrix", "using AlertRollback.Playbooks;", "Playbooks")]
    [InlineData("Matrix", "using AlertRollback.Playbooks.Checks;", "Playbooks")]
    [InlineData("Matrix", "using Kinds = AlertRollback.Playbooks.Catalog;", "Playbooks")]
    [InlineData("Matrix", "    var cluster = Playbooks.Clusters.NameOf(service);", "Playbooks")]
    [InlineData("Approvals", "using AlertRollback.Announcements.Slack;", "Announcements")]
    [InlineData(Top, "using AlertRollback.Yaml;", "Yaml")]
    [InlineData("Matrix", "using AlertRollback.Operators;", null)]
    [InlineData("Matrix", "namespace AlertRollback.Matrix.Rules;", null)]
    [InlineData("Matrix", "using AlertRollback.Kubernetes;", null)]
    [InlineData("Matrix", "    var open = book.Rollbacks.Book; // of Rollbacks.Values", null)]
    public void What_stands_above_or_beside_is_found(string folder, string line, string? found) => Wrong(folder, line).ShouldBe(found);

    private static IEnumerable<string> WrongWays(string file) =>
        from line in File.ReadLines(Path.Combine(Root, file)).Select((text, index) => (Text: text.Trim(), Number: index + 1))
        where Wrong(FolderOf(file), line.Text) is not null
        select $"{file}:{line.Number}: {line.Text}";

    private static string? Wrong(string folder, string line) =>
        FromRoot().Matches(line).Concat(FromWithin().Matches(line).Where(m => Within[m.Groups[1].Value].Contains(m.Groups[2].Value)))
            .Select(m => m.Groups[1].Value)
            .FirstOrDefault(used => used != folder && LevelOf(used) >= LevelOf(folder));

    private static int LevelOf(string folder) => Array.FindIndex(Order, o => o.Contains(folder));

    private static string FolderOf(string file) => file.Contains('/', StringComparison.Ordinal) ? file.Split('/')[0] : Top;

    [GeneratedRegex(@"(?<![\w.])AlertRollback\.(\w+)")]
    private static partial Regex FromRoot();

    [GeneratedRegex(@"(?<![\w.])(\w+)\.(\w+)")]
    private static partial Regex FromWithin();
}
