using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Playbooks.Jobs;

namespace AlertRollback.Playbooks.Actions;

/// <summary>Waits for objects that are no workloads and still have an end or a moment from which on they work: Jobs, and definitions of kinds.</summary>
internal sealed class CreatedObjects(Clusters clusters, TimeProvider time)
{
    private const string Definition = "CustomResourceDefinition";
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <param name="uid">Null: that was not remembered, because nothing is waited for.</param>
    /// <returns>Null: there is nothing to wait for.</returns>
    public async Task<StepOutcome?> WaitAsync(StepContext context, ObjectRef target, string? uid, CancellationToken cancellation)
    {
        try
        {
            return (target.Kind.Group, target.Kind.Kind) switch
            {
                _ when uid is null => null,
                ("batch", "Job") => await JobAsync(context, target, uid, cancellation),
                ("apiextensions.k8s.io", Definition) => await DefinitionAsync(context, target, uid, cancellation),
                _ => null,
            };
        }
        catch (KubernetesException fault)
        {
            return new StepOutcome.CannotTell(Reason.ApiError, $"{target}: {fault.Message}");
        }
    }

    private async Task<StepOutcome?> JobAsync(StepContext context, ObjectRef target, string uid, CancellationToken cancellation)
    {
        var api = clusters.Of(context.Service);
        if (await api.GetAsync(target, cancellation) is not { } job || job.Uid != uid)
            return Gone(target);
        if (job.Flag("spec", "suspend"))
            return new StepOutcome.Done(Reason.Applied, "written; it is suspended");
        var end = await new JobRun(api, time).FollowAsync(job, null, context.Deadline, text => context.Journal.ProgressAsync(0, $"{target}: {text}", cancellation), cancellation);
        return end is JobEnd.Gone ? Gone(target) : JobStep.Judge($"job {target.Name}", end, await JobLog.ReadAsync(api, job, null, cancellation));
    }

    // Its objects are not served before.
    private async Task<StepOutcome> DefinitionAsync(StepContext context, ObjectRef target, string uid, CancellationToken cancellation)
    {
        while (true)
        {
            if (await clusters.Of(context.Service).GetAsync(target, cancellation) is not { } live || live.Uid != uid)
                return Gone(target);
            if (Condition(live, "Established") is ("True", _))
                return new StepOutcome.Done(Reason.Applied, "its objects are served");
            if (Condition(live, "NamesAccepted") is ("False", var why))
                return new StepOutcome.Failed(Reason.RejectedByApi, $"{target}: {why}");
            if (time.GetUtcNow() >= context.Deadline)
                return new StepOutcome.Failed(Reason.TimedOut, $"{target}: its objects are not served yet");
            await Task.Delay(Pause, time, cancellation);
        }
    }

    private static StepOutcome.CannotTell Gone(ObjectRef target) => new(Reason.OutcomeUnknown, $"{target} was deleted, or created again, before its end was seen");

    private static (string? Status, string? Message) Condition(KubernetesObject live, string type) =>
        (live.At("status", "conditions") as JsonArray)?.OfType<JsonObject>().FirstOrDefault(c => c["type"]?.ToString() == type) is { } found
            ? (found["status"]?.ToString(), found["message"]?.ToString())
            : (null, null);
}
