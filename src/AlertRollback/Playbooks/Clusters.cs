using AlertRollback.Kubernetes;
using AlertRollback.Matrix;
using AlertRollback.Operators;

namespace AlertRollback.Playbooks;

/// <summary>The operator's clusters by name; <c>default</c> is the one under <c>kubernetes:</c>.</summary>
/// <param name="others">Connected to when they are first asked.</param>
public sealed class Clusters(IKubernetesApi @default, IReadOnlyDictionary<string, Lazy<IKubernetesApi>>? others = null)
{
    /// <summary>The cluster a service's workload lives in; a service without one lives in the default cluster.</summary>
    public IKubernetesApi Of(ServiceDefinition service) => Named(NameOf(service));

    public static string NameOf(ServiceDefinition service) => service.Workload?.Cluster ?? OperatorConfiguration.DefaultCluster;

    /// <summary>A cluster that is not configured answers every question with why.</summary>
    public IKubernetesApi Named(string name) =>
        name == OperatorConfiguration.DefaultCluster ? @default
        : others?.GetValueOrDefault(name)?.Value ?? new NoCluster($"the operator configured no cluster \"{name}\"");
}
