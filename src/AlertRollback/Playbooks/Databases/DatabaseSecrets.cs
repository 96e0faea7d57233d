using AlertRollback.Operators;

namespace AlertRollback.Playbooks.Databases;

/// <summary>The environment variables that bring a database's secret to its programs.</summary>
internal static class DatabaseSecrets
{
    private const string Uri = "MONGODB_URI";

    /// <summary>By name, the container's own variable that each is copied from; what already has its name is left.</summary>
    public static IReadOnlyList<(string Name, string From)> InContainer(GrantedDatabase database) =>
        database.Password?.Variable is { } from && from != Name(database.Kind) ? [(Name(database.Kind), from)] : [];

    /// <summary>A shell's text that copies variables and runs its arguments. It is ours alone; the values stay in the container.</summary>
    /// <param name="more">What else the arguments' program gets, e.g. where its errors go.</param>
    public static string Shell(IReadOnlyList<(string Name, string From)> variables, string more = "") =>
        string.Concat(variables.Select(v => $"export {v.Name}=\"${v.From}\"; ")) + $"exec \"$@\"{more}";

    /// <summary>By name, the key of a Secret that Kubernetes fills each with.</summary>
    public static IReadOnlyList<(string Name, SecretKey From)> InJob(GrantedDatabase database) => database switch
    {
        { Password.Key: { } key } => [(Name(database.Kind), key)],
        { Uri.Key: { } key } => [(Uri, key)],
        _ => [],
    };

    /// <summary>By name, the file that each is read from.</summary>
    public static IReadOnlyDictionary<string, string> Here(GrantedDatabase database) => database switch
    {
        { Password.File: { } file } => new Dictionary<string, string> { [Name(database.Kind)] = file },
        { Uri.File: { } file } => new Dictionary<string, string> { [Uri] = file },
        _ => new Dictionary<string, string>(),
    };

    /// <summary>The variable with MongoDB's connection string; null: there is none.</summary>
    public static string? UriVariable(GrantedDatabase database) => database.Uri is { } uri ? uri.Variable ?? Uri : null;

    private static string Name(DatabaseKind kind) => kind == DatabaseKind.Redis ? "REDISCLI_AUTH" : "PGPASSWORD";
}
