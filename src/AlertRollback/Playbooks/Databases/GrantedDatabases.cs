using AlertRollback.Kubernetes;
using AlertRollback.Operators;
using AlertRollback.Playbooks.Commands;
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
/// Databases as far as a team was granted them, by name (S15). A password goes into a program's environment and nowhere
/// else: not onto a command line, not into a pin, journal or log.
/// </summary>
public sealed class GrantedDatabases(OperatorConfiguration operators, Clusters clusters, LocalPrograms programs)
{
    /// <summary>Null: the team was not granted a database of this name.</summary>
    public GrantedDatabase? Find(string team, string name) => operators.Teams.GetValueOrDefault(team)?.Databases.GetValueOrDefault(name);

    internal async Task<DatabasePlace> PlaceAsync(GrantedDatabase database, CancellationToken cancellation) => database.Reach switch
    {
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
            return new DatabasePlace.Found(new PodWithVariables(new PodPlace(api, found), variables));
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

    // The shell's text is ours alone; the values stay in the container, and go from one variable to another.
    private sealed class PodWithVariables(PodPlace inner, IReadOnlyList<(string Name, string From)> variables) : ICommandPlace
    {
        private readonly string _shell = string.Concat(variables.Select(v => $"export {v.Name}=\"${v.From}\"; ")) + "exec \"$@\"";

        public string Text => inner.Text;

        public Task<CommandResult> RunAsync(IReadOnlyList<string> command, TimeSpan timeout, CancellationToken cancellation) =>
            inner.RunAsync(variables.Count == 0 ? command : ["sh", "-c", _shell, "sh", .. command], timeout, cancellation);
    }
}
