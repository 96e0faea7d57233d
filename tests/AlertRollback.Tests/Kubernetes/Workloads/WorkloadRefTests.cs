using AlertRollback.Kubernetes.Workloads;

namespace AlertRollback.Tests.Kubernetes.Workloads;

public sealed class WorkloadRefTests
{
    [Theory]
    [InlineData("deployment/production/rental-api", WorkloadKind.Deployment)]
    [InlineData("statefulset/production/db", WorkloadKind.StatefulSet)]
    [InlineData("daemonset/kube-system/agent.v2", WorkloadKind.DaemonSet)]
    [InlineData("rollout/production/user-service", WorkloadKind.Rollout)]
    public void An_address_is_read_and_written_alike(string text, WorkloadKind kind)
    {
        var workload = WorkloadRef.Parse(text);

        workload!.Kind.ShouldBe(kind);
        workload.ToString().ShouldBe(text);
    }

    [Theory]
    [InlineData("")]
    [InlineData("deployment/api")]
    [InlineData("job/shop/api")]
    [InlineData("deployment/shop/../api")]
    [InlineData("deployment/shop/..")]
    [InlineData("deployment/shop/a?x=1")]
    [InlineData("deployment/shop/A")]
    [InlineData("deployment//api")]
    public void Anything_else_is_not(string text) => WorkloadRef.Parse(text).ShouldBeNull();
}
