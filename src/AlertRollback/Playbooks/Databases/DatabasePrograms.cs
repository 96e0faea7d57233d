using AlertRollback.Operators;

namespace AlertRollback.Playbooks.Databases;

/// <summary>The programs of the databases' makers, by the names that all argument lists call them by.</summary>
internal static class DatabasePrograms
{
    public const string Psql = "psql";
    public const string PgDump = "pg_dump";
    public const string PgRestore = "pg_restore";
    public const string Mongosh = "mongosh";
    public const string MongoDump = "mongodump";
    public const string MongoRestore = "mongorestore";
    public const string RedisCli = "redis-cli";

    /// <summary>Those that a granted database is asked, backed up and restored by.</summary>
    public static IReadOnlyList<string> Of(GrantedDatabase database) => database switch
    {
        { Kind: DatabaseKind.Redis } => [RedisCli],
        { Kind: DatabaseKind.Mongodb, Backups: null } => [Mongosh],
        { Kind: DatabaseKind.Mongodb } => [Mongosh, MongoDump, MongoRestore],
        { Backups: null } => [Psql],
        // What is a script of SQL is carried out by psql.
        { Backups: var backups } => BackupCommands.IsScript(backups.Name) ? [Psql, PgDump] : [Psql, PgDump, PgRestore],
    };
}
