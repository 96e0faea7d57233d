using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Playbooks.Checks;
using AlertRollback.Playbooks.Commands;

namespace AlertRollback.Playbooks;

/// <summary>What actions and checks need of a service, and this one lacks; null: nothing.</summary>
internal static class ServiceNeeds
{
    private static readonly ServiceNeed Url = new("url", "url: https://api.example.com");

    private static readonly ServiceNeed Running = new("workload", "workload: {deployment: production/${service}}");

    public static ServiceNeed? Workload(ServiceDefinition service) => ServiceWorkload.Of(service) is null ? Running : null;

    /// <summary>For objects in the workload's namespace.</summary>
    public static ServiceNeed? Space(ServiceDefinition service) => ServiceObject.NamespaceOf(service) is null ? Running : null;

    /// <summary>A pod, by the step's own words or of the service's workload.</summary>
    public static ServiceNeed? Pod(ServiceDefinition service, JsonObject parameters) => PodChoices.Of(service, parameters) is null ? Running : null;

    /// <summary>An address below which the paths are asked.</summary>
    public static ServiceNeed? Base(ServiceDefinition service, IEnumerable<string> written, bool byService) =>
        written.All(HttpAddress.IsWhole) ? null
        : byService ? (service.Workload?.Namespace ?? service.Namespace) is null ? Running : null
        : service.Url is null ? Url : null;
}
