using AlertRollback.Kubernetes;
using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Tests.Kubernetes.Workloads;

namespace AlertRollback.Tests.Playbooks;

public sealed class ClustersTests
{
    [Fact]
    public void Each_service_finds_the_cluster_its_workload_names_and_others_are_connected_to_when_first_asked()
    {
        var (main, west) = (new InMemoryKubernetes(), new InMemoryKubernetes());
        var connected = 0;
        var clusters = new Clusters(main, new Dictionary<string, Lazy<IKubernetesApi>>
        {
            ["west"] = new(() =>
            {
                connected++;
                return west;
            }),
        });

        clusters.Of(ServiceIn("default")).ShouldBe(main);
        connected.ShouldBe(0);
        clusters.Of(ServiceIn("west")).ShouldBe(west);
        clusters.Of(ServiceIn("west")).ShouldBe(west);
        connected.ShouldBe(1);
        clusters.Of(ServiceIn("east")).ShouldBeOfType<NoCluster>();
    }

    [Theory]
    [InlineData("default", "deployment/staging/api", "staging")]
    [InlineData("west", "west/deployment/staging/api", "west/staging")]
    public void A_workload_of_another_cluster_says_so_in_its_address_and_its_grant(string cluster, string address, string grant)
    {
        var workload = ServiceIn(cluster).Workload!;
        (workload.Address, workload.GrantedNamespace).ShouldBe((address, grant));
    }

    private static ServiceDefinition ServiceIn(string cluster) => new("rental", "rental-api", new WorkloadDefinition("deployment", "staging", "api", cluster), null, null, null);
}
