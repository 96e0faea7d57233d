using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace AlertRollback.Storage.Sqlite;

/// <summary>How the journal's file is opened: for its one writer, and for those who read beside it.</summary>
internal static class Connections
{
    // Seconds that another program, such as a backup, may hold the file before the senders are told to try again.
    private const int LongestForeignLock = 2;

    private const int LargestIdleLog = 64 * 1024 * 1024;

    public static SqliteConnection Open(string path)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = LongestForeignLock }.ToString());
        try
        {
            connection.Open();
            using var settings = connection.CreateCommand();
            settings.CommandText = $"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = {LargestIdleLog}; PRAGMA temp_store = MEMORY;";
            settings.ExecuteNonQuery();
            WaitForOthers(connection);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public static async Task<SqliteConnection> OpenToReadAsync(string path, CancellationToken cancellation)
    {
        var connection = new SqliteConnection(ToRead(path));
        try
        {
            await connection.OpenAsync(cancellation);
            WaitForOthers(connection);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Closes what is kept open for the next who reads.</summary>
    public static void Forget(string path) => SqliteConnection.ClearPool(new SqliteConnection(ToRead(path)));

    private static string ToRead(string path) => new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadOnly, Pooling = true }.ToString();

    private static void WaitForOthers(SqliteConnection connection) => raw.sqlite3_busy_timeout(connection.Handle, LongestForeignLock * 1000);
}
