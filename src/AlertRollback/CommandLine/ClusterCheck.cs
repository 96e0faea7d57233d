using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;

namespace AlertRollback.CommandLine;

/// <summary>Looks at what a matrix declares and names, where it is: is there anything a rollback could not do there? Reads only.</summary>
internal sealed class ClusterCheck(DecisionMatrix matrix, Catalog catalog, TextWriter output, TextWriter error)
{
    // Below this, the revision to go back to is soon pruned (S3).
    private const long FewestRevisions = 3;

    /// <summary>False when the cluster cannot be asked.</summary>
    /// <param name="user">Whose rights are asked for; null: those of the kubeconfig. Everything else is looked at with the kubeconfig's.</param>
    public async Task<bool> RunAsync(string kubeconfig, string? user, CancellationToken cancellation)
    {
        var choice = new KubernetesConnection(kubeconfig).Connect(TimeProvider.System, () => 0.5);
        if (choice.Api is not { } api)
        {
            await error.WriteLineAsync(choice.Source);
            return false;
        }

        try
        {
            var uses = new PossibleUses(matrix, catalog).All().ToLookup(u => u.Service.Name);
            foreach (var service in matrix.Services)
                await LookAsync(api, service, uses[service.Name], cancellation);
            await AskForRightsAsync(user is null ? api : new KubernetesConnection(kubeconfig) { As = user }.Connect(TimeProvider.System, () => 0.5).Api!, user, uses.SelectMany(u => u), cancellation);
            return true;
        }
        catch (KubernetesException fault)
        {
            await error.WriteLineAsync($"the cluster cannot be asked: {fault.Message}");
            return false;
        }
    }

    // As kubectl auth can-i --as does: whoever may edit the namespace of a service account may stand for it, while only few may
    // ask for another's rights without; and the server knows the account's groups.
    private async Task AskForRightsAsync(IKubernetesApi api, string? user, IEnumerable<PossibleUse> uses, CancellationToken cancellation)
    {
        var (missing, asked) = await new ClusterRights(api, user ?? "this kubeconfig").AskAsync(uses, cancellation);
        foreach (var line in missing) await output.WriteLineAsync($"warning: {line}");
        var other = user is null ? "; for those of the service account add --as system:serviceaccount:NAMESPACE:NAME" : "";
        await output.WriteLineAsync($"rights of {user ?? "this kubeconfig"}: {asked} asked for, {missing.Count} missing{other}");
    }

    private async Task LookAsync(IKubernetesApi api, ServiceDefinition service, IEnumerable<PossibleUse> uses, CancellationToken cancellation)
    {
        // The same name in this cluster is another workload.
        if (service.Workload is { Cluster: not OperatorConfiguration.DefaultCluster } other)
        {
            await output.WriteLineAsync($"warning: {service.Name}: {other.Address} was not looked at: it is in the cluster \"{other.Cluster}\"");
            return;
        }

        if (service.Workload is { } declared && WorkloadRef.Parse(declared.ToString()) is { } workload)
            foreach (var line in await LookAsync(api, workload, SuspendedOwner.Of(service), cancellation)) await output.WriteLineAsync(line.Said(service.Name));
        foreach (var missing in await new ClusterObjects(api).MissingAsync(uses, cancellation)) await output.WriteLineAsync(new Line(true, missing).Said(service.Name));
    }

    private static async Task<IReadOnlyList<Line>> LookAsync(IKubernetesApi api, WorkloadRef workload, GitopsOwner? owner, CancellationToken cancellation)
    {
        if (await new WorkloadReader(api).ReadAsync(workload, cancellation) is not { } found)
            return [new(true, $"{workload} does not exist")];
        var lines = found.Obstacles(live => owner?.Owns(live) == true).Select(o => new Line(true, $"{o}: an undo will be refused")).ToList();
        if (found.RevisionHistoryLimit < FewestRevisions)
            lines.Add(new(true, $"{workload} keeps only {found.RevisionHistoryLimit} old revisions (revisionHistoryLimit); keep at least {FewestRevisions}, or there may be nothing to go back to"));
        return [.. lines, new(false, $"{workload} runs {found.Describe()}, {found.Revisions.Count} revisions are kept")];
    }

    private sealed record Line(bool IsWarning, string Text)
    {
        public string Said(string service) => $"{(IsWarning ? "warning: " : "")}{service}: {Text}";
    }
}
