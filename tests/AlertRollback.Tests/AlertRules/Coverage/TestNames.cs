using System.Text.RegularExpressions;

namespace AlertRollback.Tests.AlertRules.Coverage;

/// <summary>The tests of the repository by class and method, read from their sources: end-to-end tests are in another program.</summary>
internal static partial class TestNames
{
    private static readonly Lazy<HashSet<string>> All = new(() => [.. Directory.EnumerateFiles(Path.Combine(TeamFiles.Repository, "tests"), "*Tests*.cs", SearchOption.AllDirectories).SelectMany(Of)]);

    public static bool Has(string name) => All.Value.Contains(name);

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
