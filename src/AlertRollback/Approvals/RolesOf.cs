using AlertRollback.Matrix;
using AlertRollback.Operators;

namespace AlertRollback.Approvals;

/// <summary>Which roles a person has for a service.</summary>
public static class RolesOf
{
    /// <summary>
    /// By the operator's <c>people</c> of the service's team. Where no operator credentials are configured the service
    /// only listens to its own machine, and whoever is there is the operator: then every role that is named.
    /// </summary>
    public static IReadOnlyCollection<string> Person(string name, ServiceDefinition service, OperatorConfiguration operators)
    {
        if (!operators.Teams.TryGetValue(service.Team, out var grants))
            return [];
        if (operators.Operators.Count == 0)
            return [.. grants.Roles.Keys.Union(grants.People.Keys)];
        return [.. grants.People
            .Where(p => p.Value.Names.Contains(name) && (p.Value.Namespaces.Count == 0 || p.Value.Namespaces.Contains(service.Workload?.Namespace ?? "")))
            .Select(p => p.Key)];
    }
}
