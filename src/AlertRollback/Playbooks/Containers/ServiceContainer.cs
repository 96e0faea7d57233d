using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Operators;

namespace AlertRollback.Playbooks.Containers;

/// <summary>The container that a service declares to be its own: said once, not at every use.</summary>
internal static class ServiceContainer
{
    private const string Key = "container";

    public static IReadOnlyList<Parameter> Parameters { get; } =
    [
        new(Key, ParameterType.Mapping, "The service's container, where it runs on a container engine.", Example: "{name: rental-api-prod, host: rental-vm}")
        {
            Fields =
            [
                new("name", ParameterType.Text, "The container.", Required: true, Example: "rental-api-prod"),
                new("host", ParameterType.Text, "The operator's name of the engine that runs it.", Required: true, Example: "rental-vm", Grant: Grant.Engine),
            ],
        },
    ];

    public static ServiceNeed Need { get; } = new(Key, $"{Key}: {Parameters[0].Example}");

    /// <summary>Null when the service declares none.</summary>
    public static (string Host, string Name)? Of(ServiceDefinition service) => Of(service.Settings?[Key] as JsonObject);

    /// <summary>As a step or check names it, else as the service does.</summary>
    public static (string Host, string Name)? Of(ServiceDefinition service, JsonObject parameters)
    {
        var own = Of(service);
        var (host, name) = (parameters["host"]?.GetValue<string>() ?? own?.Host, parameters["name"]?.GetValue<string>() ?? own?.Name);
        return host is not null && name is not null ? (host, name) : null;
    }

    private static (string Host, string Name)? Of(JsonObject? setting) =>
        setting?["host"]?.GetValue<string>() is { } host && setting["name"]?.GetValue<string>() is { } name ? (host, name) : null;
}
