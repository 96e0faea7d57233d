using AlertRollback.Kubernetes;
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
                      where use.Does is INeedsRights && Clusters.NameOf(use.Service) == Clusters.Default && ServiceObject.NamespaceOf(use.Service) is not null
                      from right in ((INeedsRights)use.Does).Rights(use.Service, use.Parameters)
                      group use by (Namespace: ServiceObject.NamespaceOf(use.Service)!, Right: right)).ToList();
        var missing = new List<string>();
        foreach (var group in needed)
        {
            var (space, right) = group.Key;
            if (await api.MayAsync(right.Verb, right.Group, right.Resource, space, cancellation))
                continue;
            missing.Add($"{who} may not {right.Verb} {right.Resource}{(right.Group.Length > 0 ? $" of {right.Group}" : "")} in {space}: {PossibleUse.Need([.. group])}; deploy/{right.GrantedBy} grants it");
        }

        return (missing, needed.Count);
    }
}
