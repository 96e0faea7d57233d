using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix;
using AlertRollback.Operators;

namespace AlertRollback.Playbooks.Commands;

/// <summary>How steps and checks say which pod they mean, and what has to be there and allowed for that.</summary>
public static class PodChoices
{
    public static IReadOnlyList<Parameter> Parameters { get; } =
    [
        new("pod", ParameterType.Text, "The pod's name; default: a ready pod of the service's workload.", Example: "rental-db-0"),
        new("workload", ParameterType.Text, "Another workload in the service's namespace, of which a ready pod is taken.", Example: "statefulset/rental-db"),
        new("selector", ParameterType.Text, "A label selector in the service's namespace, of which a ready pod is taken.", Example: "app=rental-db"),
        new("container", ParameterType.Text, "The container; default: the pod's own default.", Example: "app"),
    ];

    public static IEnumerable<string> Validate(JsonObject parameters)
    {
        if (parameters.Count(p => p.Key is "pod" or "workload" or "selector") > 1)
            yield return "\"pod\", \"workload\" and \"selector\" exclude each other";
        if (parameters["workload"]?.GetValue<string>() is { } workload && WorkloadRef.Parse(workload.Replace("/", "/any/", StringComparison.Ordinal)) is null)
            yield return "\"workload\" is written like deployment/rental-api";
        // An empty selector would match every pod of the namespace.
        if (parameters["selector"]?.GetValue<string>() is { } selector && (string.IsNullOrWhiteSpace(selector) || !selector.Any(char.IsAsciiLetterOrDigit)))
            yield return "\"selector\" is empty, which would match every pod";
    }

    /// <summary>
    /// What of the parameters chooses a pod, filled in; or why that cannot be done: a value that is no name could make a
    /// selector mean other pods.
    /// </summary>
    /// <param name="fill">Fills one text, each value escaped for where it stands.</param>
    public static (JsonObject Chosen, string? Fault) Filled(JsonObject parameters, Func<string, Func<string, string>, string> fill)
    {
        var fits = true;
        string Checked(string value)
        {
            fits &= value.Length is > 0 and <= 253 && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
            return value;
        }

        var chosen = new JsonObject(Parameters.Where(p => parameters.ContainsKey(p.Name)).Select(
            p => KeyValuePair.Create(p.Name, (JsonNode?)fill(parameters[p.Name]!.GetValue<string>(), Checked))));
        return (chosen, fits ? null : "a value that is filled in is no name or label's value, so that other pods could be meant");
    }

    /// <summary>Null when the service has no namespace, or declares no workload and none is named.</summary>
    public static PodChoice? Of(ServiceDefinition service, JsonObject parameters)
    {
        if ((service.Workload?.Namespace ?? service.Namespace) is not { } @namespace)
            return null;
        var (pod, selector) = (parameters["pod"]?.GetValue<string>(), parameters["selector"]?.GetValue<string>());
        var workload = parameters["workload"]?.GetValue<string>() is { } named
            ? WorkloadRef.Parse(named.Replace("/", $"/{@namespace}/", StringComparison.Ordinal))
            : pod is null && selector is null && service.Workload is { } own ? WorkloadRef.Parse(own.ToString()) : null;
        return workload is null && pod is null && selector is null
            ? null
            : new PodChoice(Clusters.NameOf(service), @namespace, workload, pod, selector, parameters["container"]?.GetValue<string>());
    }

    /// <summary>What has to be there of the pod or workload that is named; a service's own workload is not.</summary>
    internal static IEnumerable<NeededObject> Objects(ServiceDefinition service, JsonObject parameters) => Of(service, parameters) switch
    {
        { Pod: { } pod, Namespace: var space } => [new NeededObject(new ObjectRef(ResourceKind.Pod, space, pod))],
        { Workload: { } workload } when parameters.ContainsKey("workload") => [new NeededObject(workload.Object)],
        _ => [],
    };

    /// <summary>To find the pods.</summary>
    internal static IEnumerable<NeededRight> Rights(ServiceDefinition service, JsonObject parameters) => Of(service, parameters)?.RightsToFind() ?? [];

    /// <summary>To run a program in one of them.</summary>
    internal static IEnumerable<NeededRight> RightsToRun(ServiceDefinition service, JsonObject parameters) => Of(service, parameters)?.RightsToRun() ?? [];

    // Newer servers ask for create where older ones ask for get.
    internal static IEnumerable<NeededRight> RightsToRun(this PodChoice choice) =>
        [.. choice.RightsToFind(), .. NeededRight.To("get", ResourceKind.Pod), .. NeededRight.To("get create", ResourceKind.Pod, "exec").Select(r => r with { GrantedBy = "rights/exec" })];

    private static IEnumerable<NeededRight> RightsToFind(this PodChoice choice) =>
        choice.Pod is not null ? NeededRight.To("get", ResourceKind.Pod) : [.. choice.Workload is null ? [] : NeededRight.ToRead(choice.Workload), .. NeededRight.To("list", ResourceKind.Pod)];

    /// <summary>The pod to run in: ready ones first, the oldest of them, so that the same world gives the same answer. Null: there is none.</summary>
    /// <exception cref="KubernetesException">It cannot be read.</exception>
    public static async Task<PodPin?> FindAsync(this PodChoice choice, IKubernetesApi api, CancellationToken cancellation)
    {
        var found = (await choice.PodsAsync(api, cancellation))
            .Where(p => !p.BeingDeleted && p.Text("status", "phase") == "Running")
            .OrderByDescending(PodState.IsReady).ThenBy(p => p.CreationTimestamp).ThenBy(p => p.Name, StringComparer.Ordinal)
            .FirstOrDefault();
        return found is null ? null : new PodPin(choice.Cluster, choice.Namespace, found.Name, found.Uid, choice.Container);
    }
}
