using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Playbooks.Commands;

namespace AlertRollback.Playbooks.Checks;

/// <summary><c>pods_ready: {percent: 75}</c> or <c>pods_ready: {at_least: 2}</c>: how many pods are ready.</summary>
public sealed class PodsReadyCheck(Clusters clusters) : ICheck, INeedsObjects, INeedsRights
{
    public string Name => "pods_ready";

    public string Summary => "So many pods of a workload or label selector are ready. A share of no pods measures nothing; a number of them does.";

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        .. PodCounts.Parameters,
        new("at_least", ParameterType.Integer, "How many have to be ready.", Example: "2"),
        new("percent", ParameterType.Number, "Which share of the pods that the workload wants, or that the selector finds, has to be ready.", Default: "100", Example: "75"),
    ];

    public IEnumerable<string> Validate(JsonObject parameters)
    {
        foreach (var fault in PodChoices.Validate(parameters))
            yield return fault;
        if (parameters.ContainsKey("at_least") && parameters.ContainsKey("percent"))
            yield return "\"at_least\" and \"percent\" exclude each other";
        if (parameters["at_least"]?.GetValue<long>() is < 1)
            yield return "\"at_least\" is at least 1, or it would always pass";
        if (parameters["percent"]?.GetValue<double>() is <= 0 or > 100)
            yield return "\"percent\" is above 0 and at most 100";
    }

    public ServiceNeed? Missing(ServiceDefinition service, JsonObject parameters) => ServiceNeeds.Pod(service, parameters);

    public IEnumerable<NeededObject> Objects(ServiceDefinition service, JsonObject parameters) =>
        PodChoices.Objects(service, parameters);

    public IEnumerable<NeededRight> Rights(ServiceDefinition service, JsonObject parameters) =>
        PodChoices.Rights(service, parameters);

    public async Task<IReadOnlyList<CheckResult>> AskAsync(CheckContext context, JsonObject parameters, CancellationToken cancellation)
    {
        var expected = parameters["at_least"] is { } number ? $"at least {number}" : $"{Texts.Number(Percent(parameters))} %";
        var (pods, answer) = await PodCounts.ReadAsync(clusters.Of(context.Service), context, parameters, expected, cancellation);
        return [answer ?? Judge(pods!, parameters, expected)];
    }

    private static CheckResult Judge(PodCounts pods, JsonObject parameters, string expected)
    {
        var failing = pods.Failing is { Length: > 0 } text ? $": {text}" : "";
        if (parameters["at_least"]?.GetValue<long>() is { } atLeast)
            return new CheckResult(pods.Ready >= atLeast ? Verdict.Pass : Verdict.Fail, pods.What, $"{pods.Ready} ready{failing}", expected);
        var all = pods.Wanted ?? pods.Staying.Count();
        if (all == 0)
            return new CheckResult(Verdict.Inconclusive, pods.What, pods.Wanted is null ? "no pod exists" : "0 replicas are wanted", expected);
        return new CheckResult(pods.Ready * 100.0 / all >= Percent(parameters) ? Verdict.Pass : Verdict.Fail, pods.What, $"{pods.Ready} of {all} ready{failing}", expected);
    }

    private static double Percent(JsonObject parameters) => parameters["percent"]?.GetValue<double>() ?? 100;
}
