using System.Text.RegularExpressions;
using AlertRollback.EndToEnd.Support;

namespace AlertRollback.EndToEnd.Deploy;

/// <summary>What deploy/README.md says, against the files it speaks of.</summary>
public sealed partial class InstallationTests
{
    // A key of a Secret cannot hold a folder, so a file below one would never be mounted.
    [Fact]
    public void The_Secret_that_is_created_has_every_file_that_the_base_s_operator_yml_names_as_a_key()
    {
        var named = File.ReadLines(Repository.File("deploy/base/operator.yml"))
            .Select(line => line.Split('#')[0])
            .SelectMany(line => CredentialFile().Matches(line))
            .Select(m => m.Groups[1].Value)
            .ToHashSet(StringComparer.Ordinal);
        var created = KeyOfSecret().Matches(File.ReadAllText(Repository.File("deploy/README.md"))).Select(m => m.Groups[1].Value);

        created.ShouldBe(named, ignoreOrder: true);
        named.ShouldNotContain(n => n.Contains('/', StringComparison.Ordinal));
    }

    [GeneratedRegex(@"credentials/([\w./-]+)")]
    private static partial Regex CredentialFile();

    [GeneratedRegex(@"--from-file=([\w./-]+)")]
    private static partial Regex KeyOfSecret();
}
