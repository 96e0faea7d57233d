using System.Text.Json.Nodes;
using AlertRollback.EndToEnd.Support;

namespace AlertRollback.EndToEnd.Teams;

/// <summary>
/// The real service with a team's shipped matrix on the real API server. First everything is arranged
/// (<see cref="DeployAsync"/>, <see cref="Space"/>, <see cref="Application"/>), then it is served, then a bad release and an alert come.
/// </summary>
internal sealed class TeamStage : IAsyncDisposable
{
    // Of two times closer than 30 s it cannot be told which came first (S9); nobody waits for a rule's "for" here.
    private static readonly TimeSpan ReleaseBeforeAlert = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(3);

    private readonly Cleanup cleanup = new();
    private readonly List<Workload> deployed = [];
    private readonly ShippedTeam team;
    private DateTimeOffset released = FiredAlert.Now;

    private TeamStage(ShippedTeam team) => this.team = team;

    public ClusterNamespace Space { get; private set; } = null!;

    /// <summary>Counts the writes that the API server accepted from the service.</summary>
    public ApiGate Api { get; private set; } = null!;

    public PeopleStubs People { get; private set; } = null!;

    /// <summary>All hosts that the team was granted, and Prometheus.</summary>
    public TeamApplication Application { get; private set; } = null!;

    public ServiceFiles Files { get; private set; } = null!;

    public ServiceProcess Service { get; private set; } = null!;

    /// <summary>No time of the matrix is longer than this, by its key; change it before <see cref="ServeAsync"/>.</summary>
    public Dictionary<string, TimeSpan> LongestTimes { get; } = new(StringComparer.Ordinal)
    {
        ["within"] = TimeSpan.FromSeconds(90),
        ["every"] = TimeSpan.FromSeconds(1),
        ["stabilise"] = TimeSpan.FromSeconds(2),
        ["publish_after"] = TimeSpan.FromSeconds(1),
        ["wait"] = TimeSpan.FromSeconds(1),
        ["pause"] = TimeSpan.FromSeconds(1),
    };

    /// <summary>What else has to differ in the matrix, or in the operator's example; each old text has to be there.</summary>
    public List<(string Old, string New)> MatrixChanges { get; } = [];

    public List<(string Old, string New)> OperatorChanges { get; } = [];

    public Dictionary<string, string> Environment { get; } = new(StringComparer.Ordinal);

    /// <param name="name">The team's folder under <c>alert-rules</c>.</param>
    public static async Task<TeamStage> CreateAsync(string name)
    {
        var stage = new TeamStage(new ShippedTeam(name));
        try
        {
            stage.Space = stage.cleanup.Add(await ClusterNamespace.CreateAsync());
            stage.Api = stage.cleanup.Add(await ApiGate.StartAsync(stage.Space));
            stage.People = stage.cleanup.Add(new PeopleStubs(stage.team.Grants.Channels[0], stage.team.Grants.Components));
            stage.Application = stage.cleanup.Add(await TeamApplication.StartAsync());
            stage.Files = stage.cleanup.Add(new ServiceFiles());
            return stage;
        }
        catch
        {
            await stage.DisposeAsync();
            throw;
        }
    }

    /// <summary>Something that is gone with the stage.</summary>
    public T Add<T>(T thing)
        where T : notnull => cleanup.Add(thing);

    /// <summary>Runs with the good release; part of what has to be known as good before the alert.</summary>
    public async Task<Workload> DeployAsync(string name, string image, int replicas = 2, string collection = "deployments", string? configMap = null)
    {
        var workload = await Workload.CreateAsync(Space, collection, image, replicas, name, configMap);
        deployed.Add(workload);
        return workload;
    }

    /// <summary>Starts the service and waits until it knows every deployed release to be good.</summary>
    public async Task ServeAsync()
    {
        var place = new TestPlace(Space.Name, Application.Url.Authority, LongestTimes);
        foreach (var (name, content) in team.FilesBeside)
            Files.Write($"matrix/{name}", content);
        Files.WriteMatrix(team.Matrix(place, MatrixChanges));
        Files.Write("operator.yml", Operator(place));
        foreach (var secret in team.Grants.Secrets)
            Files.Write($"credentials/{Path.GetFileName(secret.Value.File)}", $"e2e-{secret.Key}");
        foreach (var person in team.People)
            Files.Write($"credentials/{person}", TokenOf(person));
        Service = cleanup.Add(new ServiceProcess(Files));
        await Service.StartAsync(Environment);
        foreach (var workload in deployed)
        {
            await Eventually.BeAsync($"{workload.Name} is known to be good", TimeSpan.FromSeconds(40), () =>
                JournalFile.Events(Files.Journal).Any(e => e.Type == "known_good" && e.Data.Contains($"/{workload.Name}\"", StringComparison.Ordinal)));
        }
    }

    /// <summary>A new release, seen by the service; it need not become ready.</summary>
    public async Task ReleaseAsync(Workload workload, string image, bool becomesReady = true)
    {
        await workload.ReleaseAsync(image);
        released = FiredAlert.Now;
        if (becomesReady)
            await workload.CompleteAsync();
        await Eventually.BeAsync($"{image} is seen", TimeSpan.FromSeconds(30), () =>
            JournalFile.Events(Files.Journal).Any(e => e.Type == "became_current" && e.Data.Contains($"\"{image}\"", StringComparison.Ordinal)));
    }

    /// <summary>A new release that the service comes to know as good, until something shows that it is not.</summary>
    public async Task ReleaseAsGoodAsync(Workload workload, string image)
    {
        await ReleaseAsync(workload, image);
        await Eventually.BeAsync($"{image} is known to be good", TimeSpan.FromSeconds(40), () =>
            JournalFile.Events(Files.Journal).Any(e => e.Type == "known_good" && e.Data.Contains($"\"{image}\"", StringComparison.Ordinal)));
    }

    /// <summary>Alertmanager's message that an alert with these labels fires, begun a while after the last release.</summary>
    public async Task AlertAsync(string service, params IEnumerable<(string Name, string Value)> labels) =>
        (await Service.PostAsync(FiredAlert.Message(released + ReleaseBeforeAlert, Labels(service, labels)))).Status.ShouldBe(200);

    /// <summary>Starts a playbook by hand; returns the rollbacks' ids.</summary>
    public async Task<IReadOnlyList<string>> StartAsync(string person, string playbook, IEnumerable<string> services, IReadOnlyDictionary<string, string>? inputs = null, string? method = null)
    {
        var (status, text) = await Service.PostAsAsync(TokenOf(person), "rollbacks", new JsonObject
        {
            ["playbook"] = playbook,
            ["services"] = new JsonArray([.. services.Select(s => JsonValue.Create(s))]),
            ["reason"] = "tried by a test",
            ["method"] = method,
            ["inputs"] = new JsonObject((inputs ?? new Dictionary<string, string>()).Select(i => KeyValuePair.Create(i.Key, (JsonNode?)i.Value))),
            ["key"] = Guid.NewGuid().ToString("n"),
        });
        status.ShouldBe(200, text);
        return [.. JsonNode.Parse(text)!["ids"]!.AsArray().Select(i => (string)i!)];
    }

    /// <summary>The question that a rollback asks, once it does.</summary>
    public Task<JsonNode> AskedAsync(string id) => Eventually.GetAsync($"{id} asks for an approval", Longest, async () =>
        (await Service.GetAsync($"rollbacks/{id}"))["approvals"]!.AsArray().FirstOrDefault(a => (string?)a!["state"] == "open"));

    /// <summary>Waits until a rollback asks for an approval, and gives it.</summary>
    /// <param name="type">What has to be typed; null: what the rollback asks for.</param>
    public async Task ApproveAsync(string id, string person, string? type = null)
    {
        var (status, text) = await AnswerAsync(id, person, type);
        status.ShouldBe(204, text);
    }

    /// <summary>The same, where it may be refused; returns the status.</summary>
    public async Task<int> TryApproveAsync(string id, string person, string? type = null) => (await AnswerAsync(id, person, type)).Status;

    private async Task<(int Status, string Text)> AnswerAsync(string id, string person, string? type)
    {
        var asked = await AskedAsync(id);
        return await Service.PostAsAsync(TokenOf(person), $"rollbacks/{id}/approve", new JsonObject
        {
            ["digest"] = (string)asked["digest"]!,
            ["type"] = type ?? (string?)asked["type"],
        });
    }

    /// <summary>The only rollback there is.</summary>
    public async Task<string> OnlyAsync() => (string)(await Eventually.GetAsync("a rollback is proposed", Longest, async () =>
        await Service.RollbacksAsync() is [var only] ? only : null))["id"]!;

    /// <summary>A rollback's details once it is closed; fails with all of them when its outcome is another one.</summary>
    public async Task<JsonNode> ClosedAsync(string id, string outcome = "rolled_back")
    {
        var detail = await Eventually.GetAsync($"{id} is closed", Longest, async () =>
            await Service.GetAsync($"rollbacks/{id}") is var found && found["rollback"]!["closedAt"] is not null ? found : null);
        ((string?)detail["rollback"]!["outcome"]).ShouldBe(outcome, detail.ToJsonString());
        return detail;
    }

    /// <summary>Waits until all of this was said in the team's channel.</summary>
    public async Task ToldAsync(params IEnumerable<string> words)
    {
        foreach (var word in words)
        {
            await Eventually.BeAsync($"the channel is told \"{word}\"", Longest, () =>
                People.Messages.SelectMany(m => People.Replies(m).Prepend(m)).Any(m => People.Words(m).Contains(word, StringComparison.Ordinal)));
        }
    }

    public ValueTask DisposeAsync() => cleanup.DisposeAsync();

    private static string TokenOf(string person) => $"e2e-token-of-{person}";

    private JsonObject Labels(string service, IEnumerable<(string Name, string Value)> labels)
    {
        var all = new JsonObject { ["alertname"] = "TriedByTest", ["service"] = service, ["team"] = team.Name };
        foreach (var (name, value) in labels)
            all[name] = value;
        return all;
    }

    private string Operator(TestPlace place) => $$"""
        listen: {{Files.Url.GetLeftPart(UriPartial.Authority)}}
        matrix: matrix
        journal: journal.db
        credentials:
          webhook: [{name: alertmanager, bearer_file: credentials/webhook}]
          operators:
            - {name: e2e, bearer_file: credentials/operator}
        {{string.Join('\n', team.People.Select(p => $"    - {{name: {p}, bearer_file: credentials/{p}}}"))}}
        safety: {soak: 2s}
        kubernetes: {kubeconfig: "{{Api.Kubeconfig}}"}
        prometheus: {url: "{{Application.Url.GetLeftPart(UriPartial.Authority)}}"}
        alertmanager: {url: "{{Application.Url.GetLeftPart(UriPartial.Authority)}}"}
        slack: {token_file: credentials/slack, channel: "{{team.Grants.Channels[0]}}", url: "{{People.Slack.Root}}"}
        statuspage: {page: {{AlertRollback.Tests.Support.Stubs.StatuspageStub.Page}}, token_file: credentials/statuspage, url: "{{People.Statuspage.Root}}"}
        {{team.TeamsOfOperator(place, OperatorChanges)}}
        """;
}
