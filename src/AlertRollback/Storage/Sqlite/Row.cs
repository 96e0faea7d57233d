using SQLitePCL;

namespace AlertRollback.Storage.Sqlite;

/// <summary>The row a statement is on; its columns by their place, 0 first.</summary>
internal readonly ref struct Row(sqlite3_stmt statement)
{
    public long Number(int column) => raw.sqlite3_column_int64(statement, column);

    public string? Text(int column) => raw.sqlite3_column_text(statement, column).utf8_to_string();
}
