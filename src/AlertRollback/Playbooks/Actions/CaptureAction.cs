using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;

namespace AlertRollback.Playbooks.Actions;

/// <summary><c>capture</c> keeps what the undo would destroy: why pods fail, their last log lines, their events (S18).</summary>
public sealed class CaptureAction(Clusters clusters, TimeProvider time) : IAction
{
    private const int LongestLog = 4000;

    public string Name => "capture";

    public string Summary => "Keeps the logs of failing pods, of their previous containers too, and their events, before the undo destroys them. Best effort.";

    public Repeatability Repeatability => Repeatability.Converges;

    public bool ChangesProduction => false;

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        new("logs", ParameterType.Duration, "How far back logs are read.", Default: "1h", Example: "1h"),
        new("describe", ParameterType.YesNo, "Whether the pods' events are kept too.", Default: "true", Example: "true"),
    ];

    public Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, CancellationToken cancellation) =>
        Task.FromResult(ServiceWorkload.Of(context.Service) is { } workload
            ? new PinOutcome.Pinned((JsonObject)parameters.DeepClone(), "", $"evidence of {workload}", [], [], [])
            : ServiceWorkload.NotDeclared(context.Service));

    public async Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation)
    {
        var workload = ServiceWorkload.Of(context.Service)!;
        var api = clusters.Of(context.Service);
        try
        {
            if (await new WorkloadReader(api).ReadAsync(workload, cancellation) is not { } snapshot)
                return new StepOutcome.CannotTell(Reason.NotFound, $"{workload} does not exist");
            var budget = context.Deadline - time.GetUtcNow();
            var evidence = await new EvidenceReader(api, time).CaptureAsync(snapshot, budget, cancellation);
            var events = pin["describe"]?.GetValue<bool>() ?? true;
            await context.Journal.MarkAsync("evidence", Data(evidence, events), "", cancellation);
            return new StepOutcome.Done(Reason.Applied, Text(evidence));
        }
        catch (KubernetesException fault)
        {
            return new StepOutcome.CannotTell(Reason.ApiError, fault.Message);
        }
    }

    private static string Text(Evidence evidence)
    {
        if (evidence.Failing == 0)
            return $"no failing pods{Missing(evidence)}";
        var pods = evidence.Pods.Select(p => $"{p.Pod}{(LastLine(p) is { } line ? $" — last line: {line}" : "")}");
        return $"{evidence.Failing} failing pods: {string.Join("; ", pods.Take(3))}{(evidence.Failing > 3 ? "; …" : "")}{Missing(evidence)}";
    }

    private static string Missing(Evidence evidence) => evidence.Missing.Count == 0 ? "" : $" ({evidence.Missing.Count} parts could not be read)";

    private static string? LastLine(PodEvidence pod) =>
        (pod.Log ?? pod.PreviousLog)?.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault() is { } line ? Texts.Clip(line, 160) : null;

    private static JsonObject Data(Evidence evidence, bool events) => new()
    {
        ["failing"] = evidence.Failing,
        ["pods"] = new JsonArray([.. evidence.Pods.Select(p => new JsonObject
        {
            ["pod"] = p.Pod.Name,
            ["reason"] = p.Pod.Reason,
            ["restarts"] = p.Pod.Restarts,
            ["log"] = Clip(p.Log),
            ["previous_log"] = Clip(p.PreviousLog),
            ["events"] = events ? new JsonArray([.. p.Events.Select(e => JsonValue.Create(e))]) : null,
        })]),
        ["missing"] = new JsonArray([.. evidence.Missing.Select(m => JsonValue.Create(m))]),
    };

    // The end of a log says why it ended.
    private static string? Clip(string? log) => log is null || log.Length <= LongestLog ? log : "…" + log[^LongestLog..];
}
