using Microsoft.Data.Sqlite;

namespace AlertRollback.EndToEnd.Support;

/// <summary>One event of a service's journal.</summary>
internal sealed record JournalEvent(long Sequence, string Stream, long At, string Type, string Data);

/// <summary>A running or dead service's journal, only read.</summary>
internal static class JournalFile
{
    public static IReadOnlyList<JournalEvent> Events(string path)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT sequence, stream, at, type, data FROM events ORDER BY sequence";
        using var reader = command.ExecuteReader();
        var events = new List<JournalEvent>();
        while (reader.Read())
            events.Add(new JournalEvent(reader.GetInt64(0), reader.GetString(1), reader.GetInt64(2), reader.GetString(3), reader.GetString(4)));
        return events;
    }
}
