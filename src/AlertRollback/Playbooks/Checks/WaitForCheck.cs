using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Playbooks.Commands;

namespace AlertRollback.Playbooks.Checks;

/// <summary><c>wait_for: {selector: app=restore, state: ready}</c>: asked again until pods are so far; that none exists yet is no reason to stop.</summary>
public sealed class WaitForCheck(Clusters clusters) : ICheck, INeedsObjects, INeedsRights
{
    public string Name => "wait_for";

    public string Summary => "Pods of a workload or label selector exist, are ready, or are gone. Asked again like every check until its set's time is over, also when no pod exists yet.";

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        new("state", ParameterType.Text, "What is waited for: ready is all of them and not none, available is a workload's own word (ready for its minReadySeconds), exists is any, deleted is none left, not even one that still ends.", Required: true, Allowed: ["ready", "available", "exists", "deleted"], Example: "ready", Main: true),
        .. PodCounts.Parameters,
        new("at_least", ParameterType.Integer, "How many there have to be.", Default: "1; of a workload all", Example: "3"),
    ];

    public IEnumerable<string> Validate(JsonObject parameters)
    {
        foreach (var fault in PodChoices.Validate(parameters))
            yield return fault;
        if (parameters["at_least"]?.GetValue<long>() is < 1)
            yield return "\"at_least\" is at least 1";
        if (parameters["state"]?.ToString() == "available" && parameters.ContainsKey("selector"))
            yield return "only a workload says when its pods are available: name one, or wait for ready";
        if (parameters.ContainsKey("at_least") && parameters["state"]?.ToString() == "deleted")
            yield return "\"at_least\" says nothing of pods that are to be gone";
    }

    public ServiceNeed? Missing(ServiceDefinition service, JsonObject parameters) => ServiceNeeds.Pod(service, parameters);

    public IEnumerable<NeededObject> Objects(ServiceDefinition service, JsonObject parameters) =>
        PodChoices.Objects(service, parameters);

    public IEnumerable<NeededRight> Rights(ServiceDefinition service, JsonObject parameters) =>
        PodChoices.Rights(service, parameters);

    public async Task<IReadOnlyList<CheckResult>> AskAsync(CheckContext context, JsonObject parameters, CancellationToken cancellation)
    {
        var state = parameters["state"]!.GetValue<string>();
        var (pods, answer) = await PodCounts.ReadAsync(clusters.Of(context.Service), context, parameters, state, cancellation);
        return [answer ?? Judge(pods!, state, parameters["at_least"]?.GetValue<long>())];
    }

    private static CheckResult Judge(PodCounts pods, string state, long? atLeast)
    {
        if (state == "deleted")
            return new CheckResult(pods.Pods.Count == 0 ? Verdict.Pass : Verdict.Fail, pods.What, pods.Pods.Count == 0 ? "none is left" : $"{pods.Pods.Count} left", "none");
        var staying = pods.Staying.Count();
        var wanted = atLeast ?? pods.Wanted ?? 1;
        var expected = $"{wanted} {(state == "exists" ? "there" : state)}";
        if (wanted == 0)
            return new CheckResult(Verdict.Inconclusive, pods.What, "0 replicas are wanted", expected);
        if (staying == 0)
            return new CheckResult(Verdict.Fail, pods.What, "no pod exists yet", expected);
        if (state == "exists")
            return new CheckResult(staying >= wanted ? Verdict.Pass : Verdict.Fail, pods.What, $"{staying} there", expected);
        if (state == "available")
            return new CheckResult(pods.Available >= wanted ? Verdict.Pass : Verdict.Fail, pods.What, $"{pods.Available} of {staying} available", expected);
        var measured = $"{pods.Ready} of {staying} ready{(pods.Failing is { Length: > 0 } failing ? $": {failing}" : "")}";
        return new CheckResult(pods.Ready >= wanted && pods.Ready == staying ? Verdict.Pass : Verdict.Fail, pods.What, measured, expected);
    }
}
