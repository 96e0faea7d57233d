using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace AlertRollback.EndToEnd.Support;

/// <summary>A workload on the real API server, a service for it with a test's own matrix, and people at terminals who start playbooks and agree to them.</summary>
internal sealed partial class ByHandStage : IAsyncDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(90);

    private readonly Cleanup cleanup = new();
    private MetricsExporter application = null!;

    public ClusterNamespace Space { get; private set; } = null!;

    public Workload Workload { get; private set; } = null!;

    public PeopleStubs People { get; private set; } = null!;

    public ServiceFiles Files { get; private set; } = null!;

    public Terminal Terminal { get; private set; } = null!;

    public ServiceProcess Service { get; private set; } = null!;

    /// <param name="image">What the workload runs.</param>
    public static async Task<ByHandStage> CreateAsync(string image)
    {
        var stage = new ByHandStage();
        try
        {
            stage.Space = stage.cleanup.Add(await ClusterNamespace.CreateAsync());
            stage.Workload = await Workload.CreateAsync(stage.Space, "deployments", image);
            stage.People = stage.cleanup.Add(new PeopleStubs());
            stage.application = stage.cleanup.Add(await MetricsExporter.StartAsync(stage.Workload));
            stage.Files = stage.cleanup.Add(new ServiceFiles());
            stage.Terminal = new Terminal(stage.Files);
            return stage;
        }
        catch
        {
            await stage.DisposeAsync();
            throw;
        }
    }

    /// <param name="playbooks">The matrix from <c>playbooks:</c> on.</param>
    /// <param name="roles">Who may do what: the YAML under <c>people:</c> of the team.</param>
    /// <param name="persons">All who get a credential.</param>
    /// <param name="database">What the operator says of the database <c>rental</c>, in braces; null: one that nobody asks.</param>
    public void Configure(string playbooks, string roles, string[] persons, string? database = null)
    {
        Files.WriteMatrix($$"""
            team: rental
            services:
              rental-api: {workload: {{Workload.InMatrix}}, slack: "{{PeopleStubs.Channel}}"}
            severities: {low: {} }
            rows: [{name: low, matchers: ['severity="low"'], log: true}]
            {{playbooks}}
            """);
        Files.WriteOperator(Space, People, application.Url, database: database);
        Terminal.Admit(roles, persons);
    }

    public async Task ServeAsync() => Service = cleanup.Add(await ServiceProcess.StartAsync(Files));

    /// <summary>Started at a terminal; returns the rollback's id.</summary>
    public async Task<string> StartAsync(string person, string playbook, params string[] more)
    {
        var (exit, output) = await Terminal.RunAsync(person, ["trigger", playbook, "--service", "rental-api", "--reason", "tried by a test", .. more]);
        exit.ShouldBe(0, output);
        return IdIn(output);
    }

    /// <summary>The rollback that <c>trigger</c> says it started.</summary>
    public static string IdIn(string output) => Started().Match(output).Groups[1].Value;

    /// <summary>The digest of the plan, as "show" gives it to a person who is asked.</summary>
    public Task<string> DigestAsync(string person, string role, string id) => Eventually.GetAsync("somebody is asked", Soon, async () =>
        Asked().Match((await Terminal.RunAsync(person, "show", id)).Output) is { Success: true } match && match.Groups["role"].Value == role ? match.Groups["digest"].Value : null);

    public async Task<JsonNode> ClosedAsync(string id, string outcome)
    {
        var detail = await Eventually.GetAsync("it is closed", Soon, async () =>
            await Service.GetAsync($"rollbacks/{id}") is var found && found["rollback"]!["closedAt"] is not null ? found : null);
        ((string?)detail["rollback"]!["outcome"]).ShouldBe(outcome, detail.ToJsonString());
        return detail;
    }

    public ValueTask DisposeAsync() => cleanup.DisposeAsync();

    [GeneratedRegex(@"^started (\S+);", RegexOptions.Multiline)]
    private static partial Regex Started();

    [GeneratedRegex(@"^Asked: (?<role>\S+), not whoever started it \(.*\), plan (?<digest>[0-9a-f]{12}), until ", RegexOptions.Multiline)]
    private static partial Regex Asked();
}
