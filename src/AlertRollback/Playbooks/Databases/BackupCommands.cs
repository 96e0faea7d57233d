using AlertRollback.Operators;
using AlertRollback.Playbooks.Commands;

namespace AlertRollback.Playbooks.Databases;

/// <summary>Argument lists that make, prove and restore one file of a backup. What is a shell's text is ours alone; values are its arguments.</summary>
internal static class BackupCommands
{
    private const string Compressed = ".sql.gz";

    // Gives up rather than waiting for ever behind somebody's open transaction.
    private const string WithLockTimeout = "export PGOPTIONS=\"-c lock_timeout=60s\"; exec \"$@\"";

    // The connection string goes from a variable into the program's configuration, which is its input.
    private const string WithUri = "v=$1; shift; eval \"u=\\${$v}\"; printf 'uri: \"%s\"\\n' \"$u\" | \"$@\" --config=/dev/stdin";

    // One transaction: whatever cannot be read or carried out takes all of it back.
    private const string Restore =
        "f=$1; clear=$2; shift 2; { gunzip -c \"$f\" | grep -q '^DROP ' || printf '%s\\n' \"$clear\"; gunzip -c \"$f\" || echo 'the backup cannot be read;'; } | \"$@\"";

    private const string EndsWell = "gunzip -c \"$1\" | tail -c 400 | grep -q 'database dump complete'";

    // A dump that drops nothing by itself goes into an empty schema. What belongs to an extension, and who may do what, stays.
    private const string Clear = """
        DO $clear$ DECLARE one text; BEGIN
        FOR one IN
          SELECT format('DROP %s IF EXISTS public.%I CASCADE', CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END, relname)
          FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
          UNION ALL SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', p.oid::regprocedure)
          FROM pg_proc p WHERE pronamespace = 'public'::regnamespace AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
          UNION ALL SELECT format('DROP TYPE IF EXISTS public.%I CASCADE', typname)
          FROM pg_type t WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd') AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = t.oid AND d.deptype = 'e')
        LOOP EXECUTE one; END LOOP; END $clear$;
        """;

    /// <summary>Whether a backup of this name is SQL, packed; else it is a PostgreSQL archive.</summary>
    public static bool IsScript(string name) => name.EndsWith(Compressed, StringComparison.Ordinal);

    /// <param name="tables">Only these; empty: all.</param>
    public static IReadOnlyList<string> Make(GrantedDatabase database, string path, IReadOnlyList<string> tables, string? collection) => database.Kind == DatabaseKind.Mongodb
        ? Mongo(database, [DatabasePrograms.MongoDump, $"--db={database.Database}", .. collection is null ? [] : new[] { $"--collection={collection}" }, "--gzip", $"--archive={path}"])
        : [DatabasePrograms.PgDump, .. Psql.Server(database), "-d", database.Database!, .. IsScript(database.Backups!.Name) ? new[] { "-Fp", "-Z", "6", "--clean", "--if-exists" } : ["-Fc"],
            .. tables.Count > 0 ? ["--strict-names", .. tables.SelectMany(t => new[] { "-t", t })] : Array.Empty<string>(), "-f", path];

    /// <summary>What has to end well for a file to be proven readable, from its beginning to its end.</summary>
    public static IEnumerable<IReadOnlyList<string>> Prove(GrantedDatabase database, string path, string name)
    {
        yield return ["test", "-s", path];
        if (database.Kind == DatabaseKind.Mongodb)
        {
            yield return ["gzip", "-t", path];
            yield return Mongo(database, [DatabasePrograms.MongoRestore, "--dryRun", "--gzip", $"--nsInclude={database.Database}.*", $"--archive={path}"]);
        }
        else if (IsScript(name))
        {
            yield return ["gzip", "-t", path];
            yield return ["sh", "-c", EndsWell, "sh", path];
        }
        else
        {
            // The list stands at its beginning; only reading all of it finds out that its end is missing.
            yield return [DatabasePrograms.PgRestore, "--list", path];
            yield return [DatabasePrograms.PgRestore, "-f", "/dev/null", path];
        }
    }

    /// <summary>Whether a proof that did not end well says anything of the file, not only that it could not be read here.</summary>
    public static bool SaysOfTheFile(IReadOnlyList<string> proof, CommandResult.Ended bad)
    {
        // A shell's words for a program that cannot be run, or was ended by a signal: no memory, no time.
        if (bad.ExitCode >= 126)
            return false;

        // It connects before it reads, and has one exit code for whatever is wrong.
        var said = bad.LastLine;
        return !proof.Contains(DatabasePrograms.MongoRestore)
            || (!said.Contains("connect", StringComparison.OrdinalIgnoreCase)
                && new[] { "archive", "corrupt" }.Any(w => said.Contains(w, StringComparison.OrdinalIgnoreCase)));
    }

    /// <summary>PostgreSQL: all of it or nothing. MongoDB knows no such thing: each collection is dropped and filled again.</summary>
    public static IReadOnlyList<string> PutBack(GrantedDatabase database, string path) => database.Kind == DatabaseKind.Mongodb
        ? Mongo(database, [DatabasePrograms.MongoRestore, "--drop", "--gzip", $"--nsInclude={database.Database}.*", $"--archive={path}"])
        : IsScript(path)
            ? ["sh", "-c", Restore, "sh", path, Clear, "sh", "-c", WithLockTimeout, "sh", DatabasePrograms.Psql, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=terse", .. Psql.Server(database), "-d", database.Database!, "-o", "/dev/null", "-1", "-f", "-"]
            : ["sh", "-c", WithLockTimeout, "sh", DatabasePrograms.PgRestore, .. Psql.Server(database), "-d", database.Database!, "--clean", "--if-exists", "--single-transaction", "--exit-on-error", path];

    private static IReadOnlyList<string> Mongo(GrantedDatabase database, IReadOnlyList<string> command) => DatabaseSecrets.UriVariable(database) is { } variable
        ? ["sh", "-c", WithUri, "sh", variable, .. command]
        : [command[0], .. MongoShell.Server(database), .. command.Skip(1)];
}
