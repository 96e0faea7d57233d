using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks.Commands;
using AlertRollback.Playbooks.Jobs;
using AlertRollback.Playbooks.Programs;

namespace AlertRollback.Playbooks.Databases;

/// <summary>The place where a database's programs run, or why there is none.</summary>
internal abstract record DatabasePlace
{
    public sealed record Found(ICommandPlace Place) : DatabasePlace;

    /// <summary>It is not there.</summary>
    public sealed record Absent(string Why) : DatabasePlace;

    /// <summary>It could not be asked.</summary>
    public sealed record Unknown(string Why) : DatabasePlace;
}

/// <summary>
/// What a database's programs are run for. Where a Job has to be made for it, the Job is named after that (S17), and none is
/// made while it is only planned.
/// </summary>
internal abstract record Occasion
{
    public static readonly Occasion Planning = new Plan();

    public static Occasion Of(StepContext context) => new Step(context);

    public static Occasion Of(CheckContext context) => new Look(context);

    public sealed record Plan : Occasion;

    public sealed record Step(StepContext Context) : Occasion;

    public sealed record Look(CheckContext Context) : Occasion;
}

/// <summary>
/// Databases as far as a team was granted them, by name (S15). A password goes into a program's environment and nowhere
/// else: not onto a command line, not into a pin, journal or log.
/// </summary>
public sealed class GrantedDatabases(OperatorConfiguration operators, Clusters clusters, LocalPrograms programs, TimeProvider time)
{
    /// <summary>Null: the team was not granted a database of this name.</summary>
    public GrantedDatabase? Find(string team, string name) => operators.Teams.GetValueOrDefault(team)?.Databases.GetValueOrDefault(name);

    /// <summary>To run a database's programs where the operator says; none for those of this machine.</summary>
    /// <param name="looks">It is only asked.</param>
    internal IEnumerable<NeededRight> Rights(ServiceDefinition service, JsonObject parameters, bool looks) =>
        RightsIn(Find(service.Team, DatabaseStep.NameOf(parameters))?.Reach, looks);

    internal static IEnumerable<NeededRight> RightsIn(DatabaseReach? reach, bool looks) => reach switch
    {
        DatabaseReach.Job job => JobRecipe.Rights(job.CronJob is not null, looks).Select(r => r with { Place = (job.Cluster, job.Namespace) }),
        DatabaseReach.Pod pod => pod.Choice.RightsToRun().Select(r => r with { Place = (pod.Choice.Cluster, pod.Choice.Namespace) }),
        _ => [],
    };

    internal async Task<DatabasePlace> PlaceAsync(GrantedDatabase database, Occasion occasion, CancellationToken cancellation) => database.Reach switch
    {
        DatabaseReach.Job job => await InJobAsync(job, database, occasion, cancellation),
        DatabaseReach.Pod pod => await InPodAsync(pod, DatabaseSecrets.InContainer(database), cancellation),
        DatabaseReach.Program program => await HereAsync(program, null, DatabaseSecrets.Here(database), cancellation),
        var other => throw new InvalidOperationException($"no such reach: {other}"),
    };

    /// <param name="where">Where a migration tool runs.</param>
    internal async Task<DatabasePlace> ToolPlaceAsync(DatabaseReach where, string? directory, CancellationToken cancellation) => where switch
    {
        DatabaseReach.Pod pod => await InPodAsync(pod, [], cancellation),
        DatabaseReach.Program program => await HereAsync(program, directory, new Dictionary<string, string>(), cancellation),
        var other => throw new InvalidOperationException($"no such reach: {other}"),
    };

    private async Task<DatabasePlace> InPodAsync(DatabaseReach.Pod pod, IReadOnlyList<(string Name, string From)> variables, CancellationToken cancellation)
    {
        try
        {
            var api = clusters.Named(pod.Choice.Cluster);
            if (await pod.Choice.FindAsync(api, cancellation) is not { } found)
                return new DatabasePlace.Absent($"no pod runs for {pod.Choice.Text}");
            return new DatabasePlace.Found(variables.Count == 0 ? new PodPlace(api, found) : new PodWithVariables(new PodPlace(api, found), variables));
        }
        catch (KubernetesException fault)
        {
            return new DatabasePlace.Unknown($"the Kubernetes API cannot be read: {fault.Message}");
        }
    }

    private async Task<DatabasePlace> HereAsync(DatabaseReach.Program program, string? directory, IReadOnlyDictionary<string, string> files, CancellationToken cancellation)
    {
        var environment = await GrantedEnvironment.ReadAsync(
            files.ToDictionary(f => f.Key, f => new GrantedVariable(null, f.Value)), cancellation);
        if (environment.Trouble is { } trouble)
            return new DatabasePlace.Unknown(trouble);
        var values = new Dictionary<string, string>(environment.Values);
        if (program.Folder is { } folder)
            values["PATH"] = $"{folder}:{Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin"}";
        return new DatabasePlace.Found(new InFolder(new HostPlace(programs, directory, values, environment.Secrets), program.Folder));
    }

    // Programs of a folder of their own, e.g. of one version of PostgreSQL.
    private sealed class InFolder(ICommandPlace inner, string? folder) : ICommandPlace
    {
        public string Text => inner.Text;

        public Task<CommandResult> RunAsync(IReadOnlyList<string> command, TimeSpan timeout, CancellationToken cancellation) =>
            inner.RunAsync(folder is null || command[0].Contains('/', StringComparison.Ordinal) || !File.Exists(Path.Combine(folder, command[0])) ? command : [Path.Combine(folder, command[0]), .. command.Skip(1)], timeout, cancellation);
    }

    private async Task<DatabasePlace> InJobAsync(DatabaseReach.Job job, GrantedDatabase database, Occasion occasion, CancellationToken cancellation)
    {
        var tool = DatabaseJob.Tool(clusters.Named(job.Cluster), job, database);
        return occasion switch
        {
            Occasion.Step step => new DatabasePlace.Found(new JobPlace(tool, step.Context, time)),
            Occasion.Look look => new DatabasePlace.Found(new LookingJobPlace(tool, look.Context, time)),
            _ => await DatabaseJob.TryAsync(tool, cancellation) ?? new DatabasePlace.Found(new PlannedJobPlace(tool)),
        };
    }

    private sealed class PodWithVariables(PodPlace inner, IReadOnlyList<(string Name, string From)> variables) : ICommandPlace
    {
        public string Text => inner.Text;

        public Task<CommandResult> RunAsync(IReadOnlyList<string> command, TimeSpan timeout, CancellationToken cancellation) =>
            inner.RunAsync(["sh", "-c", DatabaseSecrets.Shell(variables), "sh", .. command], timeout, cancellation);
    }
}
