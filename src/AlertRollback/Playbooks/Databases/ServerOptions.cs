using System.Globalization;
using AlertRollback.Operators;

namespace AlertRollback.Playbooks.Databases;

/// <summary>Where a database's server is, as the options that psql and redis-cli share.</summary>
internal static class ServerOptions
{
    /// <param name="user">The option that names the user, the only one in which they differ.</param>
    public static IEnumerable<string> Of(GrantedDatabase database, string user)
    {
        if (database.Host is { } host)
        {
            yield return "-h";
            yield return host;
        }

        if (database.Port is { } port)
        {
            yield return "-p";
            yield return port.ToString(CultureInfo.InvariantCulture);
        }

        if (database.User is { } name)
        {
            yield return user;
            yield return name;
        }
    }
}
