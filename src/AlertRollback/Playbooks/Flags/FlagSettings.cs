using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks.Commands;

namespace AlertRollback.Playbooks.Flags;

/// <summary>How a service's flag is reached; the service says it once, under <c>flag</c>.</summary>
internal static class FlagSettings
{
    private const string Key = "flag";

    public static Parameter Parameter { get; } = new(Key, ParameterType.Mapping,
        "How its feature flag is reached: an HTTP address (url), keys of a ConfigMap (config_map), or programs in its pods (get and set).",
        Example: "{url: \"http://flags:8080/api/flags/${service}\", bearer: flags-key}")
    {
        Fields =
        [
            new("url", ParameterType.Text, "Answers the flag's fields as a JSON object, and takes changed ones.", Example: "http://flags:8080/api/flags/checkout", Grant: Grant.Host),
            new("bearer", ParameterType.Text, "Name of a secret granted to the team, sent as a bearer token.", Example: "flags-key", Grant: Grant.Secret),
            new("method", ParameterType.Text, "patch sends the changed fields, put the whole flag.", Default: "patch", Allowed: ["patch", "put"]),
            new("config_map", ParameterType.Text, "The ConfigMap in the service's namespace; fields are its keys.", Example: "feature-flags"),
            new("get", ParameterType.Texts, "A program in a pod of the service that prints one flag; the flag's name is its last argument.", Example: "[npm, run, --silent, \"flags:get\", --]"),
            new("set", ParameterType.Texts, "A program that sets one flag; name and value are its last two arguments.", Example: "[npm, run, \"flags:set\", --]"),
            .. PodChoices.Parameters,
        ],
    };

    public static ServiceNeed Need { get; } = new(Key, $"{Key}: {Parameter.Example}");

    /// <summary>Whether the service says a way to its flag at all.</summary>
    public static bool IsDeclared(ServiceDefinition service) => service.Settings[Key] is JsonObject { Count: > 0 };

    /// <summary>The ConfigMap and its keys; null when the flag is reached in another way.</summary>
    public static ObjectRef? ConfigMapOf(ServiceDefinition service) =>
        service.Settings[Key]?["config_map"]?.GetValue<string>() is { } name && ServiceSpace(service) is { } space ? new ObjectRef(ResourceKind.ConfigMap, space, name) : null;

    public static IEnumerable<NeededObject> Objects(ServiceDefinition service) =>
        ConfigMapOf(service) is { } map ? [new NeededObject(map)] : service.Settings[Key] is JsonObject flag && !flag.ContainsKey("url") ? PodChoices.Objects(service, flag) : [];

    /// <param name="verbs">What is done with the ConfigMap, where it lies in one; a program in a pod may do anything.</param>
    public static IEnumerable<NeededRight> Rights(ServiceDefinition service, string verbs) =>
        ConfigMapOf(service) is not null ? NeededRight.Beyond(verbs, ResourceKind.ConfigMap)
        : service.Settings[Key] is JsonObject flag && !flag.ContainsKey("url") ? PodChoices.RightsToRun(service, flag) : [];

    /// <summary>Where it is read and written by HTTP or by a program; null: it is not.</summary>
    public static IFlagPlace? PlaceOf(ServiceDefinition service, GrantedHttp http, Clusters clusters)
    {
        if (service.Settings[Key] is not JsonObject flag)
            return null;
        if (flag["url"]?.GetValue<string>() is { } url)
        {
            return Uri.TryCreate(url, UriKind.Absolute, out var address)
                ? new HttpFlag(http, service.Team, address, flag["bearer"]?.GetValue<string>(), flag["method"]?.GetValue<string>() == "put")
                : null;
        }

        var (get, set) = (TextValues.List(flag["get"]), TextValues.List(flag["set"]));
        return get.Count > 0 && set.Count > 0 && PodChoices.Of(service, flag) is { } choice ? new CommandFlag(clusters.Of(service), choice, get, set) : null;
    }

    public static IFlagReader? ReaderOf(ServiceDefinition service, GrantedHttp http, Clusters clusters) =>
        ConfigMapOf(service) is { } map ? new ConfigMapFlag(clusters.Of(service), map) : PlaceOf(service, http, clusters);

    public static string NotDeclared(ServiceDefinition service) =>
        $"service {service.Name} does not say how its flag is reached: flag: {{url: …}}, {{config_map: …}} or {{get: […], set: […]}}";

    private static string? ServiceSpace(ServiceDefinition service) => service.Workload?.Namespace ?? service.Namespace;
}
