using AlertRollback.Sandbox.Cluster;
using AlertRollback.Tests.Kubernetes.Workloads;

namespace AlertRollback.Tests.Sandbox.Cluster;

/// <summary>The tests of the real cluster, unchanged, on the pretend one.</summary>
public sealed class WorkloadsOnSandboxTests : WorkloadsOnClusterTests
{
    private SandboxCluster? cluster;

    public override async ValueTask DisposeAsync()
    {
        if (cluster is not null) await cluster.DisposeAsync();
    }

    protected override async Task<string> KubeconfigAsync()
    {
        cluster = await SandboxCluster.StartAsync(SandboxClusterOptions.Leisurely, new HastyTime(factor: 50));
        return cluster.KubeconfigPath;
    }
}
