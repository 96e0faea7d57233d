using System.Globalization;
using AlertRollback.Operators;

namespace AlertRollback.Playbooks.Databases;

/// <summary>Argument lists of PostgreSQL's programs. Each statement is an argument of its own: none is a command of psql.</summary>
internal static class Psql
{
    /// <summary>What parts values and rows of an answer: characters that no sensible text has.</summary>
    public const char ValueEnd = '\x1f';
    public const char RowEnd = '\x1e';

    /// <summary>How an answer shows what has no value.</summary>
    public const string Null = "\u2400";

    /// <summary>One statement in a transaction that PostgreSQL itself keeps from writing.</summary>
    public static IReadOnlyList<string> Ask(GrantedDatabase database, string statement, TimeSpan timeout) =>
    [
        .. Begin(database),
        "-F", $"{ValueEnd}", "-R", $"{RowEnd}", "-P", $"null={Null}",
        "-c", "BEGIN READ ONLY",
        "-c", $"SET LOCAL statement_timeout = {Milliseconds(timeout)}",
        "-c", "SET LOCAL standard_conforming_strings = on",
        "-c", statement,
        "-c", "ROLLBACK",
    ];

    /// <summary>A script in one transaction, which gives up rather than making all others queue behind it.</summary>
    public static IReadOnlyList<string> Run(GrantedDatabase database, string script, TimeSpan timeout) =>
    [
        .. Begin(database),
        "-c", "BEGIN",
        "-c", $"SET LOCAL statement_timeout = {Milliseconds(timeout)}",
        "-c", "SET LOCAL lock_timeout = 30000",
        "-c", "SET LOCAL standard_conforming_strings = on",
        "-c", script,
        "-c", "COMMIT",
    ];

    /// <summary>Where the server is, for every one of its programs; a password is never among it, and never asked for.</summary>
    public static IEnumerable<string> Server(GrantedDatabase database) => ["-w", .. ServerOptions.Of(database, "-U")];

    // Terse: the details of an error may quote rows (S19).
    private static IEnumerable<string> Begin(GrantedDatabase database) =>
        [DatabasePrograms.Psql, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=terse", .. Server(database), "-d", database.Database!];

    private static string Milliseconds(TimeSpan span) => Math.Max(1, (long)span.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
}
