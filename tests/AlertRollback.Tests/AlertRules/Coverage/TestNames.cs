using System.Text.RegularExpressions;

namespace AlertRollback.Tests.AlertRules.Coverage;

/// <summary>The tests of the repository by class and method, read from their sources: end-to-end tests are in another program.</summary>
internal static partial class TestNames
{
    private static readonly Lazy<HashSet<string>> All = new(() => Under("tests"));

    private static readonly Lazy<HashSet<string>> EndToEnd = new(() => Under("tests/AlertRollback.EndToEnd"));

    public static bool Has(string name) => All.Value.Contains(name);

    public static bool IsEndToEnd(string name) => EndToEnd.Value.Contains(name);

    private static HashSet<string> Under(string folder) =>
        [.. Directory.EnumerateFiles(Path.Combine(TeamFiles.Repository, folder), "*Tests*.cs", SearchOption.AllDirectories).SelectMany(Of)];

    private static IEnumerable<string> Of(string file)
    {
        var text = File.ReadAllText(file);
        var classes = Class().Matches(text);
        return Method().Matches(text).Select(m => $"{classes.Last(c => c.Index < m.Index).Groups[1].Value}.{m.Groups[1].Value}");
    }

    [GeneratedRegex(@"^(?:public|internal) (?:abstract |sealed |static |partial )*class (\w+)", RegexOptions.Multiline)]
    private static partial Regex Class();

    // A test is a fact or a theory; attributes with its data may stand between.
    [GeneratedRegex(@"^    \[(?:Fact|Theory)\b[^\n]*\n(?:(?:    |\#)[^\n]*\n)*?    public (?:async )?(?:Task|ValueTask|void) (\w+)\(", RegexOptions.Multiline)]
    private static partial Regex Method();
}
