namespace AlertRollback.Operators;

/// <summary>Whose programs a database is asked by.</summary>
public enum DatabaseKind { Postgresql, Mongodb, Redis }

/// <summary>A database the team may ask, and whatever else <see cref="Allow"/> says.</summary>
/// <param name="Reach">Where its programs (psql, mongosh, redis-cli …) are run.</param>
public sealed record GrantedDatabase(DatabaseKind Kind, DatabaseReach Reach)
{
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(15);

    /// <summary>Its name on the server; null for Redis.</summary>
    public string? Database { get; init; }

    public string? User { get; init; }

    /// <summary>Host and port of the server as its programs reach it; null: their own default, in a server's pod its socket.</summary>
    public string? Host { get; init; }

    public int? Port { get; init; }

    /// <summary>For PostgreSQL and Redis; null: none is needed.</summary>
    public DatabaseSecret? Password { get; init; }

    /// <summary>MongoDB's connection string with all that it needs; null: the server of the pod itself, without a user.</summary>
    public DatabaseSecret? Uri { get; init; }

    /// <summary>Scripts that change it, restoring a backup, taking migrations back; asking and backing up need no word here.</summary>
    public IReadOnlyList<string> Allow { get; init; } = [];

    public GrantedBackups? Backups { get; init; }

    public GrantedMigrations? Migrations { get; init; }

    /// <summary>Longest wait for a script, a backup, a restore or a migration.</summary>
    public TimeSpan Timeout { get; init; } = DefaultTimeout;
}

/// <summary>How a database's programs are reached.</summary>
public abstract record DatabaseReach
{
    /// <summary>In a container of a pod.</summary>
    public sealed record Pod(PodChoice Choice) : DatabaseReach;

    /// <summary>On the machine of this service.</summary>
    /// <param name="Folder">Where the programs are; null: they are looked up on PATH.</param>
    public sealed record Program(string? Folder) : DatabaseReach;

    /// <summary>Each in a Job of its own: a run of a CronJob with another command, or a pod of an image.</summary>
    /// <param name="Container">Which one of the CronJob's; null: its only one.</param>
    /// <param name="Account">The service account of an image's pod; null: the namespace's default one. Its token is not mounted.</param>
    /// <param name="Claim">The volume claim that an image's pod mounts where the backups lie; null: none.</param>
    /// <param name="Keep">How long a Job is left to be looked at after its end.</param>
    public sealed record Job(string Cluster, string Namespace, string? CronJob, string? Image, string? Container, string? Account, string? Claim, TimeSpan Keep) : DatabaseReach;
}

/// <summary>
/// A secret that is never on a command line: a file of this machine, a variable that the container already has, or a key of
/// a Secret, which Kubernetes itself puts into the environment of a Job's container.
/// </summary>
public sealed record DatabaseSecret(string? File, string? Variable, SecretKey? Key = null);

/// <summary>One key of a Secret in the namespace of the Job that gets it.</summary>
public sealed record SecretKey(string Secret, string Key);

/// <summary>Where a database's backups lie, as its programs see it.</summary>
/// <param name="Name">A file name with <c>${time}</c>; its ending says the format.</param>
public sealed record GrantedBackups(string Directory, string Name)
{
    /// <summary>
    /// A program that lists where backups are kept besides, such as object storage; each line ends in a file's name, also
    /// below a path. Empty: nowhere else.
    /// </summary>
    public IReadOnlyList<string> Listing { get; init; } = [];
}

/// <summary>How migrations are taken back.</summary>
/// <param name="Tool"><c>alembic</c>, <c>npm</c> or <c>command</c>.</param>
/// <param name="Where">Where the tool runs, with the code that holds the migrations; null: a pod of the service.</param>
/// <param name="Current">SQL that answers with the migration the database is at.</param>
/// <param name="Down">Program and arguments, with <c>${to}</c>.</param>
/// <param name="Validate">A program that judges the database afterwards; empty: none.</param>
public sealed record GrantedMigrations(string Tool, DatabaseReach? Where, string? Current, IReadOnlyList<string> Down, IReadOnlyList<string> Validate)
{
    /// <summary>A program that prints the migration the database is at; empty: <see cref="Current"/> is asked.</summary>
    public IReadOnlyList<string> CurrentRun { get; init; } = [];

    /// <summary>Where the tool runs on this machine; null: the root directory.</summary>
    public string? Directory { get; init; }
}
