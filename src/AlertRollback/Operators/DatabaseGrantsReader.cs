using System.Globalization;
using System.Text.RegularExpressions;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix.Yaml;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Commands;
using AlertRollback.Playbooks.Databases;

namespace AlertRollback.Operators;

/// <summary>Reads <c>databases:</c> of a team's grants.</summary>
internal sealed partial class DatabaseGrantsReader(Paths paths, FaultList faults)
{
    private static readonly string[] Kinds = ["postgresql", "mongodb", "redis"];
    private static readonly string[] Allowed = ["scripts", "restore", "migrate"];
    private static readonly string[] Tools = ["alembic", "npm", "command"];

    public IReadOnlyDictionary<string, GrantedDatabase> Read(MapReader team)
    {
        var found = new Dictionary<string, GrantedDatabase>(StringComparer.Ordinal);
        foreach (var entry in team.Names("databases"))
        {
            if (MapReader.Of(entry.Value, $"database {Shown.Quoted(entry.Key.Text)}", faults) is not { } map) continue;
            if (Read(map, entry.Key.Text) is { } database) found[entry.Key.Text] = database;
            map.Done();
        }

        return found;
    }

    private GrantedDatabase? Read(MapReader map, string name)
    {
        var word = map.RequiredText("kind", "write postgresql, mongodb or redis");
        if (word is not null && !Kinds.Contains(word.Text))
            faults.Add(word.Place, $"{map.Name("kind")} must not be {Shown.Quoted(word.Text)}", NearestName.Remedy(word.Text, Kinds, "kinds"));
        _ = SnakeCase.TryParse(word?.Text ?? "", out DatabaseKind kind);
        var (host, port) = Address(map);
        var reach = Reach(map);
        var database = new GrantedDatabase(kind, reach ?? new DatabaseReach.Program(null))
        {
            Database = Database(map, kind, name),
            User = Word(map, "user"),
            Host = host,
            Port = port,
            Password = Secret(map, "password", reach),
            Uri = Secret(map, "uri", reach),
            Allow = Allow(map),
            Backups = Backups(map, kind),
            Migrations = Migrations(map),
            Timeout = map.Duration("timeout") ?? GrantedDatabase.DefaultTimeout,
        };
        CheckSecrets(map, database);
        return database;
    }

    private string? Database(MapReader map, DatabaseKind kind, string name)
    {
        if (kind == DatabaseKind.Redis) return null;
        return map.Has("database") ? Word(map, "database") : name;
    }

    private string? Word(MapReader map, string key)
    {
        if (map.Text(key) is not { } text) return null;
        if (!Name().IsMatch(text.Text))
            faults.Add(text.Place, $"{map.Name(key)} must be a plain name, not {Shown.Quoted(text.Text)}", "letters, digits, \"_\", \"-\" and \".\"; it must not begin with a dash");
        return text.Text;
    }

    private (string? Host, int? Port) Address(MapReader map)
    {
        if (map.Text("address") is not { } text) return (null, null);
        var parts = text.Text.Split(':');
        var port = 0;
        if (parts.Length <= 2 && HostName().IsMatch(parts[0]) && (parts.Length == 1 || (int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is > 0 and < 65536)))
            return (parts[0], parts.Length == 1 ? null : port);
        faults.Add(text.Place, $"{map.Name("address")} must be a host with or without a port, not {Shown.Quoted(text.Text)}", "write it like db.example.com:5432");
        return (null, null);
    }

    private DatabaseReach? Reach(MapReader map)
    {
        var reach = Place(map, "exec", "program");
        if (reach is null)
            faults.Add(map.Place, $"{map.Name("exec")} or \"program\" must say where its programs run", "write exec: {namespace: production, pod: rental-db-0}, or program: {}");
        return reach;
    }

    // Exactly one of the two; null when there is none.
    private DatabaseReach? Place(MapReader map, string inPod, string here)
    {
        var (exec, program) = (map.Map(inPod), map.Map(here));
        if (exec is not null && program is not null)
            faults.Add(program.Place, $"{map.Name(here)} and \"{inPod}\" exclude each other", "keep one");
        var folder = program is null ? null : paths.Full(program.Text("folder"));
        program?.Done();
        return exec is not null ? Pod(exec) : program is not null ? new DatabaseReach.Program(folder) : null;
    }

    private DatabaseReach.Pod Pod(MapReader exec)
    {
        var @namespace = exec.RequiredText("namespace", "say in which namespace the pod is")?.Text ?? "";
        var cluster = exec.Text("cluster")?.Text ?? Clusters.Default;
        var (pod, selector, written) = (exec.Text("pod")?.Text, exec.Text("selector")?.Text, exec.Text("workload"));
        var workload = written is null ? null : WorkloadRef.Parse(written.Text.Replace("/", $"/{@namespace}/", StringComparison.Ordinal));
        if (written is not null && workload is null)
            faults.Add(written.Place, $"{exec.Name("workload")} is no workload", "write it like statefulset/rental-db");
        if (new[] { pod, selector, written?.Text }.Count(c => c is not null) != 1)
            faults.Add(exec.Place, $"{exec.Name("pod")}, \"workload\" and \"selector\": one of them says which pod", "write pod: rental-db-0, workload: statefulset/rental-db or selector: app=rental-db");
        else if (selector is not null && !selector.Any(char.IsAsciiLetterOrDigit))
            faults.Add(exec.Place, $"{exec.Name("selector")} is empty, which would match every pod", "write it like app=rental-db");
        var container = exec.Text("container")?.Text;
        exec.Done();
        return new DatabaseReach.Pod(new PodChoice(cluster, @namespace, workload, pod, selector, container));
    }

    private DatabaseSecret? Secret(MapReader map, string key, DatabaseReach? reach)
    {
        if (map.Map(key) is not { } secret) return null;
        var (file, variable) = (secret.Text("file"), secret.Text("variable"));
        secret.Done();
        if ((file is null) == (variable is null))
            faults.Add(secret.Place, $"{map.Name(key)} needs one of \"file\" and \"variable\"", "a file of this machine, or a variable that the container already has");
        else if (reach is DatabaseReach.Pod && file is not null)
            faults.Add(file.Place, $"{map.Name(key)}: a file of this machine cannot be brought into a pod without showing it", "name a variable of the container's own environment: {variable: POSTGRES_PASSWORD}");
        else if (reach is DatabaseReach.Program && variable is not null)
            faults.Add(variable.Place, $"{map.Name(key)}: a program of this machine gets no environment of a container", "name a file: {file: credentials/rental-db}");
        if (variable is not null && !Variable().IsMatch(variable.Text))
            faults.Add(variable.Place, $"{map.Name(key)} must be a variable's name, not {Shown.Quoted(variable.Text)}", "write it like POSTGRES_PASSWORD");
        return new DatabaseSecret(paths.Full(file), variable?.Text);
    }

    private void CheckSecrets(MapReader map, GrantedDatabase database)
    {
        if (database.Kind == DatabaseKind.Mongodb && (database.Password is not null || database.User is not null))
            faults.Add(map.Place, $"{map.Name("user")} and \"password\" of a MongoDB stand in its \"uri\"", "write uri: {variable: MONGODB_URI} or uri: {file: credentials/mongodb-uri}");
        if (database.Kind != DatabaseKind.Mongodb && database.Uri is not null)
            faults.Add(map.Place, $"{map.Name("uri")} is for MongoDB", "write address, user and password");
    }

    private IReadOnlyList<string> Allow(MapReader map)
    {
        var words = map.Texts("allow");
        foreach (var unknown in words.Where(w => !Allowed.Contains(w.Text)))
            faults.Add(unknown.Place, $"{map.Name("allow")} must not have {Shown.Quoted(unknown.Text)}", NearestName.Remedy(unknown.Text, Allowed, "allowed"));
        return [.. words.Select(w => w.Text)];
    }

    private GrantedBackups? Backups(MapReader map, DatabaseKind kind)
    {
        if (map.Map("backups") is not { } backups) return null;
        var directory = backups.RequiredText("directory", "name the directory, as the database's programs see it");
        var name = backups.Text("name");
        backups.Done();
        if (directory is not null && (!Directory().IsMatch(directory.Text) || directory.Text.Split('/').Contains("..")))
            faults.Add(directory.Place, $"{backups.Name("directory")} must be a full path of plain names, not {Shown.Quoted(directory.Text)}", "write it like /backups/postgres");
        var pattern = name?.Text ?? BackupNames.Default(kind);
        if (BackupNames.FaultOf(pattern, kind) is { } fault)
            faults.Add(name?.Place ?? backups.Place, $"{backups.Name("name")} {fault}", $"write it like {BackupNames.Default(kind)}");
        return new GrantedBackups((directory?.Text ?? "").TrimEnd('/'), pattern);
    }

    private GrantedMigrations? Migrations(MapReader map)
    {
        if (map.Map("migrations") is not { } migrations) return null;
        var tool = migrations.RequiredText("tool", "write alembic, npm or command");
        if (tool is not null && !Tools.Contains(tool.Text))
            faults.Add(tool.Place, $"{migrations.Name("tool")} must not be {Shown.Quoted(tool.Text)}", NearestName.Remedy(tool.Text, Tools, "tools"));
        var where = Place(migrations, "exec", "program");
        var (current, currentRun, down) = (migrations.Text("current")?.Text, Texts(migrations, "current_run"), Texts(migrations, "down"));
        var read = new GrantedMigrations(tool?.Text ?? "", where, current ?? MigrationTools.CurrentOf(tool?.Text), down.Count > 0 ? down : MigrationTools.DownOf(tool?.Text), Texts(migrations, "validate"))
        {
            CurrentRun = currentRun,
            Directory = paths.Full(migrations.Text("directory")),
        };
        if (read.Current is null && currentRun.Count == 0)
            faults.Add(migrations.Place, $"{migrations.Name("current")} is missing: how would it be proven?", "write SQL that answers with the migration the database is at, or current_run: [program, argument]");
        if (!read.Down.Any(d => d.Contains(MigrationTools.To, StringComparison.Ordinal)))
            faults.Add(migrations.Place, $"{migrations.Name("down")} has to have {MigrationTools.To}", "write it like [npm, run, \"migrate:down\", --, \"${to}\"]");
        migrations.Done();
        return read;
    }

    private static List<string> Texts(MapReader map, string key) => [.. map.Texts(key).Select(t => t.Text)];

    [GeneratedRegex(@"\A[A-Za-z0-9_][A-Za-z0-9_.-]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Name();

    [GeneratedRegex(@"\A[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex HostName();

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Variable();

    [GeneratedRegex(@"\A(/[A-Za-z0-9_.][A-Za-z0-9_.-]*)+/?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Directory();
}
