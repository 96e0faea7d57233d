using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using AlertRollback.CommandLine;
using AlertRollback.Matrix;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace AlertRollback.Tests.AlertRules;

/// <summary>What the teams ship under alert-rules: Prometheus' rules, promtool's tests of them, and the matrix.</summary>
internal static partial class TeamFiles
{
    public static readonly string Repository = Path.GetFullPath(Path.Combine(Here(), "..", "..", ".."));

    private static readonly string Root = Path.Combine(Repository, "alert-rules");

    private static readonly IDeserializer Yaml =
        new DeserializerBuilder().WithNamingConvention(UnderscoredNamingConvention.Instance).IgnoreUnmatchedProperties().Build();

    /// <summary>The folder with the rules about AlertRollback itself, the only one that is no team's: nothing is rolled back for them.</summary>
    public const string Own = "alertrollback";

    public static IReadOnlyList<string> Teams { get; } =
        [.. Directory.EnumerateDirectories(Root).Select(Path.GetFileName).OfType<string>().Where(t => t != Own).Order(StringComparer.Ordinal)];

    public static string Folder(string team) => Path.Combine(Root, team);

    public static DecisionMatrix MatrixOf(string team) => MatrixLoader.Load(Folder(team), OfflineCatalog.Create(), null).Matrix.ShouldNotBeNull();

    public static IEnumerable<AlertRule> AlertsOf(string team) =>
        Read<RuleFile>(Path.Combine(Folder(team), "rules.yml")).Groups.SelectMany(g => g.Rules).Where(r => r.Alert is not null);

    /// <summary>The labels of alerts that promtool sees fire: those it compares whole, and those it counts by some labels.</summary>
    public static IEnumerable<Dictionary<string, string>> SeenFiring(string team)
    {
        var tests = Directory.EnumerateFiles(Folder(team), "rules.*test.yml").SelectMany(f => Read<RuleTests>(f).Tests).ToList();
        var whole = tests.SelectMany(t => t.AlertRuleTest).SelectMany(a => a.ExpAlerts.Select(e => new Dictionary<string, string>(e.ExpLabels) { ["alertname"] = a.Alertname }));
        var counted = tests.SelectMany(t => t.PromqlExprTest).SelectMany(e => e.ExpSamples)
            .Select(s => Label().Matches(s.Labels).ToDictionary(m => m.Groups[1].Value, m => m.Groups[2].Value)).Where(l => l.ContainsKey("alertname"));
        return whole.Concat(counted);
    }

    /// <summary>What an alert of this rule may carry: where a test counts alerts without naming their service, every service of the team is meant.</summary>
    public static IReadOnlyList<Dictionary<string, string>> LabelsOf(string team, AlertRule rule, DecisionMatrix matrix)
    {
        var seen = SeenFiring(team).Where(s => s["alertname"] == rule.Alert).Select(s => s.GetValueOrDefault(DecisionMatrix.ServiceLabel)).OfType<string>().Distinct().ToList();
        return
        [
            .. (seen.Count > 0 ? seen : matrix.Services.Select(s => s.Name)).Select(service =>
                new Dictionary<string, string>(rule.Labels) { ["alertname"] = rule.Alert!, [DecisionMatrix.ServiceLabel] = service }),
        ];
    }

    /// <summary>The files of promtool's tests, as they are written.</summary>
    public static IEnumerable<string> RuleTestsOf(string team) => Directory.EnumerateFiles(Folder(team), "rules.*test.yml").Select(File.ReadAllText);

    private static T Read<T>(string file)
    {
        using var text = File.OpenText(file);
        return Yaml.Deserialize<T>(text);
    }

    [GeneratedRegex(@"(\w+)=""([^""]*)""")]
    private static partial Regex Label();

    private static string Here([CallerFilePath] string here = "") => Path.GetDirectoryName(here)!;

    // What is read of Prometheus' rule files, and of promtool's tests of them.
    private sealed class RuleFile
    {
        public List<Group> Groups { get; set; } = [];
    }

    private sealed class Group
    {
        public List<AlertRule> Rules { get; set; } = [];
    }

    internal sealed class AlertRule
    {
        public string? Alert { get; set; }

        public string Expr { get; set; } = "";

        public string For { get; set; } = "0s";

        public Dictionary<string, string> Labels { get; set; } = [];

        public Dictionary<string, string> Annotations { get; set; } = [];
    }

    private sealed class RuleTests
    {
        public List<RuleTest> Tests { get; set; } = [];
    }

    private sealed class RuleTest
    {
        public List<AlertTest> AlertRuleTest { get; set; } = [];

        public List<ExpressionTest> PromqlExprTest { get; set; } = [];
    }

    private sealed class AlertTest
    {
        public string Alertname { get; set; } = "";

        public List<ExpectedAlert> ExpAlerts { get; set; } = [];
    }

    private sealed class ExpectedAlert
    {
        public Dictionary<string, string> ExpLabels { get; set; } = [];
    }

    private sealed class ExpressionTest
    {
        public List<Sample> ExpSamples { get; set; } = [];
    }

    private sealed class Sample
    {
        public string Labels { get; set; } = "";
    }
}
