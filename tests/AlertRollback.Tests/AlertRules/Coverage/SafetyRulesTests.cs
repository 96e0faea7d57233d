using System.Text.RegularExpressions;

namespace AlertRollback.Tests.AlertRules.Coverage;

/// <summary>Whatever rule or fact the code names by its number stands in src/AlertRollback/SAFETY.md, and nothing stands there that nobody names.</summary>
public sealed partial class SafetyRulesTests
{
    private static readonly IReadOnlyList<string> Written =
        [.. Heading().Matches(File.ReadAllText(Path.Combine(TeamFiles.Repository, "src/AlertRollback/SAFETY.md"))).Select(m => m.Groups[1].Value)];

    private static readonly IReadOnlyCollection<string> Named = [.. Sources("src").SelectMany(File.ReadLines).SelectMany(In).Concat(NamedByTests()).ToHashSet(StringComparer.Ordinal)];

    public static TheoryData<string> Numbers() => [.. Named];

    [Theory]
    [MemberData(nameof(Numbers))]
    public void What_is_named_by_its_number_is_written_down(string number) => Written.ShouldContain(number);

    [Fact]
    public void Each_is_written_down_once_and_named_somewhere()
    {
        Written.ShouldBeUnique();
        Written.Except(Named).ShouldBeEmpty();
        Written.Count(n => n.StartsWith('S')).ShouldBe(22);
    }

    [Theory]
    [InlineData("/// the code keeps them apart (S3, A11)", "S3 A11")]
    [InlineData("    // by what S17 asks for, S1–S6, and SHA1", "S17 S1 S6")]
    [InlineData("var S3 = A4;", "")]
    public void Numbers_are_found_in_comments(string line, string found) => string.Join(' ', In(line)).ShouldBe(found);

    private static IEnumerable<string> NamedByTests() =>
        Sources("tests").SelectMany(f => TestName().Matches(File.ReadAllText(f))).Select(m => m.Groups[1].Value);

    private static IEnumerable<string> Sources(string folder) => Directory
        .EnumerateFiles(Path.Combine(TeamFiles.Repository, folder), "*.cs", SearchOption.AllDirectories)
        .Where(f => !f.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal));

    private static IEnumerable<string> In(string line) => line.IndexOf("//", StringComparison.Ordinal) is >= 0 and var comment
        ? Number().Matches(line[comment..]).Select(m => m.Value)
        : [];

    [GeneratedRegex(@"^### ([SA]\d+) \S", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"\b[SA]\d{1,2}\b")]
    private static partial Regex Number();

    [GeneratedRegex(@"public (?:async )?(?:Task|ValueTask|void) (S\d+)_")]
    private static partial Regex TestName();
}
