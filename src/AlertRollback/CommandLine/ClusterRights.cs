using AlertRollback.Kubernetes;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;

namespace AlertRollback.CommandLine;

/// <summary>Asks the API server for the rights that steps need.</summary>
/// <param name="who">Whose rights they are, for people.</param>
internal sealed class ClusterRights(IKubernetesApi api, string who)
{
    /// <returns>A warning for each right that is missing, and how many there are in all.</returns>
    /// <exception cref="KubernetesException">They cannot be asked for.</exception>
    public async Task<(IReadOnlyList<string> Missing, int Asked)> AskAsync(IEnumerable<PossibleUse> uses, CancellationToken cancellation)
    {
        var needed = (from use in uses
                      where use.Does is INeedsRights
                      from right in ((INeedsRights)use.Does).Rights(use.Service, use.Parameters)
                      where (right.Place?.Cluster ?? Clusters.NameOf(use.Service)) == OperatorConfiguration.DefaultCluster
                      let space = right.Place?.Namespace ?? ServiceObject.NamespaceOf(use.Service) ?? use.Service.Namespace
                      where space is not null
                      group use by (Namespace: space, Right: right)).ToList();
        var missing = new List<string>();
        foreach (var group in needed)
        {
            var (space, right) = group.Key;
            if (await api.MayAsync(right.Verb, right.Group, right.Resource, right.Name, space, cancellation))
                continue;
            var where = $"{(right.Name is { } name ? $" called {name}" : "")}{(space.Length > 0 ? $" in {space}" : "")}";
            missing.Add($"{who} may not {right.Verb} {right.Resource}{(right.Group.Length > 0 ? $" of {right.Group}" : "")}{where}: {PossibleUse.Need([.. group])}; {Granted(right)}");
        }

        return (missing, needed.Count);
    }

    private static string Granted(NeededRight right) =>
        right.GrantedBy is { } folder ? $"deploy/{folder} grants it" : $"nothing in deploy/ grants it: write a {(right.Place is (_, "") ? "ClusterRole" : "Role")} of your own";
}
