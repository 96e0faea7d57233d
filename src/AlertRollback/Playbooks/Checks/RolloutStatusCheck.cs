using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix;
using AlertRollback.Playbooks.Actions;

namespace AlertRollback.Playbooks.Checks;

/// <summary><c>rollout_status</c>: what was rolled out runs completely, in percent (S4).</summary>
public sealed class RolloutStatusCheck(Clusters clusters, TimeProvider time) : ICheck, INeedsRights
{
    // One question follows the rollout for this long before it answers how far it is.
    private static readonly TimeSpan OneLook = TimeSpan.FromSeconds(20);

    public string Name => "rollout_status";

    public string Summary => "The service's workload runs completely with the template it was rolled back to; followed by watch.";

    public IReadOnlyList<Parameter> Parameters => [];

    public ServiceNeed? Missing(ServiceDefinition service, JsonObject parameters) => ServiceNeeds.Workload(service);

    public IEnumerable<NeededRight> Rights(ServiceDefinition service, JsonObject parameters) =>
        ServiceWorkload.Of(service) is { } workload ? NeededRight.ToFollow(workload) : [];

    public async Task<IReadOnlyList<CheckResult>> AskAsync(CheckContext context, JsonObject parameters, CancellationToken cancellation)
    {
        if (ServiceWorkload.Of(context.Service) is not { } workload)
            return [new CheckResult(Verdict.Inconclusive, Name, "the service declares no workload", null)];
        var what = $"rollout of {workload}";
        try
        {
            if (await ExpectedAsync(workload, context, cancellation) is not { } expected)
                return [new CheckResult(Verdict.Fail, what, "it does not exist", "100 %")];
            var end = await new RolloutWatch(clusters.Of(context.Service), time).FollowAsync(expected, time.GetUtcNow() + OneLook, _ => Task.CompletedTask, null, cancellation);
            return [new CheckResult(Judge(end.Last.Verdict), what, $"{end.Last.Percent} %, {end.Last.Text}", "100 %")];
        }
        catch (KubernetesException fault)
        {
            return [new CheckResult(Verdict.Inconclusive, what, $"the Kubernetes API cannot be read: {fault.Message}", "100 %")];
        }
    }

    // What an undo was pinned to, unless a later step changed that; else whatever runs now.
    private async Task<RolloutExpectation?> ExpectedAsync(WorkloadRef workload, CheckContext context, CancellationToken cancellation)
    {
        UndoPin? undone = null;
        foreach (var step in context.Pins.Values)
        {
            if (Undo(step) is { } undo && undo.Workload == workload)
                undone = undo;
            else if (ObjectChanges.ChangesTemplateOf(step, workload.Object))
                undone = null;
        }

        if (undone is { } pin)
            return new RolloutExpectation(workload, pin.Uid, pin.Expected, 0, context.Since);
        return await clusters.Of(context.Service).GetAsync(workload.Object, cancellation) is { } live && live.At("spec", "template") is JsonObject template
            ? new RolloutExpectation(workload, live.Uid, ExpectedTemplate.Of(PodTemplate.Normalize(template)), live.Generation, context.Since)
            : null;
    }

    private static UndoPin? Undo(JsonObject pin)
    {
        try
        {
            return pin.ContainsKey("target") ? UndoPin.FromJson(pin) : null;
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }

    private static Verdict Judge(RolloutVerdict verdict) => verdict switch
    {
        RolloutVerdict.Complete => Verdict.Pass,
        RolloutVerdict.Progressing or RolloutVerdict.Failed => Verdict.Fail,
        _ => Verdict.Inconclusive,
    };
}
