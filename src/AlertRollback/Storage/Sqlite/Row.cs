using System.Text;
using SQLitePCL;

namespace AlertRollback.Storage.Sqlite;

/// <summary>The row a statement is on; its columns by their place, 0 first.</summary>
internal readonly ref struct Row(sqlite3_stmt statement)
{
    public long Number(int column) => raw.sqlite3_column_int64(statement, column);

    /// <summary>Null for null. A text may have zeros in it, so its end is where SQLite says.</summary>
    public string? Text(int column) =>
        raw.sqlite3_column_type(statement, column) == raw.SQLITE_NULL ? null : Encoding.UTF8.GetString(raw.sqlite3_column_blob(statement, column));

    public byte[] Blob(int column) => raw.sqlite3_column_blob(statement, column).ToArray();
}
