using System.Globalization;
using System.Text.Json.Nodes;
using AlertRollback.Operators;

namespace AlertRollback.Playbooks.Databases;

/// <summary>Argument lists of MongoDB's programs. The connection string stays in a variable: mongosh reads it there by itself.</summary>
internal static class MongoShell
{
    /// <summary>JavaScript of ours or of a file beside the matrix; values only as JSON.</summary>
    public static IReadOnlyList<string> Evaluate(GrantedDatabase database, string script) => DatabaseSecrets.UriVariable(database) is { } variable
        ? [DatabasePrograms.Mongosh, "--nodb", "--norc", "--quiet", "--eval", $"db = connect(process.env.{variable}).getSiblingDB({Text(database.Database!)})", "--eval", script]
        : [DatabasePrograms.Mongosh, "--norc", "--quiet", .. Server(database), database.Database!, "--eval", script];

    public static IEnumerable<string> Server(GrantedDatabase database)
    {
        if (database.Host is { } host)
            yield return $"--host={host}";
        if (database.Port is { } port)
            yield return $"--port={port.ToString(CultureInfo.InvariantCulture)}";
    }

    /// <summary>A text as JavaScript writes it; nothing can leave it.</summary>
    public static string Text(string text) => JsonValue.Create(text).ToJsonString();
}
