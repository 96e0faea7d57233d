namespace AlertRollback.Playbooks.Databases;

/// <summary>A script that is carried out in one transaction: all of it or nothing.</summary>
internal static class SqlScript
{
    private static readonly string[] Transactions = ["BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE", "PREPARE"];

    /// <summary>The script without a transaction of its own around it, or why it cannot be carried out in one.</summary>
    public static (string Body, string? Fault) Of(string text)
    {
        var sql = new SqlText(text);
        if (sql.Fault is { } fault)
            return ("", fault);
        var statements = sql.Statements.ToList();
        if (statements.Count > 2 && First(statements[0]) is "BEGIN" or "START" && First(statements[^1]) is "COMMIT" or "END")
            statements = statements[1..^1];
        if (statements.Count == 0)
            return ("", "there is no SQL");
        return statements.Find(s => Transactions.Contains(First(s)) && !(First(s) == "PREPARE" && s.Words.ElementAtOrDefault(1) != "TRANSACTION")) is { } own
            ? ("", $"{First(own)} in the middle of the script: all of it is one transaction")
            : (string.Join(";\n", statements.Select(sql.Of)), null);
    }

    private static string First(SqlStatement statement) => statement.Words.Count == 0 ? "" : statement.Words[0];
}
