using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Matrix;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Playbooks.Commands;
using AlertRollback.Playbooks.Jobs;

namespace AlertRollback.Playbooks.Checks;

/// <summary><c>job</c>: how the Job of the step before ended; <c>job: {name: …}</c>: how that one did; <c>job: {cronjob: …}</c>: runs one that only looks.</summary>
public sealed class JobCheck(Clusters clusters, TimeProvider time) : ICheck, INeedsObjects, INeedsRights
{
    public string Name => "job";

    public string Summary => "How a Job ended: the newest that a step of this rollback made, one by name, or one that is run to look. One that failed is a measured failure; one that still runs, or is gone, measures nothing.";

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        new("name", ParameterType.Text, "A Job in the service's namespace.", Example: "data-integrity-check-28461"),
        .. JobRecipe.Parameters.Select(p => p.Name == "cronjob" ? p with { Summary = "A CronJob that only looks: one run of it, at most five of a rollback." } : p),
        new("output", ParameterType.Mapping, "What its log has to be.", Example: "{contains: 0 errors}") { Fields = TextRule.Fields },
        .. Limit.Parameters.Select(p => p with { Summary = $"{p.Summary[..^1]}, when its log is one number." }),
    ];

    public IEnumerable<string> Validate(JsonObject parameters)
    {
        var runs = JobRecipe.IsIn(parameters);
        if (runs && parameters.ContainsKey("name"))
            yield return "\"name\" is of a Job that is there: nothing is run then";
        if (!runs && parameters.FirstOrDefault(p => p.Key is "command" or "args" or "env" or "retries" or "timeout" or "keep") is { Key: { } alone })
            yield return $"\"{alone}\" says how a Job is run, but there is none of {JobRecipe.MadeFrom}";
        foreach (var fault in runs ? JobRecipe.Validate(parameters) : [])
            yield return fault;
        foreach (var fault in new[] { TextRule.Fault(parameters["output"] as JsonObject, "\"output\""), Limit.Fault(parameters) }.OfType<string>())
            yield return fault;
    }

    public ServiceNeed? Missing(ServiceDefinition service, JsonObject parameters) => ServiceNeeds.Space(service);

    public IEnumerable<NeededObject> Objects(ServiceDefinition service, JsonObject parameters) =>
        JobRecipe.Objects(service, parameters);

    public bool CanBeCompared(JsonObject parameters) => false;

    public IEnumerable<NeededRight> Rights(ServiceDefinition service, JsonObject parameters) =>
        JobRecipe.IsIn(parameters) ? JobRecipe.Rights(parameters.ContainsKey("cronjob"), looks: true)
        : [.. NeededRight.Beyond(parameters.ContainsKey("name") ? "get" : "list", ResourceKind.Job), .. JobLog.Rights];

    public async Task<IReadOnlyList<CheckResult>> AskAsync(CheckContext context, JsonObject parameters, CancellationToken cancellation)
    {
        var expected = new[] { "completed", TextRule.Of(parameters["output"] as JsonObject, CheckPlaceholders.Of(context))?.ToString(), Limit.Of(parameters)?.ToString() }.OfType<string>();
        var answer = new CheckResult(Verdict.Inconclusive, "job", "", string.Join(", ", expected));
        if (ServiceObject.NamespaceOf(context.Service) is not { } @namespace)
            return [answer with { Measured = $"service {context.Service.Name} declares no workload" }];
        try
        {
            var api = clusters.Of(context.Service);
            var (job, none) = JobRecipe.IsIn(parameters)
                ? await new JobCheckRun(api, time, context).NewestAsync(@namespace, parameters, cancellation)
                : await FindAsync(api, context, @namespace, parameters, cancellation);
            return [job is null ? answer with { Measured = none! } : await JudgeAsync(api, context, job, parameters, answer with { What = $"job {job.Name}" }, cancellation)];
        }
        catch (KubernetesException fault)
        {
            return [answer with { Measured = $"the Kubernetes API cannot be read: {fault.Message}" }];
        }
    }

    private static async Task<(KubernetesObject? Job, string? None)> FindAsync(
        IKubernetesApi api, CheckContext context, string @namespace, JsonObject parameters, CancellationToken cancellation)
    {
        if (parameters["name"]?.GetValue<string>() is { } name)
        {
            var filled = CheckPlaceholders.Fill(name, context, Placeholders.AsIs);
            return ServiceObject.IsName(filled) && await api.GetAsync(new ObjectRef(ResourceKind.Job, @namespace, filled), cancellation) is { } named
                ? (named, null)
                : (null, $"there is no Job {Texts.Clip(filled, 80)}");
        }

        var made = await api.ListAsync(ResourceKind.Job, @namespace, $"{JobManifest.RollbackLabel}={JobManifest.LabelValue(context.RollbackId)},!{JobCheckRun.Label}", cancellation);
        return made.OrderByDescending(j => j.CreationTimestamp).FirstOrDefault() is { } newest ? (newest, null) : (null, "no step of this rollback made a Job, or it is gone");
    }

    private static async Task<CheckResult> JudgeAsync(
        IKubernetesApi api, CheckContext context, KubernetesObject job, JsonObject parameters, CheckResult answer, CancellationToken cancellation)
    {
        var state = JobState.Of(job);
        var container = parameters["container"]?.GetValue<string>() is { } named ? CheckPlaceholders.Fill(named, context, Placeholders.AsIs) : null;
        var log = await JobLog.ReadAsync(api, job, container, cancellation);
        if (state.Finished is not { } finish)
            return answer with { Measured = JobRun.Said($"it still runs: {state}", log.LastLine) };
        if (!finish.Succeeded)
            return answer with { Verdict = Verdict.Fail, Measured = JobRun.Said(finish.ToString(), log.LastLine) };
        if (!parameters.Any(p => p.Key == "output") && Limit.Of(parameters) is null)
            return answer with { Verdict = Verdict.Pass, Measured = JobRun.Said(finish.ToString(), log.LastLine) };
        if (log.Tail.Length == 0)
            return answer with { Measured = $"{finish}, but {log.Trouble ?? "its log is empty"}" };
        var (verdict, measured) = CommandJudgement.Judge(new CommandResult.Ended(0, log.Tail, "", log.Clipped), parameters, CheckPlaceholders.Of(context));
        return answer with { Verdict = verdict, Measured = $"{finish}; {measured}" };
    }
}
