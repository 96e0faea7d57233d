using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix;

namespace AlertRollback.Playbooks.Actions;

/// <summary><c>rollout_undo: {to: last_known_good}</c> puts back the pod template of an earlier revision (S1–S6).</summary>
public sealed class RolloutUndoAction(Clusters clusters, IRevisionLedger ledger, TimeProvider time) : IAction, INeedsRights
{
    private const string Patched = "patched";
    private const string AtZero = "at_zero";

    // One for each cluster: what it read while pinning spares applying two calls.
    private readonly ConditionalWeakTable<IKubernetesApi, Undo> _undos = [];

    public string Name => "rollout_undo";

    public string Summary => "Takes the service's Deployment, StatefulSet, DaemonSet or Argo Rollout back to an earlier revision and waits until that runs. A canary that is under way is aborted first.";

    public Repeatability Repeatability => Repeatability.Converges;

    public bool ChangesProduction => true;

    public bool ReplacesRelease => true;

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        RevisionTarget.Parameter("Which revision"),
        CanarySteps.Parameter("skip"),
    ];

    public IEnumerable<string> Validate(JsonObject parameters)
    {
        if (!RevisionTarget.IsSound(parameters))
            yield return RevisionTarget.Forms;
    }

    public ServiceNeed? Missing(ServiceDefinition service, JsonObject parameters) => ServiceNeeds.Workload(service);

    public IEnumerable<NeededRight> Rights(ServiceDefinition service, JsonObject parameters) =>
        NeededRight.ToChange(service);

    public async Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, CancellationToken cancellation)
    {
        if (ServiceWorkload.Of(context.Service) is not { } workload)
            return ServiceWorkload.NotDeclared(context.Service);
        if (RevisionTarget.Of(parameters, text => context.Fill(text, Placeholders.AsIs)) is not { } target)
            return new PinOutcome.Refused(Reason.NoCandidate, RevisionTarget.Forms);

        // At its turn it would find another template than the one it was planned from, and take our own hand for somebody else's.
        var before = context.Earlier.Where(e => ObjectChanges.ChangesTemplateOf(e, context.Service, workload.Object)).ToList();
        if (before.Find(e => !e.IsConditional) is { } earlier)
            return new PinOutcome.Refused(Reason.Ambiguous, $"{workload}: an earlier step of the plan, {earlier.Action}, changes its template: put it after the undo");
        try
        {
            switch (await UndoOf(context).PinAsync(workload, target, uid => ledger.Knowledge(uid, context.RollbackId), live => HeldBy(live) is not null, context.RollbackId, cancellation))
            {
                case UndoPlan.Pinned { Pin: var pin, Read: var read }:
                    pin = pin with { Owner = HeldBy(read.Live) };
                    if (await SuspendedOwner.ObstacleAsync(context, clusters.Of(context.Service), pin.Owner, workload.Object, cancellation) is { } obstacle)
                        return obstacle;
                    var skips = parameters[CanarySteps.Key]?.GetValue<string>() != "keep" && ArgoSteps.AreSkipped(read, pin);
                    return Pinned(context, pin with { SkipSteps = skips }, read, before);
                case UndoPlan.CannotTell later:
                    return new PinOutcome.CannotTell(later.Text);
                case UndoPlan.Refused refused:
                    return new PinOutcome.Refused(refused.Refusal.Word(), refused.Text);
                case var other:
                    throw new InvalidOperationException($"no such plan: {other}");
            }

            string? HeldBy(KubernetesObject live) => GitopsOwner.Of(SuspendedOwner.Of(context.Service), workload.Object, live);
        }
        catch (KubernetesException fault)
        {
            return ServiceWorkload.CannotRead(fault);
        }
    }

    private PinOutcome.Pinned Pinned(StepContext context, UndoPin pin, WorkloadSnapshot read, IEnumerable<EarlierStep> before) => new(
        Json(context, pin), pin.Origin.ToString(), pin.Target.ToString(), [.. pin.Warnings, .. ArgoUndo.Warnings(pin, read), .. before.Select(e => EitherOr(pin, e))], pin.Diff, [$"{context.Service.Workload!.Cluster}/{pin.Workload}"])
    {
        HasSuspect = true,
        Suspect = WorkloadChange.Release(pin.Uid, read.Digest),
        Leaves = WorkloadChange.Release(pin.Uid, pin.ExpectedDigest),
        Irreversible = Irreversibility.Of(read, pin.Target.Number),
        SuspectSince = WorkloadChange.SuspectSince(ledger, read),
        WasPutBack = WorkloadChange.WasPutBack(ledger, read),
    };

    private static string EitherOr(UndoPin pin, EarlierStep earlier) =>
        $"Where the condition of an earlier step, {earlier.Action}, lets it change the template of {pin.Workload}, this undo is not done: it finds another template than it was planned from.";

    // Nothing can prove a rollout at 0 replicas (S4); where the playbook keeps it there, that is meant.
    private static JsonObject Json(StepContext context, UndoPin pin)
    {
        var json = pin.ToJson();
        if (EarlierScale.Of(context, pin.Uid) == 0)
            json[AtZero] = true;
        return json;
    }

    public async Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation)
    {
        var undo = UndoPin.FromJson(pin);
        try
        {
            // Before a canary is aborted, too; after a crash the write may have been made, whatever the owner does by now.
            if (context.Attempt == 1 && !context.Journal.Marks.ContainsKey(Patched) && await ResumedAsync(context, undo, cancellation) is { } resumed)
                return resumed;
            if (!context.Journal.Marks.ContainsKey(Patched) && (await Argo(context).AbortAsync(context, undo, cancellation) ?? await PatchAsync(context, undo, cancellation)) is { } ended)
                return ended;
            await QuarantineAsync(context, undo, cancellation);
            return await WaitAsync(context, undo, pin.ContainsKey(AtZero), cancellation);
        }
        catch (KubernetesException fault)
        {
            return new StepOutcome.CannotTell(Reason.ApiError, fault.Message);
        }
    }

    private Undo UndoOf(StepContext context) => _undos.GetValue(clusters.Of(context.Service), api => new Undo(api, time));

    private ArgoUndo Argo(StepContext context) => new(clusters.Of(context.Service), time);

    /// <summary>Writes the template; null when it is there, by us or already, and this is journalled.</summary>
    private async Task<StepOutcome?> PatchAsync(StepContext context, UndoPin pin, CancellationToken cancellation)
    {
        StepOutcome? stop = null;
        switch (await UndoOf(context).ApplyAsync(pin, context.RollbackId, outcomeUnknown: context.Attempt > 1, MayWriteAsync, cancellation))
        {
            case UndoOutcome.Withheld:
                return stop;
            case UndoOutcome.Applied applied:
                await MarkAsync(context, applied.Generation, applied.Digest, $"{pin.Workload}: the API accepted {pin.Target}", cancellation);
                return null;
            case UndoOutcome.AlreadyAtTarget there:
                await MarkAsync(context, there.Generation, there.Digest, $"{pin.Workload} was at {pin.Target} already, nothing was written", cancellation);
                return null;
            case var other:
                return other.NotWritten();
        }

        async Task<bool> MayWriteAsync() =>
            (stop = context.Journal.MayWrite() ?? await ResumedAsync(context, pin, cancellation)) is null;
    }

    private Task<StepOutcome?> ResumedAsync(StepContext context, UndoPin pin, CancellationToken cancellation) =>
        SuspendedOwner.ObstacleAsync(clusters.Of(context.Service), pin.Owner, pin.Workload.Object, cancellation);

    private async Task MarkAsync(StepContext context, long generation, string digest, string text, CancellationToken cancellation)
    {
        var data = new JsonObject { ["generation"] = generation, ["template"] = digest, ["at"] = time.GetUtcNow().ToString("O", CultureInfo.InvariantCulture) };
        await context.Journal.MarkAsync(Patched, data, text, cancellation);
    }

    private async Task QuarantineAsync(StepContext context, UndoPin pin, CancellationToken cancellation)
    {
        var why = await ledger.QuarantineAsync(
            pin.Uid, context.Service.Workload!.Address, pin.Origin.Digest, [.. pin.Origin.Images.Select(i => i.Image)], context.RollbackId, cancellation);
        if (why is not null && !context.Journal.Marks.ContainsKey(IRevisionLedger.NotQuarantined))
            await context.Journal.MarkAsync(IRevisionLedger.NotQuarantined, [], why, cancellation);
    }

    private async Task<StepOutcome> WaitAsync(StepContext context, UndoPin pin, bool atZero, CancellationToken cancellation)
    {
        var mark = context.Journal.Marks[Patched];
        var since = DateTimeOffset.Parse(mark["at"]!.GetValue<string>(), CultureInfo.InvariantCulture);
        var expected = new RolloutExpectation(pin.Workload, pin.Uid, pin.Expected with { Digest = mark["template"]?.GetValue<string>() ?? pin.ExpectedDigest }, mark["generation"]!.GetValue<long>(), since);
        var broken = new BrokenPods(clusters.Of(context.Service), context, time);
        StepOutcome? stopped = null;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        try
        {
            var end = await new RolloutWatch(clusters.Of(context.Service), time).FollowAsync(
                expected,
                context.Deadline,
                progress => context.Journal.ProgressAsync(progress.Percent, progress.Text, cancellation),
                async ct =>
                {
                    stopped = await broken.EvictAsync(pin.Workload, pin.Uid, expected.Target, ct) ?? await Argo(context).PromoteAsync(context, pin, expected.Target.Digest, ct);
                    if (stopped is not null)
                        await stop.CancelAsync();
                },
                stop.Token);
            return Read(pin, end, atZero, broken);
        }
        catch (OperationCanceledException) when (stopped is not null)
        {
            return stopped;
        }
    }

    private static StepOutcome Read(UndoPin pin, RolloutEnd end, bool atZero, BrokenPods broken) => end.Last.Verdict switch
    {
        RolloutVerdict.Complete => new StepOutcome.Done(Reason.Applied, $"{pin.Target} runs: {end.Last.Text}"),
        RolloutVerdict.Failed => new StepOutcome.Failed(Reason.RolloutFailed, end.Last.Text),
        RolloutVerdict.Superseded => new StepOutcome.Superseded(end.Last.Text),
        RolloutVerdict.Inconclusive when atZero => new StepOutcome.Done(Reason.Applied, $"{pin.Target} is what the next pods run; the playbook keeps it at 0 replicas for now"),
        RolloutVerdict.Inconclusive => new StepOutcome.CannotTell(Reason.Inconclusive, end.Last.Text),
        _ => new StepOutcome.Failed(Reason.TimedOut, $"not complete in time, {end.Last.Percent} %: {end.Last.Text}{broken.Held}"),
    };
}
