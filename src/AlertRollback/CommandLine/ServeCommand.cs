using System.CommandLine;
using System.Net.Sockets;
using AlertRollback.Operators;
using AlertRollback.Storage;
using AlertRollback.Storage.Sqlite;
using AlertRollback.Web;

namespace AlertRollback.CommandLine;

/// <summary><c>alertrollback serve --config FILE</c>: the service.</summary>
public static class ServeCommand
{
    // By then the matrix is read and the clusters are listed.
    private static readonly TimeSpan Started = TimeSpan.FromSeconds(5);

    // In which an idle service makes some 4 MB of garbage.
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(1);

    private const int Young = 1;

    // One in ten minutes.
    private const int YoungForEachWhole = 10;

    // In bytes; so much is moved together in some 50 ms, in which nothing else goes on. What is larger is not what an idle service kept by chance.
    private const long Small = 64 * 1024 * 1024;

    // A rollback that is cut off here goes on in the next process; the limit is below Kubernetes' own 30 s.
    private static readonly TimeSpan LongestStop = TimeSpan.FromSeconds(20);

    public static Command Create()
    {
        var config = new Option<string>("--config") { Description = "the operator's configuration", HelpName = "FILE", Required = true };
        var command = new Command("serve", "Receive alerts and roll back what their matrix says.") { config };
        command.SetAction((parse, cancellation) => ServeAsync(parse.GetValue(config)!, parse.InvocationConfiguration.Error, cancellation));
        return command;
    }

    private static async Task<int> ServeAsync(string path, TextWriter error, CancellationToken cancellation)
    {
        var read = OperatorConfigurationReader.Read(path);
        foreach (var fault in read.Faults)
            await error.WriteLineAsync(fault.ToString());
        if (read.Configuration is not { } configuration)
            return 1;
        if (WebSetup.FaultOfListening(configuration) is { } unsafeListening)
        {
            await error.WriteLineAsync(unsafeListening);
            return 1;
        }

        try
        {
            await using var journal = SqliteJournal.Open(configuration.Journal, TimeProvider.System, LogRoom.OfService);
            if (ListenAddress.ObstacleOf(configuration.Listen) is { } obstacle)
            {
                await error.WriteLineAsync(obstacle);
                return 1;
            }

            await using var app = await BuildAsync(configuration, EndAfterCommit.Around(journal), TimeProvider.System, cancellation);
            await app.StartAsync(cancellation);
            _ = GiveBackAsync(TimeProvider.System, cancellation);
            await app.WaitForShutdownAsync(cancellation);
            return 0;
        }
        catch (Exception fault) when (fault is JournalUnavailableException or IOException)
        {
            await error.WriteLineAsync(fault.Message);
            return 1;
        }
        catch (SocketException fault)
        {
            await error.WriteLineAsync($"cannot listen on {configuration.Listen}: {fault.Message}");
            return 1;
        }
    }

    // What the start took is not needed again. Afterwards an idle service makes so little garbage that the collector looks once in hours,
    // and until then it would look as if it leaked; what is young is collected in a few milliseconds. What was alive then, and grew old
    // by it, goes with all the rest now and then.
    private static async Task GiveBackAsync(TimeProvider time, CancellationToken cancellation)
    {
        await Task.Delay(Started, time, cancellation);
        CollectAll();
        for (var (seen, idle) = (GC.CollectionCount(0), 0); ; seen = GC.CollectionCount(0))
        {
            await Task.Delay(Idle, time, cancellation);
            if (GC.CollectionCount(0) != seen)
                continue;
            if (++idle % YoungForEachWhole == 0 && GC.GetTotalMemory(forceFullCollection: false) < Small)
                CollectAll();
            else
                GC.Collect(Young, GCCollectionMode.Forced, blocking: true);
        }
    }

    private static void CollectAll() => GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);

    /// <summary>The application, ready to start; also what the sandbox and the tests start in their own process.</summary>
    /// <param name="change">Last word on the builder; null for none.</param>
    public static async Task<WebApplication> BuildAsync(
        OperatorConfiguration configuration, IJournal journal, TimeProvider time, CancellationToken cancellation, Action<WebApplicationBuilder>? change = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls(configuration.Listen);
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = LongestStop);
        builder.Services.AddAlertRollback(configuration, journal, time);
        change?.Invoke(builder);
        var app = builder.Build();
        await app.UseAlertRollbackAsync(cancellation);
        return app;
    }
}
