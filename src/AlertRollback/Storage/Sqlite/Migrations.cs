using Microsoft.Data.Sqlite;

namespace AlertRollback.Storage.Sqlite;

/// <summary>The schema, step by step. A step is never edited once it was released; the next change is a new step.</summary>
internal static class Migrations
{
    private static readonly IReadOnlyList<string> Steps =
    [
        // 1: receipts are work, marks are deduplication, events are the truth, cursors and documents are conveniences
        """
        CREATE TABLE receipts (
            number  INTEGER PRIMARY KEY AUTOINCREMENT,
            at      INTEGER NOT NULL,
            body    BLOB NOT NULL,
            decided INTEGER NOT NULL DEFAULT 0
        );
        CREATE INDEX receipts_pending ON receipts (number) WHERE decided = 0;
        CREATE TABLE marks (
            mark  TEXT PRIMARY KEY,
            at    INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE heard (
            fingerprint TEXT PRIMARY KEY,
            at          INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE events (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            stream   TEXT NOT NULL,
            at       INTEGER NOT NULL,
            type     TEXT NOT NULL,
            data     TEXT NOT NULL
        );
        CREATE TABLE cursors (
            announcer TEXT NOT NULL,
            stream    TEXT NOT NULL,
            sequence  INTEGER NOT NULL,
            remote    TEXT NOT NULL,
            PRIMARY KEY (announcer, stream)
        ) WITHOUT ROWID;
        CREATE TABLE documents (
            name    TEXT PRIMARY KEY,
            content TEXT NOT NULL
        ) WITHOUT ROWID;
        """,

        // 2: marks and hearsay wait in their receipts, up to the one that is indexed; a repeat brings hearsay alone
        """
        ALTER TABLE receipts ADD COLUMN mark TEXT;
        ALTER TABLE receipts ADD COLUMN fingerprints TEXT;
        CREATE TABLE indexed (number INTEGER NOT NULL);
        INSERT INTO indexed SELECT coalesce(max(number), 0) FROM receipts;
        """,

        // 3: a receipt changes no page but its own; the writer numbers them, and what is pending lies behind the last that is decided
        """
        CREATE TABLE receipts_3 (
            number       INTEGER PRIMARY KEY,
            at           INTEGER NOT NULL,
            decided      INTEGER NOT NULL,
            mark         TEXT,
            fingerprints TEXT,
            body         BLOB NOT NULL
        );
        INSERT INTO receipts_3 SELECT number, at, decided, mark, fingerprints, body FROM receipts;
        CREATE TABLE decided (number INTEGER NOT NULL);
        INSERT INTO decided SELECT coalesce(
            (SELECT min(number) - 1 FROM receipts WHERE decided = 0), (SELECT max(number) FROM receipts), (SELECT number FROM indexed));
        DROP TABLE receipts;
        ALTER TABLE receipts_3 RENAME TO receipts;
        """,

        // 4: marks and hearsay are known in memory; on the disk they stay with their receipts, and later many in one row
        """
        CREATE TABLE bundles (
            number INTEGER PRIMARY KEY,
            newest INTEGER NOT NULL,
            marks  BLOB NOT NULL,
            heard  BLOB NOT NULL
        );
        INSERT INTO bundles SELECT
            number,
            max(coalesce((SELECT max(at) FROM marks), 0), coalesce((SELECT max(at) FROM heard), 0)),
            (SELECT coalesce(unhex(group_concat(hex(text_key(mark)), '')), x'') FROM marks),
            (SELECT coalesce(unhex(group_concat(hex(text_key(fingerprint)) || printf('%016x', at), '')), x'') FROM heard)
        FROM indexed WHERE EXISTS (SELECT 1 FROM marks) OR EXISTS (SELECT 1 FROM heard);
        DROP TABLE marks;
        DROP TABLE heard;
        ALTER TABLE indexed RENAME TO bundled;
        """,
    ];

    public static int Newest => Steps.Count;

    /// <summary>For tests that need a journal as an earlier version left it.</summary>
    internal static string Step(int version) => Steps[version - 1];

    /// <exception cref="JournalUnavailableException">The journal was written by a newer version.</exception>
    public static void Run(SqliteConnection connection)
    {
        var version = Convert.ToInt32(Scalar(connection, "PRAGMA user_version"), System.Globalization.CultureInfo.InvariantCulture);
        if (version > Newest)
            throw new JournalUnavailableException($"the journal has schema version {version}, this program knows {Newest} at most: it was written by a newer version");

        if (version < Newest)
            connection.CreateFunction("text_key", (string text) => Bundle.OfMarks([TextKey.Of(text)]).ToArray());
        for (; version < Newest; version++)
        {
            using var transaction = connection.BeginTransaction();
            Execute(connection, transaction, Steps[version]);
            Execute(connection, transaction, $"PRAGMA user_version = {version + 1}");
            transaction.Commit();
        }
    }

    private static object? Scalar(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    private static void Execute(SqliteConnection connection, SqliteTransaction transaction, string sql)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
