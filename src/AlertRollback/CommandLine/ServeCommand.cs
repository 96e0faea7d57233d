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
            _ = IdleMemory.GiveBackAsync(TimeProvider.System, cancellation);
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
