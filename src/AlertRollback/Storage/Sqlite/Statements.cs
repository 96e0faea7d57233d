using System.Globalization;
using Microsoft.Data.Sqlite;

namespace AlertRollback.Storage.Sqlite;

/// <summary>The writer's prepared statements. Times are Unix milliseconds, UTC. Used by one thread only.</summary>
internal sealed class Statements(SqliteConnection connection) : IDisposable
{
    private readonly Dictionary<string, SqliteCommand> _prepared = new(StringComparer.Ordinal);

    /// <summary>Runs a statement with its parameters in the order they are named in it; answers with the rows changed.</summary>
    public int Run(string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        var rows = Prepare(sql, parameters).ExecuteNonQuery();
        Changed |= rows > 0;
        return rows;
    }

    /// <summary>Whether any row was changed since this was last set to false.</summary>
    public bool Changed { get; set; }

    public long LastRowId => (long)Prepare("SELECT last_insert_rowid()", []).ExecuteScalar()!;

    /// <summary>The first value of the first row, as text.</summary>
    public string Text(string sql) => Convert.ToString(Prepare(sql, []).ExecuteScalar(), CultureInfo.InvariantCulture) ?? "";

    private SqliteCommand Prepare(string sql, ReadOnlySpan<(string Name, object Value)> parameters)
    {
        if (!_prepared.TryGetValue(sql, out var command))
        {
            command = connection.CreateCommand();
            command.CommandText = sql;
            foreach (var (name, value) in parameters)
                command.Parameters.AddWithValue(name, value);
            command.Prepare();
            _prepared[sql] = command;
            return command;
        }

        foreach (var (name, value) in parameters)
            command.Parameters[name].Value = value;
        return command;
    }

    public void Dispose()
    {
        foreach (var command in _prepared.Values)
            command.Dispose();
    }
}
