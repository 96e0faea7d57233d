using System.Globalization;
using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix;
using AlertRollback.Playbooks.Captures;

namespace AlertRollback.Playbooks.Actions;

/// <summary><c>capture</c> keeps what the undo would destroy: why pods fail, their last log lines, their events (S18).</summary>
public sealed class CaptureAction(Clusters clusters, PrometheusSource prometheus, TimeProvider time) : IAction, INeedsRights
{
    private const int DefaultLines = 40;
    private static readonly TimeSpan DefaultSince = TimeSpan.FromHours(1);

    // Evidence never delays an undo for longer (S18).
    private static readonly TimeSpan LongestCapture = TimeSpan.FromSeconds(30);

    public string Name => "capture";

    public string Summary => "Keeps the logs of failing pods (where none fails, of three others), of their previous containers too, with their state and events, before the undo destroys them; with of: all, of every pod and container. \"alertrollback evidence ID\" shows them. Best effort, at most 30s, secrets masked.";

    public Repeatability Repeatability => Repeatability.Converges;

    public bool ChangesProduction => false;

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        new("logs", ParameterType.Duration, "How far back logs are read.", Default: "1h", Example: "1h"),
        new("lines", ParameterType.Integer, "How many lines of each log, the last ones; from 1 to 1000.", Default: "40", Example: "100"),
        new("of", ParameterType.Text, "Failing pods and the container at fault (where none fails, three pods of the release and all their containers), or all pods (at most 10) and all their containers.", Default: "failing", Example: "all", Allowed: ["failing", "all"]),
        new("describe", ParameterType.YesNo, "Whether the state of workload and pods and their events are kept too.", Default: "true", Example: "true"),
        new("promql", ParameterType.Mapping, "Prometheus queries whose values are kept, by the name people know them by.", Example: "{up: 'up{job=\"${service}\"}'}"),
        new("dashboard", ParameterType.Text, "An address that is kept beside it, for people; it is not asked.", Example: "https://grafana.example.com/d/api?var-service=${service}"),
    ];

    public IEnumerable<string> Validate(JsonObject parameters)
    {
        if (parameters["lines"]?.GetValue<long>() is < 1 or > 1000)
            yield return "\"lines\" is from 1 to 1000";
        foreach (var fault in TextValues.Faults("promql", parameters["promql"]))
            yield return fault;
        if (parameters["dashboard"]?.GetValue<string>() is { } link && !(Uri.TryCreate(link.Split("${")[0], UriKind.Absolute, out var address) && address is { Scheme: "http" or "https", UserInfo: "" }))
            yield return "\"dashboard\" is an http or https address";
    }

    public IEnumerable<string> PromQl(JsonObject parameters) => (parameters["promql"] as JsonObject ?? []).Select(q => q.Value).OfType<JsonValue>().Select(q => q.ToString());

    public IEnumerable<NeededRight> Rights(ServiceDefinition service, JsonObject parameters) =>
        ServiceWorkload.Of(service) is { } workload
            ? [.. NeededRight.ToRead(workload), .. NeededRight.To("list", ResourceKind.Pod), .. NeededRight.To("list", ResourceKind.Event), .. NeededRight.To("get", ResourceKind.Pod, "log")]
            : [];

    public Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, CancellationToken cancellation)
    {
        if (ServiceWorkload.Of(context.Service) is not { } workload)
            return Task.FromResult(ServiceWorkload.NotDeclared(context.Service));
        var pin = (JsonObject)parameters.DeepClone();
        if (parameters["promql"] is JsonObject queries)
            pin["promql"] = new JsonObject(TextValues.Of(queries).Select(q => KeyValuePair.Create(q.Key, (JsonNode?)context.Fill(q.Value, Placeholders.ForPromQl))));
        if (parameters["dashboard"]?.GetValue<string>() is { } link)
            pin["dashboard"] = context.Fill(link, Placeholders.ForUrl);
        return Task.FromResult<PinOutcome>(new PinOutcome.Pinned(pin, "", $"evidence of {workload}", [], [], []));
    }

    public async Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation)
    {
        var workload = ServiceWorkload.Of(context.Service)!;
        var api = clusters.Of(context.Service);
        var budget = context.Deadline - time.GetUtcNow() is var left && left < LongestCapture ? left : LongestCapture;
        try
        {
            if (await new WorkloadReader(api).ReadAsync(workload, cancellation) is not { } snapshot)
                return new StepOutcome.CannotTell(Reason.NotFound, $"{workload} does not exist");
            var metrics = MetricsAsync(pin, budget, cancellation);
            var evidence = await new EvidenceReader(api, time).CaptureAsync(snapshot, Scope(pin), budget, cancellation);
            var data = EvidenceJson.Of(snapshot, evidence, pin["describe"]?.GetValue<bool>() ?? true);
            data["metrics"] = await metrics;
            data["dashboard"] = pin["dashboard"]?.DeepClone();
            await context.Journal.MarkAsync(KeptEvidence.MarkName, data, "", cancellation);
            return new StepOutcome.Done(Reason.Applied, Text(evidence, data["metrics"] as JsonObject, pin["dashboard"]?.ToString(), context.RollbackId));
        }
        catch (KubernetesException fault)
        {
            return new StepOutcome.CannotTell(Reason.ApiError, fault.Message);
        }
    }

    private static EvidenceScope Scope(JsonObject pin) => new(
        pin["of"]?.GetValue<string>() == "all",
        (int)(pin["lines"]?.GetValue<long>() ?? DefaultLines),
        pin["logs"]?.GetValue<string>() is { } text && Durations.TryParse(text, out var since) ? since : DefaultSince);

    private async Task<JsonObject?> MetricsAsync(JsonObject pin, TimeSpan budget, CancellationToken cancellation)
    {
        if (pin["promql"] is not JsonObject queries)
            return null;
        using var over = new CancellationTokenSource(budget > TimeSpan.Zero ? budget : TimeSpan.FromMilliseconds(1), time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(over.Token, cancellation);
        var asked = await Task.WhenAll(queries.Select(async q => KeyValuePair.Create(q.Key, (JsonNode?)await ValueAsync(q.Value!.GetValue<string>(), linked.Token, cancellation))));
        return new JsonObject(asked);
    }

    private async Task<string> ValueAsync(string query, CancellationToken linked, CancellationToken cancellation)
    {
        try
        {
            return await prometheus.QueryAsync(query, linked) switch
            {
                PrometheusAnswer.Samples { Values: [] } => "no data",
                PrometheusAnswer.Samples samples => string.Join(", ", samples.Values.Select(v => double.IsFinite(v) ? Texts.Number(v) : v.ToString(CultureInfo.InvariantCulture))),
                PrometheusAnswer.Unreachable no => no.Why,
                _ => "no data",
            };
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return "no time left";
        }
    }

    private static string Text(Evidence evidence, JsonObject? metrics, string? dashboard, string rollbackId)
    {
        var pods = evidence.Pods.Where(p => p.Fault is not null).Select(p => $"{p}{(LastLine(p) is { } line ? $" — last line: {line}" : "")}").ToList();
        var text = evidence.Failing == 0 ? "no failing pods" : $"{evidence.Failing} failing pods: {string.Join("; ", pods.Take(3))}{(evidence.Failing > 3 ? "; …" : "")}";
        if (evidence.Pods.Any(p => p.Fault is null))
            text += $"; {evidence.Pods.Sum(p => p.Logs.Count)} logs of {evidence.Pods.Count} pods kept";
        if (metrics is not null)
            text += $"; {string.Join("; ", metrics.Select(m => $"{m.Key}: {m.Value}"))}";
        if (dashboard is not null)
            text += $"; {dashboard}";
        if (evidence.Missing.Count > 0)
            text += $" ({evidence.Missing.Count} parts could not be read)";
        return $"{text}; read it: {KeptEvidence.Command(rollbackId)}";
    }

    private static string? LastLine(PodEvidence pod) =>
        pod.Logs.Select(l => l.Log ?? l.PreviousLog).FirstOrDefault(l => l is not null)?.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault() is { } line ? Texts.Clip(line, 160) : null;
}
