using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix;
using AlertRollback.Playbooks;

namespace AlertRollback.CommandLine;

/// <summary>Looks at the workloads a matrix declares, where they run: is there anything a rollback could not do there? Reads only.</summary>
internal static class ClusterCheck
{
    // Below this, the revision to go back to is soon pruned (S3).
    private const long FewestRevisions = 3;

    /// <summary>False when the cluster cannot be asked.</summary>
    public static async Task<bool> RunAsync(DecisionMatrix matrix, string kubeconfig, TextWriter output, TextWriter error, CancellationToken cancellation)
    {
        var choice = new KubernetesConnection(kubeconfig).Connect(TimeProvider.System, () => 0.5);
        if (choice.Api is not { } api)
        {
            await error.WriteLineAsync(choice.Source);
            return false;
        }

        try
        {
            foreach (var service in matrix.Services)
            {
                if (service.Workload is not { } declared)
                    continue;
                // The same name in this cluster is another workload.
                if (declared.Cluster != Clusters.Default)
                    await output.WriteLineAsync($"warning: {service.Name}: {declared.Address} was not looked at: it is in the cluster \"{declared.Cluster}\"");
                else if (WorkloadRef.Parse(declared.ToString()) is { } workload)
                    await output.WriteLineAsync(await LookAsync(api, service, workload, cancellation));
            }

            return true;
        }
        catch (KubernetesException fault)
        {
            await error.WriteLineAsync($"the cluster cannot be asked: {fault.Message}");
            return false;
        }
    }

    private static async Task<string> LookAsync(IKubernetesApi api, ServiceDefinition service, WorkloadRef workload, CancellationToken cancellation)
    {
        if (await new WorkloadReader(api).ReadAsync(workload, cancellation) is not { } found)
            return $"warning: {service.Name}: {workload} does not exist";
        if (found.RevisionHistoryLimit < FewestRevisions)
            return $"warning: {service.Name}: {workload} keeps only {found.RevisionHistoryLimit} old revisions (revisionHistoryLimit); keep at least {FewestRevisions}, or there may be nothing to go back to";
        if (found.Ownership.Owner is { } owner)
            return $"warning: {service.Name}: {workload} belongs to {owner}, which would undo a rollback made here: it will be refused";
        return $"{service.Name}: {workload} runs {found.Describe()}, {found.Revisions.Count} revisions are kept";
    }
}
