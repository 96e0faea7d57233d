namespace AlertRollback.Playbooks.Databases;

/// <summary>What a query answered: rows of values; null is what has no value.</summary>
internal sealed record SqlAnswer(IReadOnlyList<IReadOnlyList<string?>> Rows)
{
    public static SqlAnswer Of(string output)
    {
        if (output.Length == 0)
            return new SqlAnswer([]);
        var text = output.EndsWith('\n') ? output[..^1] : output;
        return new SqlAnswer([.. text.Split(Psql.RowEnd).Select(row => (IReadOnlyList<string?>)[.. row.Split(Psql.ValueEnd).Select(v => v == Psql.Null ? null : v)])]);
    }

    public bool HasNull => Rows.Any(r => r.Contains(null));

    /// <summary>The one value; null when there are more or fewer.</summary>
    public string? Value => Rows is [[var only]] ? only : null;

    /// <summary>For people, in one line.</summary>
    public string Text => string.Join(", ", Rows.Select(r => string.Join(" ", r.Select(v => (v ?? "null").ReplaceLineEndings(" ")))));
}
