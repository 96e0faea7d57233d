using AlertRollback.Sandbox.Cluster;
using AlertRollback.Sandbox.People;
using AlertRollback.Sandbox.Prometheus;
using AlertRollback.Sandbox.RentalApp;

namespace AlertRollback.Sandbox;

/// <summary>All that the service talks to, pretended, in this process, under one clock that can leap.</summary>
internal sealed class SandboxWorld : IAsyncDisposable
{
    private const string RentalToken = "sandbox-rental-token";

    // Leaping past nothing but idle timers needs no pause in which somebody could be answered.
    private static readonly TimeSpan PauseWhenQuiet = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan PauseWhenBusy = TimeSpan.FromMilliseconds(20);

    private SandboxWorld(LeapingTimeProvider clock, Pace pace, string folder, SandboxCluster cluster, ClusterImages images, SandboxPrometheus prometheus, SandboxRentalApp rental, SandboxPeople people) =>
        (Clock, Pace, Folder, Cluster, Images, Prometheus, Rental, People) = (clock, pace, folder, cluster, images, prometheus, rental, people);

    public LeapingTimeProvider Clock { get; }

    public Pace Pace { get; }

    /// <summary>A folder of its own for journal, matrix and tokens; removed at the end.</summary>
    public string Folder { get; }

    public SandboxCluster Cluster { get; }

    public ClusterImages Images { get; }

    public SandboxPrometheus Prometheus { get; }

    public SandboxRentalApp Rental { get; }

    public SandboxPeople People { get; }

    /// <param name="port">Of the page; 0: any free port.</param>
    public static async Task<SandboxWorld> StartAsync(int port)
    {
        var pace = new Pace();
        var clock = new LeapingTimeProvider(TimeProvider.System, ct => Task.Delay(pace.IsQuiet ? PauseWhenQuiet : PauseWhenBusy, TimeProvider.System, ct));
        var cluster = await SandboxCluster.StartAsync(SandboxClusterOptions.Leisurely with { ReadyDelay = TimeSpan.FromSeconds(40) }, clock);
        var images = new ClusterImages(cluster);
        return new SandboxWorld(
            clock,
            pace,
            Directory.CreateTempSubdirectory("alertrollback-demo-").FullName,
            cluster,
            images,
            await SandboxPrometheus.StartAsync(images, clock),
            await SandboxRentalApp.StartAsync(images, clock, RentalToken),
            await SandboxPeople.StartAsync(SandboxPeopleOptions.Rental with { Port = port }, clock, images.View));
    }

    /// <summary>Writes a secret to a file, as a mounted Secret would be.</summary>
    public string Secret(string name, string value)
    {
        var path = Path.Combine(Folder, name);
        File.WriteAllText(path, value);
        return path;
    }

    public string RentalSecret() => Secret("rental-api-key", RentalToken);

    /// <summary>A folder with a pretended psql: a database that is whole, at the migration it has always been at.</summary>
    public string Programs()
    {
        var folder = Directory.CreateDirectory(Path.Combine(Folder, "programs")).FullName;
        var psql = Path.Combine(folder, "psql");
        File.WriteAllText(psql, """
            #!/bin/sh
            case "$*" in
              *alembic_version*) echo 31779dc0a1b2 ;;
              *rental_lifecycles*) echo '214 transaction_headers, 37 rental_lifecycles' ;;
              *) echo 0 ;;
            esac
            """);
        File.SetUnixFileMode(psql, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return folder;
    }

    public async ValueTask DisposeAsync()
    {
        await People.DisposeAsync();
        await Rental.DisposeAsync();
        await Prometheus.DisposeAsync();
        await Cluster.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }
}

/// <summary>How fast the sandbox's clock may leap: quickly only while nobody waits for an answer.</summary>
internal sealed class Pace
{
    public bool IsQuiet { get; set; }
}
