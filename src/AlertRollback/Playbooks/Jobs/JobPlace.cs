using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Edits;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Playbooks.Commands;

namespace AlertRollback.Playbooks.Jobs;

/// <summary>Where and how programs are run in Jobs.</summary>
/// <param name="Recipe">A Job that runs these arguments, and is ended after this time.</param>
internal sealed record JobTool(IKubernetesApi Api, string Namespace, string? Container, Func<IReadOnlyList<string>, TimeSpan, JobRecipe> Recipe);

/// <summary>
/// Runs the programs of one step, each in a Job whose name derives from the step and the arguments: what was run already is
/// found again, and its end read, but it is never run twice (S17).
/// </summary>
internal sealed class JobPlace(JobTool tool, StepContext context, TimeProvider time) : ICommandPlace
{
    private const string Made = "job";

    // Beyond its own time, in which Kubernetes ends it: for saying so.
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(15);

    public string Text => $"a Job in {tool.Namespace}";

    public async Task<CommandResult> RunAsync(IReadOnlyList<string> command, TimeSpan timeout, CancellationToken cancellation)
    {
        var recipe = tool.Recipe(command, timeout);
        var (target, mark) = Named(recipe, command);
        try
        {
            if (await new JobMaker(tool.Api).MakeAsync(recipe, target, mark, cancellation) is not JobMade.Manifest made)
                return new CommandResult.NotStarted($"no Job can be made of what the operator declared in {tool.Namespace}", Measured: true);
            if (context.Journal.MayWrite() is { } stop)
                return new CommandResult.NotStarted(stop.Text, Reason: Reason.StoppedByPerson);
            await context.Journal.PrepareAsync(Made, new JsonObject { ["job"] = target.Name }, "", cancellation);
            return await new JobRun(tool.Api, time).CreateAsync(target, made.Body, mark, cancellation) switch
            {
                JobStart.There there => await FollowAsync(there.Job, timeout, cancellation),
                JobStart.NotOurs => new CommandResult.NotStarted($"{target} exists, and is not ours"),
                JobStart.Rejected rejected => new CommandResult.NotStarted(rejected.Text, Reason: Reason.RejectedByApi),
                JobStart.Unknown { Sent: true } unknown => new CommandResult.Unknown(unknown.Text, MayStillRun: true),
                JobStart.Unknown unknown => new CommandResult.NotStarted(unknown.Text, Reason: Reason.ApiError),
                var other => throw new InvalidOperationException($"no such start: {other}"),
            };
        }
        catch (KubernetesException fault)
        {
            return new CommandResult.NotStarted($"the Kubernetes API cannot be read: {fault.Message}");
        }
    }

    public async Task<CommandResult?> EarlierAsync(TimeSpan timeout, CancellationToken cancellation)
    {
        if (!context.Journal.Marks.TryGetValue(Made, out var made))
            return null;
        try
        {
            var job = await tool.Api.GetAsync(new ObjectRef(ResourceKind.Job, tool.Namespace, made["job"]!.GetValue<string>()), cancellation);
            return job is not null && job.Label(JobManifest.RollbackLabel) == JobManifest.LabelValue(context.RollbackId) ? await FollowAsync(job, timeout, cancellation) : null;
        }
        catch (KubernetesException)
        {
            return null;
        }
    }

    private async Task<CommandResult> FollowAsync(KubernetesObject job, TimeSpan timeout, CancellationToken cancellation)
    {
        try
        {
            return await new JobRun(tool.Api, time).FollowAsync(
                job, tool.Container, time.GetUtcNow() + timeout + Slack, text => context.Journal.ProgressAsync(0, $"job {job.Name}: {text}", cancellation), cancellation) switch
            {
                JobEnd.Finished finished => await JobResult.ReadAsync(tool.Api, finished.Job, finished.Finish, tool.Container, cancellation),
                JobEnd.StillRuns => new CommandResult.Unknown($"job {job.Name} did not end within {Durations.Format(timeout)}; it may still run", MayStillRun: true),
                _ => new CommandResult.Unknown($"job {job.Name} was deleted while it ran"),
            };
        }
        catch (KubernetesException fault)
        {
            return new CommandResult.Unknown($"job {job.Name}: {fault.Message}", MayStillRun: true);
        }
    }

    private (ObjectRef Target, StepMark Mark) Named(JobRecipe recipe, IReadOnlyList<string> command)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', [context.RollbackId, context.StepKey, .. command]))))[..12];
        var subject = recipe.Subject.Length > 40 ? recipe.Subject[..40] : recipe.Subject;
        return (new ObjectRef(ResourceKind.Job, tool.Namespace, $"{subject.TrimEnd('-', '.')}-{hash}"), new StepMark($"{Marks.Prefix}run-{hash}", context.RollbackId, $"{context.StepKey}/{hash}"));
    }
}

/// <summary>Runs what only looks in Jobs, as the job check does: one that ended is the answer for a while, and not many are run.</summary>
internal sealed class LookingJobPlace(JobTool tool, CheckContext context, TimeProvider time) : ICommandPlace
{
    // Pulling an image takes longer than a question may.
    private static readonly TimeSpan Start = TimeSpan.FromMinutes(2);
    private static readonly Checks.JobCheckRun.Limits Often = new(Most: 30, PassLasts: TimeSpan.FromSeconds(30), FailLasts: TimeSpan.FromSeconds(30));

    public string Text => $"a Job in {tool.Namespace}";

    public async Task<CommandResult> RunAsync(IReadOnlyList<string> command, TimeSpan timeout, CancellationToken cancellation)
    {
        try
        {
            var (job, none) = await new Checks.JobCheckRun(tool.Api, time, context, Often).NewestAsync(tool.Namespace, tool.Recipe(command, timeout + Start), cancellation);
            if (job is null)
                return new CommandResult.NotStarted(none!);
            var state = JobState.Of(job);
            if (state.Finished is { } finish)
                return await JobResult.ReadAsync(tool.Api, job, finish, tool.Container, cancellation);
            context.JobStillRuns();
            return new CommandResult.NotStarted($"its Job still runs: {state}, job {job.Name}");
        }
        catch (KubernetesException fault)
        {
            return new CommandResult.NotStarted($"the Kubernetes API cannot be read: {fault.Message}");
        }
    }
}

/// <summary>Where nothing may be run: a plan makes no Job.</summary>
internal sealed class PlannedJobPlace(JobTool tool) : ICommandPlace
{
    public string Text => $"a Job in {tool.Namespace}";

    public Task<CommandResult> RunAsync(IReadOnlyList<string> command, TimeSpan timeout, CancellationToken cancellation) =>
        Task.FromResult<CommandResult>(new CommandResult.NotStarted("no Job is run while it is only planned"));
}
