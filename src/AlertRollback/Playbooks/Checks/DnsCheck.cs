using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AlertRollback.Kubernetes;
using AlertRollback.Matrix;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Playbooks.Commands;
using AlertRollback.Playbooks.Jobs;

namespace AlertRollback.Playbooks.Checks;

/// <summary><c>dns: mongodb-cluster</c> passes when a pod of the service finds an address for the name.</summary>
public sealed partial class DnsCheck(Clusters clusters, TimeProvider time) : ICheck, INeedsObjects, INeedsRights
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(10);

    public string Name => "dns";

    public string Summary => "Looks a name up in a pod of the service, with the pod's own resolver, or in a Job in its namespace.";

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        new("host", ParameterType.Text, "The name.", Required: true, Example: "mongodb-cluster", Main: true),
        new("program", ParameterType.Text, "What looks it up; getent asks as the service's own programs do.", Default: "getent", Example: "nslookup", Allowed: ["getent", "nslookup"]),
        .. PodChoices.Parameters,
        new("image", ParameterType.Text, "Looked up in a Job of this image instead, when no pod has such a program or none runs. Not for `same_as_at_target` and `all_zero`, for which nothing is run.", Example: "busybox:1.36"),
        new("timeout", ParameterType.Duration, "Longest wait for an answer.", Default: "10s", Example: "5s"),
    ];

    public IEnumerable<string> Validate(JsonObject parameters)
    {
        foreach (var fault in PodChoices.Validate(parameters))
            yield return fault;
        if (parameters["image"]?.GetValue<string>() is { } image)
        {
            if (!ImageName.IsValid(image))
                yield return $"\"{image}\" is not the name of an image: lower case, at most one tag or digest, no blanks";
            if (parameters.FirstOrDefault(p => p.Key is "pod" or "workload" or "selector" or "container") is { Key: { } also })
                yield return $"\"image\" and \"{also}\" exclude each other";
        }

        var host = parameters["host"]!.GetValue<string>();
        if (!host.Contains("${", StringComparison.Ordinal) && !HostName().IsMatch(host))
            yield return "\"host\" is no host's name";
    }

    public ServiceNeed? Missing(ServiceDefinition service, JsonObject parameters) => parameters.ContainsKey("image") ? ServiceNeeds.Space(service) : ServiceNeeds.Pod(service, parameters);

    public IEnumerable<NeededObject> Objects(ServiceDefinition service, JsonObject parameters) =>
        PodChoices.Objects(service, parameters);

    public bool CanBeCompared(JsonObject parameters) => !parameters.ContainsKey("image");

    public TimeSpan Longest(ServiceDefinition service, JsonObject parameters) => CheckRound.Beyond(parameters, DefaultTimeout);

    public IEnumerable<NeededRight> Rights(ServiceDefinition service, JsonObject parameters) =>
        parameters.ContainsKey("image") ? JobRecipe.Rights(ofCronJob: false, looks: true) : PodChoices.RightsToRun(service, parameters);

    public async Task<IReadOnlyList<CheckResult>> AskAsync(CheckContext context, JsonObject parameters, CancellationToken cancellation)
    {
        var host = CheckPlaceholders.Fill(parameters["host"]!.GetValue<string>(), context, Placeholders.AsIs);
        CheckResult Answer(Verdict verdict, string measured) => new(verdict, $"address of {Texts.Clip(host, 80)}", measured, "an address");
        if (!HostName().IsMatch(host))
            return [Answer(Verdict.Inconclusive, "no host's name")];
        try
        {
            var (place, none) = await PlaceAsync(context, parameters, cancellation);
            if (place is null)
                return [Answer(Verdict.Inconclusive, none)];
            var command = parameters["program"]?.GetValue<string>() == "nslookup" ? new[] { "nslookup", host } : ["getent", "hosts", host];
            var (verdict, measured) = Judge(command[0], await place.RunAsync(command, HttpExpectation.Span(parameters["timeout"]) ?? DefaultTimeout, cancellation));
            return [Answer(verdict, measured)];
        }
        catch (KubernetesException problem)
        {
            return [Answer(Verdict.Inconclusive, $"the Kubernetes API cannot be read: {problem.Message}")];
        }
    }

    private async Task<(ICommandPlace? Place, string None)> PlaceAsync(CheckContext context, JsonObject parameters, CancellationToken cancellation)
    {
        var api = clusters.Of(context.Service);
        if (parameters["image"]?.GetValue<string>() is { } image)
        {
            return ServiceObject.NamespaceOf(context.Service) is { } @namespace
                ? (new LookingJobPlace(new JobTool(api, @namespace, null, (command, longest) => JobProgram.Of(image, command, longest)), context, time), "")
                : (null, "the service declares no namespace");
        }

        var (chosen, unfit) = PodChoices.Filled(parameters, CheckPlaceholders.Of(context));
        if (unfit is not null)
            return (null, unfit);
        if (PodChoices.Of(context.Service, chosen) is not { } choice)
            return (null, "the service declares no workload");
        return await choice.FindAsync(api, cancellation) is { } pod ? (new PodPlace(api, pod), "") : (null, $"no pod runs for {choice.Text}");
    }

    // getent says 2 for a name that has no address, nslookup 1; anything else is about the program.
    private static (Verdict, string) Judge(string program, CommandResult result) => result switch
    {
        CommandResult.Ended { ExitCode: 0 } found => (Verdict.Pass, found.LastLine),
        CommandResult.Ended ended when ended.ExitCode == (program == "getent" ? 2 : 1) => (Verdict.Fail, "no address"),
        CommandResult.Ended ended => (Verdict.Inconclusive, $"{program} ended with exit code {ended.ExitCode}"),
        CommandResult.NotStarted not => (Verdict.Inconclusive, $"not run: {not.Why}"),
        CommandResult.Unknown unknown => (Verdict.Inconclusive, unknown.Why),
        _ => throw new InvalidOperationException($"no such result: {result}"),
    };

    [GeneratedRegex(@"\A[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9.])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex HostName();
}
