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

    // Whoever has only the image has to be able to read a token that is theirs alone, and to reach the port-forward, during an incident.
    [Theory]
    [InlineData("README.md")]
    [InlineData("deploy/README.md")]
    public void What_stands_for_the_program_where_only_the_image_is_reads_the_files_here_and_reaches_what_listens_here(string file)
    {
        var commands = File.ReadLines(Repository.File(file)).SelectMany(l => DockerRun().Matches(l)).Select(m => m.Value).ToList();

        commands.ShouldNotBeEmpty();
        commands.ShouldAllBe(c => c.StartsWith("""docker run --rm --network host --user "$(id -u)" -v "$PWD:/w" -w /w """, StringComparison.Ordinal));
    }

    [GeneratedRegex("docker run [^`']*")]
    private static partial Regex DockerRun();

    [GeneratedRegex(@"credentials/([\w./-]+)")]
    private static partial Regex CredentialFile();

    [GeneratedRegex(@"--from-file=([\w./-]+)")]
    private static partial Regex KeyOfSecret();
}
