namespace AlertRollback.EndToEnd.Support;

/// <summary>Queries as a file of recording rules: so Prometheus' own program accepts them, and answers them in tests of rules.</summary>
internal static class RecordingRules
{
    public static string Of(IEnumerable<(string Name, string Query)> queries) => "groups:\n  - name: queries\n    rules:\n" + string.Concat(queries.Select(q =>
        $"      - record: {q.Name}\n        expr: |\n{Indented(q.Query)}"));

    private static string Indented(string query) => string.Concat(query.TrimEnd().Split('\n').Select(line => $"          {line}\n"));
}
