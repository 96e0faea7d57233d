using System.Globalization;
using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Edits;
using AlertRollback.Kubernetes.Workloads;

namespace AlertRollback.Playbooks.Actions;

/// <summary>
/// Waits for what changes of objects begin: the rollout of a workload whose pods are made anew and, where that is asked for, of
/// everything that was created or changed and can be proven to work.
/// </summary>
internal sealed class ChangeWait(Clusters clusters, TimeProvider time)
{
    /// <summary>In a pin: whether all of it is waited for, or nothing; absent: new pods alone.</summary>
    public const string Key = "wait";

    // Whatever comes next is put back too: what does not come up must not hold it up for long.
    private static readonly TimeSpan LongestWaitBack = TimeSpan.FromMinutes(3);

    private readonly CreatedObjects _created = new(clusters, time);

    /// <summary>What is remembered of the object right after the write.</summary>
    public JsonObject MarkOf(KubernetesObject live, EditPin pin)
    {
        var mark = new JsonObject
        {
            ["generation"] = live.Generation,
            ["uid"] = live.Uid,
            ["template"] = LiveTemplate.Digest(live),
            ["at"] = time.GetUtcNow().ToString("O", CultureInfo.InvariantCulture),
        };
        if (Release(live, pin) is { } release)
            mark["release"] = release;
        if (pin.Restarts)
            mark["restart_at"] = ArgoRestart.RestartAt(live);
        return mark;
    }

    // By it the template is known again after a restart of somebody else. Where the restart itself is wanted, an older one is not the
    // same; and an Argo Rollout would go by its steps again.
    private static string? Release(KubernetesObject live, EditPin pin) =>
        pin.Kind == ResourceKind.Rollout || pin.Places.Any(p => p.Path.StartsWith(EditPin.RestartedAt) || EditPin.RestartedAt.StartsWith(p.Path))
            ? null
            : PodTemplate.ReleaseDigest(LiveTemplate.Of(live));

    /// <param name="pin">The step's whole pin.</param>
    /// <param name="edits">Its edits with the names of their marks.</param>
    /// <param name="written">What was done, in words.</param>
    public async Task<StepOutcome> ForAsync(
        StepContext context, JsonObject pin, IReadOnlyList<(EditPin Edit, string Mark)> edits, IReadOnlyList<string> written, CancellationToken cancellation)
    {
        var texts = new List<string>();
        foreach (var (edit, name) in edits)
        {
            if (!IsWaitedFor(pin, edit))
                continue;
            var outcome = await OneAsync(context, edit, context.Journal.Marks[name], CanarySteps.AreSkipped(pin) ? $"promoted-{name}" : null, cancellation);
            if (outcome is not (null or StepOutcome.Done))
                return outcome;
            if (outcome is not null)
                texts.Add($"{edit.Object}: {outcome.Text}");
        }

        return new StepOutcome.Done(Reason.Applied, string.Join("; ", texts.Count > 0 ? texts : written.Count > 0 ? written : ["it was written before"]));
    }

    private static bool IsWaitedFor(JsonObject pin, EditPin edit) =>
        pin[Key]?.GetValue<bool>() is { } all ? all && (edit.Places.Count > 0 || edit.Body is not null) : edit.ChangesTemplate || edit.Restarts;

    private async Task<StepOutcome?> OneAsync(StepContext context, EditPin edit, JsonObject mark, string? promotion, CancellationToken cancellation) => WorkloadOf(edit) is { } workload
        ? await RolloutAsync(context, Expected(workload, edit.Uid.Length > 0 ? edit.Uid : mark["uid"]!.GetValue<string>(), mark), promotion, cancellation)
        : await _created.WaitAsync(context, edit.Object, mark["uid"]?.GetValue<string>(), cancellation);

    /// <summary>
    /// An Argo Rollout that went past its steps comes back past them, and a StatefulSet does not get over the broken pod that
    /// the change may have left (S5); null: there is nothing to wait for.
    /// </summary>
    public async Task<StepOutcome?> ForRestoredAsync(StepContext context, JsonObject pin, EditPin edit, KubernetesObject live, CancellationToken cancellation)
    {
        if (!edit.ChangesTemplate || WorkloadOf(edit) is not { } workload)
            return null;
        var expected = Expected(workload, live.Uid, MarkOf(live, edit));
        if (workload.Kind == WorkloadKind.Rollout)
            return CanarySteps.AreSkipped(pin) ? await RolloutAsync(context, expected, "promoted-back", cancellation) : null;
        return workload.Kind == WorkloadKind.StatefulSet ? await BackAsync(context, expected, cancellation) : null;
    }

    // Its template is as it was, whatever becomes of its pods.
    private async Task<StepOutcome> BackAsync(StepContext context, RolloutExpectation expected, CancellationToken cancellation)
    {
        var until = time.GetUtcNow() + LongestWaitBack;
        return await RolloutAsync(context with { Deadline = until < context.Deadline ? until : context.Deadline }, expected, null, cancellation) switch
        {
            var late and (StepOutcome.Failed or StepOutcome.CannotTell) => new StepOutcome.Done(Reason.Applied, late.Text) { NotReady = true },
            var ended => ended,
        };
    }

    // Another group may have a kind of the same name.
    private static WorkloadRef? WorkloadOf(EditPin edit) =>
        WorkloadRef.Parse(edit.Object.ToString()) is { } workload && workload.Resource.Group == edit.Kind.Group ? workload : null;

    private static RolloutExpectation Expected(WorkloadRef workload, string uid, JsonObject mark) => new(
        workload, uid, new ExpectedTemplate(mark["template"]!.GetValue<string>(), mark["release"]?.GetValue<string>()), mark["generation"]!.GetValue<long>(), Time(mark["at"]!))
    {
        RestartedAt = mark["restart_at"] is { } at ? Time(at) : null,
    };

    private static DateTimeOffset Time(JsonNode at) => DateTimeOffset.Parse(at.GetValue<string>(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    /// <param name="promotion">The mark of an Argo Rollout's way past its steps; null: it takes them.</param>
    private async Task<StepOutcome> RolloutAsync(StepContext context, RolloutExpectation expected, string? promotion, CancellationToken cancellation)
    {
        var api = clusters.Of(context.Service);
        var steps = new ArgoSteps(api, time);
        var broken = new BrokenPods(api, context, time);
        StepOutcome? stopped = null;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        try
        {
            var end = await new RolloutWatch(api, time).FollowAsync(
                expected,
                context.Deadline,
                p => context.Journal.ProgressAsync(p.Percent, $"{expected.Workload}: {p.Text}", cancellation),
                async ct =>
                {
                    stopped = await broken.EvictAsync(expected.Workload, expected.Uid, expected.Target, ct)
                        ?? (promotion is null ? null : await CanarySteps.PromoteAsync(context, steps, expected.Workload, expected.Uid, expected.Target.Digest, promotion, ct));
                    if (stopped is not null)
                        await stop.CancelAsync();
                },
                stop.Token);
            return Word(expected.Workload, end.Last, broken);
        }
        catch (OperationCanceledException) when (stopped is not null)
        {
            return stopped;
        }
        catch (KubernetesException fault)
        {
            return new StepOutcome.CannotTell(Reason.ApiError, fault.Message);
        }
    }

    private static StepOutcome Word(WorkloadRef workload, RolloutProgress last, BrokenPods broken) => last.Verdict switch
    {
        RolloutVerdict.Complete => new StepOutcome.Done(Reason.Applied, last.Text),
        RolloutVerdict.Failed => new StepOutcome.Failed(Reason.RolloutFailed, $"{workload}: {last.Text}"),
        RolloutVerdict.Superseded => new StepOutcome.Superseded(last.Text),

        // The change is there, and pods that come later are made from it.
        RolloutVerdict.Inconclusive when last.NothingRuns => new StepOutcome.Done(Reason.Applied, $"written; {last.Text}"),
        RolloutVerdict.Inconclusive => new StepOutcome.CannotTell(Reason.Inconclusive, $"{workload}: {last.Text}"),
        _ => new StepOutcome.Failed(Reason.TimedOut, $"{workload} not complete in time, {last.Percent} %: {last.Text}{broken.Held}"),
    };
}
