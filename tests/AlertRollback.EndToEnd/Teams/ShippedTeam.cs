using System.Text.RegularExpressions;
using AlertRollback.EndToEnd.Support;
using AlertRollback.Operators;

namespace AlertRollback.EndToEnd.Teams;

/// <summary>What differs between a test and production: where things are, and how long nobody waits.</summary>
/// <param name="Namespace">Stands for every namespace that the team was granted.</param>
/// <param name="Host">Host and port that stand for every host the team was granted.</param>
/// <param name="Longest">No <c>within</c>, <c>every</c>, <c>stabilise</c>, <c>publish_after</c> and <c>wait</c> is longer than its time here.</param>
internal sealed record TestPlace(string Namespace, string Host, IReadOnlyDictionary<string, TimeSpan> Longest);

/// <summary>The files that are shipped for a team, as they are but for where a test's cluster and hosts are and for times.</summary>
internal sealed partial class ShippedTeam
{
    private readonly string folder;
    private readonly string example;
    private readonly OperatorConfiguration configuration;

    public ShippedTeam(string name)
    {
        Name = name;
        folder = Repository.File($"alert-rules/{name}");
        example = Path.Combine(folder, "operator.example.yml");
        var read = OperatorConfigurationReader.Read(example);
        read.Faults.ShouldBeEmpty();
        configuration = read.Configuration.ShouldNotBeNull();
    }

    public string Name { get; }

    public TeamGrants Grants => configuration.Teams[Name];

    /// <summary>The people of the example: everybody gets a credential.</summary>
    public IEnumerable<string> People => configuration.Operators.Select(o => o.Name);

    /// <summary>The files beside the matrix, e.g. its SQL and manifests, by name.</summary>
    public IReadOnlyDictionary<string, string> FilesBeside => Directory.EnumerateFiles(folder, "*.*")
        .Where(f => Path.GetExtension(f) is ".sql" or ".js" || (Path.GetExtension(f) is ".yml" && !KnownFile().IsMatch(Path.GetFileName(f))))
        .ToDictionary(f => Path.GetFileName(f), File.ReadAllText, StringComparer.Ordinal);

    /// <param name="changes">Whatever else has to differ; each has to be there.</param>
    public string Matrix(TestPlace place, IEnumerable<(string Old, string New)> changes)
    {
        var text = OwnAddress().Replace(Replaced(File.ReadAllText(Path.Combine(folder, "matrix.yml")), changes), $"url: http://{place.Host}");
        foreach (var host in Grants.Hosts.OrderByDescending(h => h.Length))
            text = Regex.Replace(text, $"https?://{Regex.Escape(host)}(?=[/\" ,}}\\]]|$)", $"http://{place.Host}", RegexOptions.Multiline | RegexOptions.CultureInvariant);
        text = Times().Replace(text, m => $"{m.Groups["key"].Value}: {Shortened(place, m.Groups["key"].Value, m.Groups["time"].Value)}");
        return InNamespace(text, place.Namespace);
    }

    /// <summary>The example's <c>teams:</c>, with which a test's configuration ends.</summary>
    public string TeamsOfOperator(TestPlace place, IEnumerable<(string Old, string New)> changes)
    {
        var text = File.ReadAllText(example);
        text = Replaced(text[text.IndexOf("\nteams:", StringComparison.Ordinal)..], changes);
        foreach (var host in Grants.Hosts.OrderByDescending(h => h.Length))
            text = Regex.Replace(text, $"(?<=[\\[ \"]){Regex.Escape(host)}(?=[\\],\" \\n])", $"\"{place.Host}\"", RegexOptions.CultureInvariant).Replace("\"\"", "\"", StringComparison.Ordinal);
        return InNamespace(text, place.Namespace);
    }

    // Only where a namespace stands: the same word may be part of a command's name.
    private string InNamespace(string text, string name) => Grants.Namespaces.OrderByDescending(n => n.Length).Aggregate(text, (all, old) => Regex.Replace(
        all,
        $"(?<![\\w./-]){Regex.Escape(old)}(?=/[a-z$])|(?<=namespaces?: \\[?){Regex.Escape(old)}(?![\\w-])|(?<=namespaces: \\[[^\\]]*){Regex.Escape(old)}(?=[,\\]])|(?<=namespace=\\\\?\"){Regex.Escape(old)}(?=\\\\?\")",
        name,
        RegexOptions.CultureInvariant));

    private static string Shortened(TestPlace place, string key, string time) =>
        place.Longest.TryGetValue(key, out var longest) && Durations.TryParse(time, out var given) && given > longest ? Durations.Format(longest) : time;

    private static string Replaced(string text, IEnumerable<(string Old, string New)> changes) => changes.Aggregate(text, (all, change) =>
    {
        all.ShouldContain(change.Old);
        return all.Replace(change.Old, change.New, StringComparison.Ordinal);
    });

    [GeneratedRegex(@"^(rules|matrix|operator|kustomization)\b", RegexOptions.CultureInvariant)]
    private static partial Regex KnownFile();

    [GeneratedRegex(@"(?<![\w-])url: https?://(\$\{\w+\}|[^\s,}])+", RegexOptions.CultureInvariant)]
    private static partial Regex OwnAddress();

    // How far back documents are counted is no time that somebody waits.
    [GeneratedRegex(@"(?<![\w-]|count: \w+, )(?<key>within|every|stabilise|publish_after|wait|pause|timeout): (?<time>(\d+[smhd])+)(?![\w:])", RegexOptions.CultureInvariant)]
    private static partial Regex Times();
}
