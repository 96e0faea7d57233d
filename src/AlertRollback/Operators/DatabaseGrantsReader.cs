using System.Globalization;
using System.Text.RegularExpressions;
using AlertRollback.Yaml;

namespace AlertRollback.Operators;

/// <summary>Reads <c>databases:</c> of a team's grants.</summary>
internal sealed partial class DatabaseGrantsReader(Paths paths, FaultList faults)
{
    private static readonly string[] Kinds = ["postgresql", "mongodb", "redis"];
    private static readonly string[] Allowed = ["scripts", "restore", "migrate"];
    private static readonly string[] Tools = ["alembic", "npm", "command"];

    private readonly DatabasePlacesReader _places = new(paths, faults);

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
        var reach = _places.Reach(map);
        var database = new GrantedDatabase(kind, reach ?? new DatabaseReach.Program(null))
        {
            Database = Database(map, kind, name),
            User = Word(map, "user"),
            Host = host,
            Port = port,
            Password = _places.Secret(map, "password", reach),
            Uri = _places.Secret(map, "uri", reach),
            Allow = Allow(map),
            Backups = Backups(map, kind),
            Migrations = Migrations(map),
            Timeout = map.Duration("timeout") ?? GrantedDatabase.DefaultTimeout,
        };
        CheckSecrets(map, database);
        CheckJob(map, database);
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

    private void CheckSecrets(MapReader map, GrantedDatabase database)
    {
        if (database.Kind == DatabaseKind.Mongodb && (database.Password is not null || database.User is not null))
            faults.Add(map.Place, $"{map.Name("user")} and \"password\" of a MongoDB stand in its \"uri\"", "write uri: {variable: MONGODB_URI} or uri: {file: credentials/mongodb-uri}");
        if (database.Kind != DatabaseKind.Mongodb && database.Uri is not null)
            faults.Add(map.Place, $"{map.Name("uri")} is for MongoDB", "write address, user and password");
    }

    // A plan runs no Job, so that what it needs to know has to be known otherwise.
    private void CheckJob(MapReader map, GrantedDatabase database)
    {
        if (database.Reach is not DatabaseReach.Job job) return;
        if (database.Allow.Contains("migrate") && database.Migrations is not { CurrentRun.Count: > 0 })
            faults.Add(map.PlaceOf("allow") ?? map.Place, $"{map.Name("allow")} has \"migrate\", but a plan runs no Job to ask which migration it is at", "write current_run under migrations, which is run where the tool is, or reach it by exec or program");
        if (job is { Image: not null, Claim: null } && database.Backups is not null)
            faults.Add(map.PlaceOf("backups") ?? map.Place, $"{map.Name("backups")} would be gone with the pod of each Job", "write job: {image: …, claim: NAME} with the volume claim that holds them, or name a CronJob that mounts it");
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
        var (name, listing) = (backups.Text("name"), Texts(backups, "list"));
        if (listing is [var only] && only.Any(char.IsWhiteSpace))
            faults.Add(backups.PlaceOf("list") ?? backups.Place, $"{backups.Name("list")} is a program and its arguments as a list, not one line: there is no shell", "write it like [aws, s3, ls, \"s3://backups/rental/\"]");
        backups.Done();
        if (directory is not null && (!Directory().IsMatch(directory.Text) || directory.Text.Split('/').Contains("..")))
            faults.Add(directory.Place, $"{backups.Name("directory")} must be a full path of plain names, not {Shown.Quoted(directory.Text)}", "write it like /backups/postgres");
        var pattern = name?.Text ?? BackupPattern.Default(kind);
        if (BackupPattern.FaultOf(pattern, kind) is { } fault)
            faults.Add(name?.Place ?? backups.Place, $"{backups.Name("name")} {fault}", $"write it like {BackupPattern.Default(kind)}");
        var granted = new GrantedBackups((directory?.Text ?? "").TrimEnd('/'), pattern);
        return listing.Count == 0 ? granted : granted with { Listing = listing };
    }

    private GrantedMigrations? Migrations(MapReader map)
    {
        if (map.Map("migrations") is not { } migrations) return null;
        var tool = migrations.RequiredText("tool", "write alembic, npm or command");
        if (tool is not null && !Tools.Contains(tool.Text))
            faults.Add(tool.Place, $"{migrations.Name("tool")} must not be {Shown.Quoted(tool.Text)}", NearestName.Remedy(tool.Text, Tools, "tools"));
        var where = _places.Place(migrations, "exec", "program");
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

    [GeneratedRegex(@"\A(/[A-Za-z0-9_.][A-Za-z0-9_.-]*)+/?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Directory();
}
