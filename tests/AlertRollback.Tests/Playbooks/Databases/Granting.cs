using AlertRollback.Kubernetes;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Databases;
using AlertRollback.Playbooks.Programs;
using AlertRollback.Tests.Playbooks.Checks;

namespace AlertRollback.Tests.Playbooks.Databases;

/// <summary>The team rental with one database, called <c>rental</c>.</summary>
internal static class Granting
{
    public static GrantedDatabases Of(GrantedDatabase database, LocalPrograms? programs = null, IKubernetesApi? api = null, TimeProvider? time = null) => new(
        Asking.Granting(new TeamGrants { Databases = new Dictionary<string, GrantedDatabase> { ["rental"] = database } }),
        new Clusters(api ?? new NoCluster("no cluster is needed")),
        programs ?? new LocalPrograms(TimeProvider.System),
        time ?? TimeProvider.System);

    public static string Shipped(string file, [System.Runtime.CompilerServices.CallerFilePath] string here = "") =>
        File.ReadAllText(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "..", "alert-rules", file));
}
