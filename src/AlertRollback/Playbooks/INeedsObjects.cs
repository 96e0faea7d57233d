using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Matrix;

namespace AlertRollback.Playbooks;

/// <summary>
/// Beside <see cref="IAction"/> or <see cref="ICheck"/>, for those whose parameters or service name objects of the cluster that
/// somebody else has to put there: a step is refused, and a check cannot pass, where one is not there.
/// </summary>
public interface INeedsObjects
{
    /// <summary>What it does without, and what it makes itself, is not among them; nor is the service's own workload.</summary>
    /// <param name="parameters">With those placeholders filled in that are known beforehand; others stand as they are written.</param>
    IEnumerable<NeededObject> Objects(ServiceDefinition service, JsonObject parameters);
}

/// <summary>An object that has to be there.</summary>
/// <param name="Target">In the service's cluster.</param>
public sealed record NeededObject(ObjectRef Target)
{
    /// <summary>Asked where it is not there: whether another one has taken its place, which does as well. May throw <see cref="KubernetesException"/>.</summary>
    public Func<IKubernetesApi, CancellationToken, Task<bool>> HasSuccessor { get; init; } = (_, _) => Task.FromResult(false);

    /// <summary>One object in the service's namespace; none where the service has no namespace, or nothing is named.</summary>
    internal static IEnumerable<NeededObject> Of(ServiceDefinition service, ResourceKind kind, JsonNode? name) =>
        Actions.ServiceObject.NamespaceOf(service) is { } space && name?.ToString() is { } named ? [new NeededObject(new ObjectRef(kind, space, named))] : [];
}
