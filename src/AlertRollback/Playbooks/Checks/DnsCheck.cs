using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AlertRollback.Kubernetes;
using AlertRollback.Matrix;
using AlertRollback.Playbooks.Commands;

namespace AlertRollback.Playbooks.Checks;

/// <summary><c>dns: mongodb-cluster</c> passes when a pod of the service finds an address for the name.</summary>
public sealed partial class DnsCheck(Clusters clusters) : ICheck
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(10);

    public string Name => "dns";

    public string Summary => "Looks a name up in a pod of the service, with the pod's own resolver.";

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        new("host", ParameterType.Text, "The name.", Required: true, Example: "mongodb-cluster", Main: true),
        new("program", ParameterType.Text, "What looks it up; getent asks as the service's own programs do.", Default: "getent", Example: "nslookup", Allowed: ["getent", "nslookup"]),
        .. PodChoice.Parameters,
        new("timeout", ParameterType.Duration, "Longest wait for an answer.", Default: "10s", Example: "5s"),
    ];

    public IEnumerable<string> Validate(JsonObject parameters)
    {
        foreach (var fault in PodChoice.Validate(parameters))
            yield return fault;
        var host = parameters["host"]!.GetValue<string>();
        if (!host.Contains("${", StringComparison.Ordinal) && !HostName().IsMatch(host))
            yield return "\"host\" is no host's name";
    }

    public async Task<IReadOnlyList<CheckResult>> AskAsync(CheckContext context, JsonObject parameters, CancellationToken cancellation)
    {
        var host = CheckPlaceholders.Fill(parameters["host"]!.GetValue<string>(), context, Placeholders.AsIs);
        CheckResult Answer(Verdict verdict, string measured) => new(verdict, $"address of {Texts.Clip(host, 80)}", measured, "an address");
        if (!HostName().IsMatch(host))
            return [Answer(Verdict.Inconclusive, "no host's name")];
        if (PodChoice.Of(context.Service, parameters) is not { } choice)
            return [Answer(Verdict.Inconclusive, "the service declares no workload")];
        try
        {
            var api = clusters.Of(context.Service);
            if (await choice.FindAsync(api, cancellation) is not { } pod)
                return [Answer(Verdict.Inconclusive, $"no pod runs for {choice.Text}")];
            var command = parameters["program"]?.GetValue<string>() == "nslookup" ? new[] { "nslookup", host } : ["getent", "hosts", host];
            var (verdict, measured) = Judge(command[0], await new PodPlace(api, pod).RunAsync(command, HttpExpectation.Span(parameters["timeout"]) ?? DefaultTimeout, cancellation));
            return [Answer(verdict, measured)];
        }
        catch (KubernetesException problem)
        {
            return [Answer(Verdict.Inconclusive, $"the Kubernetes API cannot be read: {problem.Message}")];
        }
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
