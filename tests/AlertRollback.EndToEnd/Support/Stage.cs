namespace AlertRollback.EndToEnd.Support;

/// <summary>
/// A released workload, the people, and the service between them and the real API server, with a matrix whose times are
/// short. Alerts are posted straight to the webhook.
/// </summary>
internal sealed class Stage : IAsyncDisposable
{
    public const string Good = "shop/rental-api:v1";

    private readonly Cleanup cleanup = new();
    private DateTimeOffset startsAt;

    public ClusterNamespace Space { get; private set; } = null!;

    public Workload Workload { get; private set; } = null!;

    public ApiGate Api { get; private set; } = null!;

    public PeopleStubs People { get; private set; } = null!;

    public ServiceFiles Files { get; private set; } = null!;

    public ServiceProcess Service { get; private set; } = null!;

    /// <summary>Releases the good image and, when one is given, a second one; the service is ready afterwards.</summary>
    /// <param name="kubeconfig">What the service connects with; by default the gate in front of the API server.</param>
    /// <param name="edit">What a test changes of the matrix.</param>
    public static async Task<Stage> StartAsync(
        string collection = "deployments", string? release = null, IReadOnlyDictionary<string, string>? environment = null,
        Func<ClusterNamespace, Task<string>>? kubeconfig = null, Func<string, string>? edit = null)
    {
        var stage = new Stage();
        try
        {
            await stage.SetUpAsync(collection, release, kubeconfig, edit ?? (matrix => matrix));
            stage.Service = stage.cleanup.Add(new ServiceProcess(stage.Files));
            await stage.Service.StartAsync(environment);
            return stage;
        }
        catch
        {
            await stage.DisposeAsync();
            throw;
        }
    }

    /// <summary>Alertmanager's message that an alert of the service fires since the release.</summary>
    public async Task AlertAsync() => (await Service.PostAsync(FiredAlert.Message(startsAt))).Status.ShouldBe(200);

    /// <summary>Alertmanager's message that it has ended.</summary>
    public async Task ResolveAsync() => (await Service.PostAsync(FiredAlert.Message(startsAt, endsAt: startsAt + TimeSpan.FromSeconds(1)))).Status.ShouldBe(200);

    /// <summary>The undo patches that the API server accepted.</summary>
    public int Undos => Api.Accepted.Count(w => w == $"PATCH /{Workload.Path}");

    public ValueTask DisposeAsync() => cleanup.DisposeAsync();

    private async Task SetUpAsync(string collection, string? release, Func<ClusterNamespace, Task<string>>? kubeconfig, Func<string, string> edit)
    {
        Space = cleanup.Add(await ClusterNamespace.CreateAsync());
        Workload = await Workload.CreateAsync(Space, collection, Good);
        if (release is not null)
        {
            // Creation times are whole seconds: two revisions of the same one cannot be put in order (S9).
            var created = FiredAlert.Now;
            await Eventually.BeAsync("another second", TimeSpan.FromSeconds(5), () => FiredAlert.Now > created.AddSeconds(1));
            await Workload.ReleaseAsync(release);
            await Eventually.BeAsync("the release is seen", TimeSpan.FromSeconds(30), async () => await Workload.RevisionAsync() == 2);
        }

        startsAt = FiredAlert.BySomethingReleasedNow;
        Api = cleanup.Add(await ApiGate.StartAsync(Space));
        People = cleanup.Add(new PeopleStubs());
        var application = cleanup.Add(await MetricsExporter.StartAsync(Workload));
        Files = cleanup.Add(new ServiceFiles());
        Files.WriteMatrix(edit(Matrix(application.Url)));
        Files.WriteOperator(Space, People, application.Url, kubeconfig is null ? Api.Kubeconfig : await kubeconfig(Space));
    }

    private string Matrix(Uri application) => $$"""
        team: rental
        services:
          rental-api:
            workload: {{Workload.InMatrix}}
            url: {{application.GetLeftPart(UriPartial.Authority)}}
            slack: "{{PeopleStubs.Channel}}"
            statuspage: {component: Rental}
        severities: {critical: {} }
        rows:
          - {name: critical, matchers: ['severity="critical"'], playbook: undo}
        playbooks:
          undo:
            before:
              - capture: {logs: 1h}
            methods:
              - name: kubernetes
                within: 90s
                steps:
                  - rollout_undo: {to: previous}
            verify: [healthy]
            on_failure: [page: devops-lead]
            stabilise: 1s
        checks:
          healthy:
            within: 30s
            every: 1s
            all:
              - rollout_status
              - http: /api/health
        """;
}
