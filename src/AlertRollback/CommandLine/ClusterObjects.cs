using AlertRollback.Kubernetes;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;

namespace AlertRollback.CommandLine;

/// <summary>Looks for the objects that a service's steps and checks need and do not make themselves.</summary>
internal sealed class ClusterObjects(IKubernetesApi api)
{
    /// <param name="uses">All of one service.</param>
    /// <returns>One warning for each object that is not there, or cannot be looked at.</returns>
    /// <exception cref="KubernetesException">The cluster cannot be asked at all.</exception>
    public async Task<IReadOnlyList<string>> MissingAsync(IEnumerable<PossibleUse> uses, CancellationToken cancellation)
    {
        var needed = from use in uses
                     where use.Does is INeedsObjects
                     from o in ((INeedsObjects)use.Does).Objects(use.Service, use.Parameters)
                     group (use, o) by o.Target;
        var missing = new List<string>();
        foreach (var group in needed)
        {
            if (await TroubleAsync(group.First().o, cancellation) is { } trouble)
                missing.Add($"{trouble}: {PossibleUse.Need([.. group.Select(g => g.use)])}, which {(group.First().use.Does is IAction ? "would be refused" : "could not pass")} without");
        }

        return missing;
    }

    private async Task<string?> TroubleAsync(NeededObject needed, CancellationToken cancellation)
    {
        var target = needed.Target;
        if (!ServiceObject.IsName(target.Name))
            return $"{target} was not looked at, as its name is known only when it is asked for";
        try
        {
            // Old servers have some kinds as a beta only. Of what is read nothing is shown: it may be a Secret.
            var kind = await api.FirstServedAsync([target.Kind, target.Kind with { Version = "v1beta1" }], cancellation);
            var isThere = kind is not null && await api.GetAsync(target with { Kind = kind }, cancellation) is { BeingDeleted: false };
            return isThere || await needed.HasSuccessor(api, cancellation) ? null : $"{target} does not exist";
        }
        catch (KubernetesException fault) when (fault.Fault == KubernetesFault.Forbidden)
        {
            return $"{target} was not looked at, as this kubeconfig may not read it";
        }
    }
}
