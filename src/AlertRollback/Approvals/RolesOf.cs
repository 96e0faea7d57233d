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
            .Where(p => p.Value.Names.Contains(name) && (p.Value.Namespaces.Count == 0 || p.Value.Namespaces.Contains(service.Workload?.GrantedNamespace ?? service.Namespace ?? "")))
            .Select(p => p.Key)];
    }

    /// <summary>
    /// Why a person may not freeze a service, let its images go or say that its tasks are done; null: they may. Where the
    /// operator names a team's people, these and no others; where nobody is named, every operator.
    /// </summary>
    public static Objection? ObjectionToTouching(string name, ServiceDefinition service, OperatorConfiguration operators) =>
        operators.Operators.Count == 0 || operators.Teams.GetValueOrDefault(service.Team) is not { People.Count: > 0 } || Person(name, service, operators).Count > 0
            ? null
            : Objection.NotEntitled($"{name} has no role of team {service.Team} for {service.Name}");
}
