using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix;

namespace AlertRollback.Playbooks.Commands;

/// <summary>Which pod a command shall run in: one by name, one of a workload or one of a label selector.</summary>
/// <param name="Workload">For example <c>deployment/production/rental-api</c>; null: by <paramref name="Pod"/> or <paramref name="Selector"/>.</param>
public sealed record PodChoice(string Cluster, string Namespace, WorkloadRef? Workload, string? Pod, string? Selector, string? Container)
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
    internal IEnumerable<NeededRight> RightsToRun() =>
        [.. RightsToFind(), .. NeededRight.To("get", ResourceKind.Pod), .. NeededRight.To("get create", ResourceKind.Pod, "exec").Select(r => r with { GrantedBy = "rights/exec" })];

    private IEnumerable<NeededRight> RightsToFind() =>
        Pod is not null ? NeededRight.To("get", ResourceKind.Pod) : [.. Workload is null ? [] : NeededRight.ToRead(Workload), .. NeededRight.To("list", ResourceKind.Pod)];

    /// <summary>What two commands must not do at the same time.</summary>
    public string Lock => Workload is { } workload ? $"{Cluster}/{workload}" : $"{Cluster}/pods/{Namespace}/{Pod ?? Selector}";

    public string Text => Workload?.ToString() ?? (Pod is null ? $"pods with {Selector}" : $"pod {Pod}");

    public JsonObject ToJson() => new()
    {
        ["cluster"] = Cluster,
        ["namespace"] = Namespace,
        ["workload"] = Workload?.ToString(),
        ["pod"] = Pod,
        ["selector"] = Selector,
        ["container"] = Container,
    };

    public static PodChoice FromJson(JsonNode json) => new(
        json["cluster"]!.GetValue<string>(), json["namespace"]!.GetValue<string>(),
        json["workload"]?.GetValue<string>() is { } workload ? WorkloadRef.Parse(workload) : null,
        json["pod"]?.GetValue<string>(), json["selector"]?.GetValue<string>(), json["container"]?.GetValue<string>());

    /// <summary>The pod to run in: ready ones first, the oldest of them, so that the same world gives the same answer. Null: there is none.</summary>
    /// <exception cref="KubernetesException">It cannot be read.</exception>
    public async Task<PodPin?> FindAsync(IKubernetesApi api, CancellationToken cancellation)
    {
        var found = (await PodsAsync(api, cancellation))
            .Where(p => !p.BeingDeleted && p.Text("status", "phase") == "Running")
            .OrderByDescending(PodState.IsReady).ThenBy(p => p.CreationTimestamp).ThenBy(p => p.Name, StringComparer.Ordinal)
            .FirstOrDefault();
        return found is null ? null : new PodPin(Cluster, Namespace, found.Name, found.Uid, Container);
    }

    /// <summary>All pods that are meant, in whatever state.</summary>
    /// <exception cref="KubernetesException">They cannot be read.</exception>
    public async Task<IEnumerable<KubernetesObject>> PodsAsync(IKubernetesApi api, CancellationToken cancellation)
    {
        if (Pod is not null)
            return await api.GetAsync(new ObjectRef(ResourceKind.Pod, Namespace, Pod), cancellation) is { } one ? [one] : [];
        if (Workload is null)
            return await api.ListAsync(ResourceKind.Pod, Namespace, Selector, cancellation);
        if (await new WorkloadReader(api).ReadAsync(Workload, cancellation) is not { } snapshot)
            return [];
        return await WorkloadPods.OfAsync(api, snapshot, cancellation);
    }
}
