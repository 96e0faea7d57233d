using System.Text.Json.Nodes;

namespace AlertRollback.Kubernetes.Workloads;

/// <summary>
/// Takes a Deployment, StatefulSet, DaemonSet or Argo Rollout back to an earlier revision, as convergence: the target is pinned once, and
/// applying the pin ends in the same state however often it happens (S1, S2).
/// </summary>
public sealed class Undo(IKubernetesApi api, TimeProvider time)
{
    private const int maxReadings = 3;
    private readonly UndoRequests requests = new(time);

    /// <summary>
    /// Reads the workload, chooses the target and has the API server check the patch without carrying it out. Changes nothing.
    /// </summary>
    /// <param name="knowledgeOf">What is remembered of the revisions of the workload with this uid.</param>
    /// <param name="isHeld">Whether Argo CD, Flux or whoever owns the live workload leaves it alone (S6).</param>
    /// <param name="rollbackId">The rollback whose own pause is no obstacle.</param>
    /// <exception cref="KubernetesException">The API could not be read; worth asking again.</exception>
    public async Task<UndoPlan> PinAsync(
        WorkloadRef workload, UndoTarget to, Func<string, RevisionKnowledge> knowledgeOf, Predicate<KubernetesObject> isHeld, string? rollbackId, CancellationToken cancellation)
    {
        for (var reading = 1; reading <= maxReadings; reading++)
        {
            try
            {
                return await PinOnceAsync(workload, to, knowledgeOf, isHeld, rollbackId, cancellation);
            }
            catch (KubernetesException e) when (e.Fault is KubernetesFault.Conflict)
            {
                // It is another object by now. What would be written has to be known, so all of it is read anew.
            }
        }

        return new UndoPlan.CannotTell($"{workload} changed faster than its patch could be checked");
    }

    private async Task<UndoPlan> PinOnceAsync(
        WorkloadRef workload, UndoTarget to, Func<string, RevisionKnowledge> knowledgeOf, Predicate<KubernetesObject> isHeld, string? rollbackId, CancellationToken cancellation)
    {
        if (await new WorkloadReader(api).ReadAsync(workload, cancellation) is not { } snapshot)
            return new UndoPlan.Refused(UndoRefusal.NotFound, $"{workload} does not exist");
        if (UndoRules.Refusal(workload, snapshot.Live, isHeld, rollbackId) is { } refusal)
            return new UndoPlan.Refused(refusal.Refusal, refusal.Text);
        if (workload.Kind == WorkloadKind.Rollout && snapshot.Current is null)
            return new UndoPlan.CannotTell($"Argo's controller has not seen the last change of {workload}");

        var choice = Candidates.Choose(snapshot, to, knowledgeOf(snapshot.Uid));
        if (choice is Choice.Refused refused)
            return new UndoPlan.Refused(refused.Refusal, refused.Text);

        var target = ((Choice.Chosen)choice).Revision;
        var request = new UndoRequest(snapshot.Live, target);
        var (written, rejected) = await DryRunAsync(workload, request, rollbackId ?? "", cancellation);
        if (written is null)
            return new UndoPlan.Refused(UndoRefusal.Rejected, rejected!);
        if (!PodTemplate.DiffersBeyondMarks(written, LiveTemplate.Of(snapshot.Live)))
            return new UndoPlan.Refused(UndoRefusal.NothingWouldChange, $"the API server, or an admission webhook, makes of {target} what {workload} runs already");

        requests.Remember(request);
        var pin = PinOf(snapshot, target, written);
        return new UndoPlan.Pinned(PodTemplate.SameAs(written, target.Template) ? pin : pin with
        {
            WrittenDigest = PodTemplate.Digest(written),
            Warnings = [.. pin.Warnings, UndoWarnings.Changed(target, written)],
        }, snapshot);
    }

    /// <summary>Carries out a pin. Safe to repeat.</summary>
    /// <param name="outcomeUnknown">An earlier apply of this pin may have been carried out: after a crash or a lost answer (S2).</param>
    /// <param name="mayWrite">Asked right before each write.</param>
    public Task<UndoOutcome> ApplyAsync(UndoPin pin, string rollbackId, bool outcomeUnknown, Func<Task<bool>> mayWrite, CancellationToken cancellation)
    {
        // What was read while pinning a moment ago saves two calls. The patch carries its resourceVersion, so the API server
        // itself compares: it answers 409 when anything changed since, and then everything is read anew.
        var remembered = outcomeUnknown ? null : requests.Take(pin, rollbackId);
        return UndoOutcome.Converging(pin.Workload, time).RunAsync(TurnAsync, outcomeUnknown, cancellation);

        async Task<UndoOutcome> TurnAsync(bool sent)
        {
            (var request, remembered) = (remembered, null);
            if (request is null)
            {
                (var ended, request) = await JudgeAsync(pin, rollbackId, sent, cancellation);
                if (ended is not null)
                    return ended;
            }

            if (!await mayWrite())
                return new UndoOutcome.Withheld();
            var written = await api.JsonPatchAsync(pin.Workload.Object, request!.Patch(rollbackId), new WriteOptions(), cancellation);
            return new UndoOutcome.Applied(written.ResourceVersion, written.Generation, LiveTemplate.Digest(written));
        }
    }

    /// <summary>Either how it ends without a write, or what to write.</summary>
    private async Task<(UndoOutcome? Ended, UndoRequest? Request)> JudgeAsync(
        UndoPin pin, string rollbackId, bool outcomeUnknown, CancellationToken cancellation)
    {
        var live = await api.GetAsync(pin.Workload.Object, cancellation);
        if (LiveState.Judge(pin, live, rollbackId, outcomeUnknown) is { } ended)
            return (ended, null);

        var kept = await api.GetAsync(new ObjectRef(pin.Workload.RevisionResource, pin.Workload.Namespace, pin.Target.Identity), cancellation);
        if (kept is null || kept.ControllerUid != pin.Uid || Revision.Of(kept) is not { } target || target.Digest != pin.Target.Digest || kept.Uid != pin.Target.Uid)
            return (new UndoOutcome.Refused(UndoRefusal.TargetPruned, $"{pin.Target} is no longer kept as it was pinned"), null);

        // The controller counts a revision up when it is used again: somebody, perhaps we, has been there and back (S2).
        if (outcomeUnknown && target.Number != pin.Target.Number)
            return (new UndoOutcome.Superseded($"{pin.Workload} was taken to {pin.Target} and back to {pin.Origin} again"), null);
        return (null, new UndoRequest(live!, target));
    }

    /// <summary>The template as it would be written; or why it would be rejected.</summary>
    private async Task<(JsonObject? Written, string? Rejected)> DryRunAsync(WorkloadRef workload, UndoRequest request, string rollbackId, CancellationToken cancellation)
    {
        try
        {
            return (LiveTemplate.Of(await api.JsonPatchAsync(workload.Object, request.DryRun(rollbackId), new WriteOptions(DryRun: true), cancellation)), null);
        }
        catch (KubernetesException e) when (e.Fault is KubernetesFault.Invalid or KubernetesFault.Forbidden)
        {
            return (null, $"the API server would reject it: {e.Message}");
        }
    }

    private static UndoPin PinOf(WorkloadSnapshot snapshot, Revision target, JsonObject written)
    {
        var origin = snapshot.Current is { } current
            ? PinnedRevision.Of(current)
            : new PinnedRevision(0, "", "", snapshot.Digest, PodTemplate.Images(snapshot.Template));
        return new UndoPin(
            snapshot.Workload,
            snapshot.Uid,
            origin,
            PinnedRevision.Of(target),
            [.. UndoWarnings.Of(snapshot, target)],
            [.. TemplateDiff.Masked(snapshot.Template, target.Template), .. ReleaseNotes.Changes(snapshot.Live, target)])
        {
            LiveDigest = LiveTemplate.Digest(snapshot.Live) is var live && live != origin.Digest ? live : null,
            ReleaseDigest = snapshot.Workload.Kind == WorkloadKind.Rollout ? null : PodTemplate.ReleaseDigest(written),
        };
    }
}
