using AlertRollback.Alerts.Intake;
using AlertRollback.Announcements;
using AlertRollback.Announcements.Slack;
using AlertRollback.Announcements.Statuspage;
using AlertRollback.Kubernetes;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Programs;
using AlertRollback.Playbooks.StatusPages;
using AlertRollback.Rollbacks;
using AlertRollback.Rollbacks.Guards;
using AlertRollback.Rollbacks.Running;
using AlertRollback.Storage;
using AlertRollback.Telemetry;
using AlertRollback.Web;
using AlertRollback.Web.Credentials;
using AlertRollback.Web.Operators;

namespace AlertRollback;

/// <summary>The parts of the service and how they hang together: one line per part, in the order of an alert's way.</summary>
public static class Composition
{
    /// <summary>Everything but the web server's own settings.</summary>
    public static void AddAlertRollback(this IServiceCollection services, OperatorConfiguration configuration, IJournal journal, TimeProvider time)
    {
        services.AddSingleton(time);
        services.AddSingleton(journal);
        services.AddWeb(configuration);
        services.AddSources(configuration, time);
        services.AddCatalog();
        services.AddSingleton<AbsentPrograms>();
        services.AddHosted<MatrixSource>();
        services.AddHosted<CallingPeople>();
        services.AddSingleton<DecisionBasis>(s => () => s.GetRequiredService<MatrixSource>().Basis ?? "");
        services.AddSingleton(_ => new Chronicle(journal, time, service => CallingPeople.ObstacleFor(service, configuration)));
        services.AddSingleton<IRevisionLedger, RevisionLedger>();
        services.AddSingleton<INoticeMemory, NoticeMemory>();
        services.AddSingleton(s => new PureGuards(configuration, team => s.GetRequiredService<MatrixSource>().Current?.OnlyPlans(team) == true, s.ServicesInUse));
        services.AddSingleton<ReadingGuards>();
        services.AddHosted<Presence>();
        services.AddSingleton(s => new NextMove(s.GetRequiredService<PureGuards>(), () => s.GetRequiredService<Presence>().Now, () => journal.FailedAt, configuration.Slack is null ? null : s.GetRequiredService<Told>()));
        services.AddSingleton<Told>();
        services.AddSingleton<Planner>();
        services.AddSingleton<WorkerParts>();
        services.AddSingleton<AnswerParts>();
        services.AddHosted<Dispatcher>();
        services.AddHosted<RollbackRunner>();
        services.AddSingleton<JournalSalt>();
        services.AddSingleton<IConfigurationLedger, ConfigurationLedger>();
        services.AddSingleton<Unwatched>();
        services.AddSingleton<ObserverParts>();
        services.AddHosted<RevisionObserver>();
        services.AddHosted<ContainerObserver>();
        services.AddSingleton<IPruning, ReceiptPruning>();
        services.AddSingleton<IPruning, ConfigurationPruning>();
        services.AddSingleton<IPruning, NotActedOnPruning>();
        services.AddHosted<JournalPruning>();
        services.AddAnnouncers(configuration, time);
        services.AddSingleton<Metrics>();
        services.ConfigureHttpJsonOptions(o =>
        {
            o.SerializerOptions.DefaultIgnoreCondition = EventJson.Options.DefaultIgnoreCondition;
            foreach (var converter in EventJson.Options.Converters)
                o.SerializerOptions.Converters.Add(converter);
        });
    }

    /// <summary>Reads the journal, then opens the endpoints. Call before the application starts.</summary>
    public static async Task UseAlertRollbackAsync(this WebApplication app, CancellationToken cancellation)
    {
        await app.Services.GetRequiredService<Chronicle>().LoadAsync(cancellation);
        await app.Services.GetRequiredService<Presence>().LoadAsync(cancellation);
        var matrix = app.Services.GetRequiredService<MatrixSource>();
        app.Services.GetRequiredService<Readiness>().Require("matrix", () => matrix.Current is null ? "none was loaded yet" : null);
        app.Services.GetRequiredService<AbsentPrograms>().Say();
        app.UseWeb();
        app.MapQuarantineQuestion();
        app.MapMetrics().RequireScraper();
        var operators = app.MapWeb();
        operators.MapOperators();
        operators.MapQuarantine();
        operators.MapRevisions();
    }

    /// <summary>What is only read: the cluster's API, Prometheus, the services' own addresses.</summary>
    private static void AddSources(this IServiceCollection services, OperatorConfiguration configuration, TimeProvider time)
    {
        services.AddSingleton(_ => Cluster(configuration.Kubernetes, time));
        services.AddSingleton<IKubernetesApi>(s => s.GetRequiredService<ClusterChoice>() is { Api: null } none ? Absent(none) : s.GetRequiredService<ClusterChoice>().Api!);
        services.AddSingleton(s => new Clusters(s.GetRequiredService<IKubernetesApi>(), configuration.Clusters.ToDictionary(c => c.Key, c => Other(c.Key, c.Value, time), StringComparer.Ordinal)));
        services.AddSingleton(s => new ClusterTrouble(s.GetRequiredService<ClusterChoice>() is { Api: null } none ? none.Source : null));
        services.AddSingleton(s => new GrantedHttp(Http(Timeout.InfiniteTimeSpan), configuration, time));
        services.AddSingleton(s => new PrometheusSource(Http(Timeout.InfiniteTimeSpan), configuration, time));
        services.AddSingleton<IAlertSource>(s => new HttpAlertSource(Http(TimeSpan.FromSeconds(10)), configuration));
        if (configuration.Statuspage is { } page)
            services.AddSingleton(s => Announcers.Components(page, Announcers.NewHttpClient(), s.GetRequiredService<IJournal>(), time));
        services.AddSingleton(s => Announcers.StatusPage(configuration, Announcers.NewHttpClient(), s.GetService<StatuspageComponents>(), time));
    }

    // Which announcers there are is the configuration's business; each runs in a loop of its own.
    private static void AddAnnouncers(this IServiceCollection services, OperatorConfiguration configuration, TimeProvider time)
    {
        services.AddSingleton<AnnouncerLoops>(s => new AnnouncerLoops([
            .. Announcers.From(configuration, Announcers.NewHttpClient(), s.GetService<StatuspageComponents>(), s.GetRequiredService<Chronicle>(), time, s.GetRequiredService<ILoggerFactory>())
                .Select(announcer => ActivatorUtilities.CreateInstance<AnnouncerLoop>(s, announcer))]));
        services.AddHostedService(s => s.GetRequiredService<AnnouncerLoops>());
        services.AddReach(s => new SlackReach(configuration, s.ServicesInUse, Announcers.NewHttpClient(), time, s.GetRequiredService<ILogger<SlackReach>>()));
        services.AddReach(s => new StatuspageReach(configuration, s.ServicesInUse, Announcers.NewHttpClient(), time, s.GetRequiredService<ILogger<StatuspageReach>>()));
        services.AddHosted<MatrixNews>();
        services.AddHosted<WebhookNews>();
    }

    private static void AddReach<T>(this IServiceCollection services, Func<IServiceProvider, T> create) where T : Reach
    {
        services.AddSingleton(create);
        services.AddSingleton<Reach>(s => s.GetRequiredService<T>());
        services.AddHostedService(s => s.GetRequiredService<T>());
    }

    private static IEnumerable<ServiceDefinition> ServicesInUse(this IServiceProvider services) => services.GetRequiredService<MatrixSource>().Current?.Services ?? [];

    private static void AddHosted<T>(this IServiceCollection services) where T : class, IHostedService
    {
        services.AddSingleton<T>();
        services.AddHostedService(s => s.GetRequiredService<T>());
    }

    private static ClusterChoice Cluster(KubernetesSettings? settings, TimeProvider time)
    {
        // The one place where randomness comes from; everything else takes it as a parameter.
#pragma warning disable RS0030
        return new KubernetesConnection(settings?.Kubeconfig, settings?.Context).Connect(time, Random.Shared.NextDouble);
#pragma warning restore RS0030
    }

    private static NoCluster Absent(ClusterChoice choice) => new(choice.Source, choice.NoneIsMeant ? KubernetesFault.NoCluster : KubernetesFault.Unavailable);

    private static Lazy<IKubernetesApi> Other(string name, KubernetesSettings settings, TimeProvider time) => new(() =>
    {
        var choice = Cluster(settings, time);
        return choice.Api ?? (IKubernetesApi)new NoCluster($"cluster \"{name}\": {choice.Source}");
    });

    // Redirects could lead anywhere.
    private static HttpClient Http(TimeSpan timeout) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        UseCookies = false,
    })
    {
        Timeout = timeout,
    };
}
