using AlertRollback.CommandLine;
using AlertRollback.Operators;
using AlertRollback.Rollbacks;
using AlertRollback.Sandbox.People;
using AlertRollback.Storage.Sqlite;

namespace AlertRollback.Sandbox;

/// <summary>The real service, on the shipped rental matrix, with a configuration that points at the pretended world.</summary>
internal sealed class ServiceUnderDemo : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly SqliteJournal _journal;

    private ServiceUnderDemo(WebApplication app, SqliteJournal journal) => (_app, _journal) = (app, journal);

    public Chronicle Chronicle => _app.Services.GetRequiredService<Chronicle>();

    public Uri Webhook => new(new Uri(_app.Urls.First()), "/api/v1/alerts");

    public IReadOnlyList<Announcements.AnnouncerLoop> Announcers => _app.Services.GetRequiredService<Announcements.AnnouncerLoops>().All;

    public static async Task<ServiceUnderDemo> StartAsync(SandboxWorld world, CancellationToken cancellation)
    {
        var configuration = Configuration(world);
        var journal = SqliteJournal.Open(configuration.Journal, world.Clock);
        var app = await ServeCommand.BuildAsync(configuration, journal, world.Clock, cancellation, builder => builder.Logging.SetMinimumLevel(LogLevel.Error));
        await app.StartAsync(cancellation);
        return new ServiceUnderDemo(app, journal);
    }

    private static OperatorConfiguration Configuration(SandboxWorld world)
    {
        var people = SandboxPeopleOptions.Rental;
        var rental = world.Rental.Address.Authority;
        return new OperatorConfiguration
        {
            Listen = "http://127.0.0.1:0",
            Matrix = Matrix(world),
            Journal = Path.Combine(world.Folder, "journal.db"),
            Kubernetes = new KubernetesSettings(world.Cluster.KubeconfigPath, null),
            Prometheus = new HttpSource(world.Prometheus.Address.ToString(), null),
            Slack = new SlackSettings(world.Secret("slack", people.SlackToken), null, "#rental-ops", world.People.SlackRoot.ToString()),
            Statuspage = new StatuspageSettings(people.StatuspagePage, world.Secret("statuspage", people.StatuspageToken), world.People.StatuspageRoot.ToString()),
            Teams = new Dictionary<string, TeamGrants>
            {
                ["rental"] = new()
                {
                    Namespaces = ["production"],
                    Hosts = [rental],
                    Channels = ["#rental-ops"],
                    Components = new Dictionary<string, string> { ["Rental"] = "rental" },
                    Roles = new Dictionary<string, string> { ["devops-lead"] = "@here", ["on-call"] = "@here" },
                    Secrets = new Dictionary<string, GrantedSecret> { ["rental-api-key"] = new(world.RentalSecret(), [rental]) },

                    // The team's own programs and its database, pretended; the further methods are granted, and not needed.
                    Commands = new[] { "rental-health-check", "rental-core-tests", "deploy-rental-production", "restart-rental-api" }
                        .ToDictionary(name => name, _ => new GrantedCommand(["true"]) { ReadOnly = true }),
                    Databases = new Dictionary<string, GrantedDatabase> { ["rental"] = new(DatabaseKind.Postgresql, new DatabaseReach.Program(world.Programs())) { Database = "rental" } },
                    Engines = new Dictionary<string, GrantedEngine> { ["rental-vm"] = new("unix:///nonexistent/engine.sock", ["rental-api-prod"]) },
                    Repositories = new Dictionary<string, GrantedRepository> { ["rental-manager-backend"] = new("https://example.com/rental.git", Path.Combine(world.Folder, "clone"), ["main"]) },
                    Directories = new Dictionary<string, GrantedDirectory>
                    {
                        ["rentals-module"] = new(Path.Combine(world.Folder, "module"), new Dictionary<string, string> { ["rentals-module-pre-refactor"] = Path.Combine(world.Folder, "module.tar.gz") }),
                    },
                },
            },
        };
    }

    // The shipped matrix, to the letter, but for the address of the service: there is no api.production.com here.
    private static string Matrix(SandboxWorld world)
    {
        var shipped = Path.Combine(AppContext.BaseDirectory, "alert-rules", "rental");
        var path = Path.Combine(world.Folder, "matrix.yml");
        foreach (var beside in Directory.EnumerateFiles(shipped, "*.sql"))
            File.Copy(beside, Path.Combine(world.Folder, Path.GetFileName(beside)));
        File.WriteAllText(path, File.ReadAllText(Path.Combine(shipped, "matrix.yml")).Replace("https://api.production.com", world.Rental.Address.ToString().TrimEnd('/'), StringComparison.Ordinal));
        return path;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        await _journal.DisposeAsync();
    }
}
