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
                    foreach (var line in await LookAsync(api, workload, cancellation)) await output.WriteLineAsync(line.Said(service.Name));
            }

            return true;
        }
        catch (KubernetesException fault)
        {
            await error.WriteLineAsync($"the cluster cannot be asked: {fault.Message}");
            return false;
        }
    }

    private static async Task<IReadOnlyList<Line>> LookAsync(IKubernetesApi api, WorkloadRef workload, CancellationToken cancellation)
    {
        if (await new WorkloadReader(api).ReadAsync(workload, cancellation) is not { } found)
            return [new(true, $"{workload} does not exist")];
        var lines = found.Obstacles.Select(o => new Line(true, $"{o}: an undo will be refused")).ToList();
        if (found.RevisionHistoryLimit < FewestRevisions)
            lines.Add(new(true, $"{workload} keeps only {found.RevisionHistoryLimit} old revisions (revisionHistoryLimit); keep at least {FewestRevisions}, or there may be nothing to go back to"));
        return [.. lines, new(false, $"{workload} runs {found.Describe()}, {found.Revisions.Count} revisions are kept")];
    }

    private sealed record Line(bool IsWarning, string Text)
    {
        public string Said(string service) => $"{(IsWarning ? "warning: " : "")}{service}: {Text}";
    }
}
