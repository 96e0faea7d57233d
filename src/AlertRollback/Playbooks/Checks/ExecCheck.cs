using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Matrix;
using AlertRollback.Playbooks.Commands;

namespace AlertRollback.Playbooks.Checks;

/// <summary><c>exec: {command: [npm, run, smoke]}</c> runs a program that only looks in a pod of the service.</summary>
public sealed class ExecCheck(Clusters clusters) : ICheck, INeedsObjects, INeedsRights
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(20);

    public string Name => "exec";

    public string Summary => "Runs a program that only looks in a container of the service; exit code 0 passes unless an output is judged as well.";

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        new("command", ParameterType.Texts, "The program and its arguments as a list; it runs again and again, so it must only look.", Required: true, Example: "[npm, run, smoke]", Main: true),
        .. PodChoices.Parameters,
        new("timeout", ParameterType.Duration, "Longest wait for its end; over it nothing was measured.", Default: "20s", Example: "10s"),
        new("output", ParameterType.Mapping, "What its standard output has to be.", Example: "{contains: PONG}") { Fields = TextRule.Fields },
        .. Limit.Parameters.Select(p => p with { Summary = $"{p.Summary[..^1]}, when the output is one number." }),
    ];

    public IEnumerable<string> Validate(JsonObject parameters) =>
        PodChoices.Validate(parameters)
            .Concat(ArgumentList.Validate(parameters["command"], "command"))
            .Concat(new[] { TextRule.Fault(parameters["output"] as JsonObject, "\"output\""), Limit.Fault(parameters) }.OfType<string>());

    public ServiceNeed? Missing(ServiceDefinition service, JsonObject parameters) => ServiceNeeds.Pod(service, parameters);

    public IEnumerable<NeededObject> Objects(ServiceDefinition service, JsonObject parameters) =>
        PodChoices.Objects(service, parameters);

    public TimeSpan Longest(ServiceDefinition service, JsonObject parameters) => CheckRound.Beyond(parameters, DefaultTimeout);

    public IEnumerable<NeededRight> Rights(ServiceDefinition service, JsonObject parameters) =>
        PodChoices.RightsToRun(service, parameters);

    public async Task<IReadOnlyList<CheckResult>> AskAsync(CheckContext context, JsonObject parameters, CancellationToken cancellation)
    {
        var what = ArgumentList.Text(TextValues.List(parameters["command"]));
        var expected = CommandJudgement.Expected(parameters, CheckPlaceholders.Of(context));
        var (command, fault) = ArgumentList.Fill(TextValues.List(parameters["command"]), text => CheckPlaceholders.Fill(text, context, Placeholders.AsIs));
        var (place, unfit) = PodChoices.Filled(parameters, CheckPlaceholders.Of(context));
        if ((fault ?? unfit) is { } wrong)
            return [new CheckResult(Verdict.Inconclusive, what, wrong, expected)];
        if (PodChoices.Of(context.Service, place) is not { } choice)
            return [new CheckResult(Verdict.Inconclusive, what, "the service declares no workload", expected)];
        try
        {
            var api = clusters.Of(context.Service);
            if (await choice.FindAsync(api, cancellation) is not { } pod)
                return [new CheckResult(Verdict.Inconclusive, what, $"no pod runs for {choice.Text}", expected)];
            var result = await new PodPlace(api, pod).RunAsync(command, HttpExpectation.Span(parameters["timeout"]) ?? DefaultTimeout, cancellation);
            var (verdict, measured) = CommandJudgement.Judge(result, parameters, CheckPlaceholders.Of(context));
            return [new CheckResult(verdict, what, measured, expected)];
        }
        catch (KubernetesException problem)
        {
            return [new CheckResult(Verdict.Inconclusive, what, $"the Kubernetes API cannot be read: {problem.Message}", expected)];
        }
    }
}
