using System.Globalization;
using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Edits;
using AlertRollback.Playbooks.Actions;

namespace AlertRollback.Playbooks.Jobs;

/// <summary>A step that is one Job: planned, created once, followed to its end and judged. What actions share that run one.</summary>
/// <param name="action">The action's word: its mark and the Job's name derive from it.</param>
internal sealed class JobStep(Clusters clusters, TimeProvider time, string action)
{
    private const string Creating = "creating";
    private const string Created = "created";
    private const string Log = "log";

    /// <summary>Adds to the pin of what is planned: the Job's name, its recipe and the digest of its manifest.</summary>
    public async Task<PinOutcome> PinAsync(StepContext context, JobRecipe recipe, CancellationToken cancellation)
    {
        if (ServiceObject.Of(context, ResourceKind.Job, context.NameFor(recipe.Subject, 52), out var refused) is not { } target)
            return refused!;
        var api = clusters.Of(context.Service);
        try
        {
            var made = await new JobMaker(api).MakeAsync(recipe, target, context.MarkOf(action), cancellation);
            if (made is not JobMade.Manifest manifest)
                return made is JobMade.Refused no ? new PinOutcome.Refused(no.Reason, no.Text) : throw new InvalidOperationException($"no such manifest: {made}");
            if (await RejectionAsync(api, target, manifest.Body, context.MarkOf(action), cancellation) is { } rejected)
                return rejected;
            var pin = new JsonObject { ["job"] = target.Name, ["namespace"] = target.Namespace, ["recipe"] = recipe.ToJson(), ["digest"] = manifest.Digest };
            return new PinOutcome.Pinned(pin, "", $"{recipe}, as Job {target.Name}", [], [], [$"{Clusters.NameOf(context.Service)}/{target}"]);
        }
        catch (KubernetesException fault)
        {
            return ServiceWorkload.CannotRead(fault);
        }
    }

    /// <summary>Safe to repeat: the Job is never made twice.</summary>
    public async Task<(StepOutcome Outcome, JobLog Log)> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation)
    {
        var target = TargetOf(pin);
        var recipe = JobRecipe.FromJson((JsonObject)pin["recipe"]!);
        try
        {
            var (job, outcome) = await FindOrCreateAsync(context, target, recipe, pin["digest"]!.GetValue<string>(), cancellation);
            return job is null ? (outcome!, JobLog.None) : await FollowAsync(context, job, recipe, cancellation);
        }
        catch (KubernetesException fault)
        {
            return (new StepOutcome.CannotTell(Reason.ApiError, $"{target}: {fault.Message}"), JobLog.None);
        }
    }

    public static ObjectRef TargetOf(JsonObject pin) => new(ResourceKind.Job, pin["namespace"]!.GetValue<string>(), pin["job"]!.GetValue<string>());

    private async Task<(KubernetesObject? Job, StepOutcome? Outcome)> FindOrCreateAsync(
        StepContext context, ObjectRef target, JobRecipe recipe, string digest, CancellationToken cancellation)
    {
        var api = clusters.Of(context.Service);
        var mark = context.MarkOf(action);
        if (await api.GetAsync(target, cancellation) is { } live)
            return JobManifest.IsOurs(live, mark) ? (live, null) : (null, NotOurs(target));
        if (WasThere(context, recipe))
            return (null, new StepOutcome.CannotTell(Reason.OutcomeUnknown, $"{target} was created and is gone; it is never run twice"));

        // The manifest may hold secrets and was not journalled: it is made anew, and has to be the one that was planned.
        if (await new JobMaker(api).MakeAsync(recipe, target, mark, cancellation) is not JobMade.Manifest made || made.Digest != digest)
            return (null, new StepOutcome.Superseded($"what {target} was to be made from was changed since it was planned"));
        if (context.Journal.MayWrite() is { } stop)
            return (null, context.Journal.Marks.ContainsKey(Creating) ? stop with { Text = $"{stop.Text}; {target} is not there" } : stop);
        await context.Journal.PrepareAsync(Creating, At(), "", cancellation);
        switch (await new JobRun(api, time).CreateAsync(target, made.Body, mark, cancellation))
        {
            case JobStart.There there:
                await context.Journal.MarkAsync(Created, At(), $"{target} created", cancellation);
                return (there.Job, null);
            case JobStart.NotOurs:
                return (null, NotOurs(target));
            case JobStart.Rejected rejected:
                return (null, new StepOutcome.CannotTell(Reason.RejectedByApi, $"nothing was created: {rejected.Text}"));
            case JobStart.Unknown unknown:
                return (null, new StepOutcome.CannotTell(unknown.Sent ? Reason.OutcomeUnknown : Reason.ApiError, unknown.Text));
            case var other:
                throw new InvalidOperationException($"no such start: {other}");
        }
    }

    /// <summary>Whether it may have been there already and been cleaned up since (S17).</summary>
    private bool WasThere(StepContext context, JobRecipe recipe) => context.Journal.Marks.ContainsKey(Created)
        || (context.Journal.Marks.TryGetValue(Creating, out var began)
            && time.GetUtcNow() - DateTimeOffset.Parse(began["at"]!.GetValue<string>(), CultureInfo.InvariantCulture) >= recipe.Keep);

    private async Task<(StepOutcome Outcome, JobLog Log)> FollowAsync(StepContext context, KubernetesObject job, JobRecipe recipe, CancellationToken cancellation)
    {
        var api = clusters.Of(context.Service);
        var name = $"job {job.Name}";
        var end = await new JobRun(api, time).FollowAsync(
            job, recipe.Container, context.Deadline, text => context.Journal.ProgressAsync(0, $"{name}: {text}", cancellation), cancellation);
        if (end is JobEnd.Gone)
            return (new StepOutcome.CannotTell(Reason.OutcomeUnknown, $"{name} was deleted while it ran; it is never run twice"), JobLog.None);
        var log = await JobLog.ReadAsync(api, job, recipe.Container, cancellation);
        if (log.Tail.Length > 0)
            await context.Journal.MarkAsync(Log, new JsonObject { ["tail"] = log.Tail }, "", cancellation);
        return (Judge(name, end, log), log);
    }

    internal static StepOutcome Judge(string name, JobEnd end, JobLog log) => end switch
    {
        JobEnd.Finished { Finish: { Succeeded: true } finish } => new StepOutcome.Done(Reason.Applied, JobRun.Said($"{name} {finish}", log.LastLine)),
        JobEnd.Finished { Finish: var finish } => new StepOutcome.Failed(
            finish.TookTooLong ? Reason.TimedOut : Reason.JobFailed, JobRun.Said($"{name} {finish}", log.LastLine)),
        JobEnd.StillRuns runs => new StepOutcome.Failed(
            Reason.TimedOut, JobRun.Said($"{name} was not done in time and may still run: {runs.State}{(log.Trouble is null ? "" : $", {log.Trouble}")}", log.LastLine)),
        _ => throw new InvalidOperationException($"no such end: {end}"),
    };

    private static async Task<PinOutcome?> RejectionAsync(IKubernetesApi api, ObjectRef target, JsonObject body, StepMark mark, CancellationToken cancellation)
    {
        try
        {
            await api.CreateAsync(target.Kind, target.Namespace, body, new WriteOptions(DryRun: true), cancellation);
            return null;
        }
        catch (KubernetesException fault) when (fault.Fault is KubernetesFault.Invalid or KubernetesFault.Forbidden or KubernetesFault.NotFound)
        {
            return new PinOutcome.Refused(Reason.RejectedByApi, $"the API server would reject it: {fault.Message}");
        }
        catch (KubernetesException fault) when (fault.Fault == KubernetesFault.Conflict)
        {
            return await api.GetAsync(target, cancellation) is { } live && !JobManifest.IsOurs(live, mark)
                ? new PinOutcome.Refused(Reason.Superseded, $"{target} exists already, and is not ours")
                : null;
        }
    }

    private JsonObject At() => new() { ["at"] = time.GetUtcNow().ToString("O", CultureInfo.InvariantCulture) };

    private static StepOutcome.Superseded NotOurs(ObjectRef target) => new($"{target} exists, and is not ours");
}
