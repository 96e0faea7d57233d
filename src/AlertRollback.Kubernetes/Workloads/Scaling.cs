using System.Text.Json.Nodes;

namespace AlertRollback.Kubernetes.Workloads;

/// <summary>What pinning a scale found.</summary>
public abstract record ScalePlan
{
    public sealed record Pinned(ScalePin Pin) : ScalePlan;

    public sealed record Refused(ScaleRefusal Refusal, string Text) : ScalePlan;
}

/// <summary>Why a workload is not scaled.</summary>
public enum ScaleRefusal { NotFound, BeingDeleted, OwnedByGitops, BelowAutoscalerMinimum, NotScalable, Rejected }

/// <summary>How applying or restoring a scale ended.</summary>
public abstract record ScaleOutcome
{
    /// <param name="Generation">The workload's generation with the new replicas.</param>
    public sealed record Applied(long Replicas, long Generation) : ScaleOutcome;

    public sealed record AlreadyThere(long Replicas) : ScaleOutcome;

    /// <summary>An autoscaler has set another number since, as it may; it stays.</summary>
    public sealed record LeftToAutoscaler(long Replicas, string Text) : ScaleOutcome;

    /// <summary>The live value is somebody else's and stays.</summary>
    public sealed record Superseded(string Text) : ScaleOutcome;

    /// <summary>It was asked whether it may write, and may not: nothing was changed.</summary>
    public sealed record Withheld : ScaleOutcome;

    public sealed record Refused(ScaleRefusal Refusal, string Text) : ScaleOutcome;

    /// <summary>Nothing was changed and the way was blocked; worth trying again.</summary>
    public sealed record NotDone(string Text) : ScaleOutcome;

    /// <summary>A write was sent and could not be read back; apply again.</summary>
    public sealed record Unknown(string Text) : ScaleOutcome;
}

/// <summary>Sets a workload's replicas, and puts them back only while they are still ours (S7).</summary>
public sealed class Scaling(IKubernetesApi api, TimeProvider time)
{
    /// <summary>Looks what is there, and whether an autoscaler stands against it. Changes nothing.</summary>
    /// <param name="declared">What the service says that deploys it: while it is suspended, which is for the caller to look at, it may be scaled (S6).</param>
    /// <exception cref="KubernetesException">The API could not be read; worth asking again.</exception>
    public async Task<ScalePlan> PinAsync(WorkloadRef workload, long to, CancellationToken cancellation, GitopsOwner? declared = null)
    {
        if (workload.Kind == WorkloadKind.DaemonSet || to < 0)
            return new ScalePlan.Refused(ScaleRefusal.NotScalable, $"{workload} cannot be scaled to {to}");
        if (await api.GetAsync(workload.Object, cancellation) is not { } live)
            return new ScalePlan.Refused(ScaleRefusal.NotFound, $"{workload} does not exist");
        if (live.BeingDeleted)
            return new ScalePlan.Refused(ScaleRefusal.BeingDeleted, $"{workload} is being deleted");
        var held = GitopsOwner.Of(declared, workload.Object, live);
        if (held is null && Ownership.Of(live).Owner is { } owner)
            return new ScalePlan.Refused(ScaleRefusal.OwnedByGitops, Owned(workload, owner));

        var warnings = new List<string>();
        var targeting = await AutoscalerAsync(workload, warnings, cancellation);
        if (targeting is not null && to == 0 && await Keda.ObjectionAsync(api, targeting, cancellation) is { } objection)
            return new ScalePlan.Refused(ScaleRefusal.BelowAutoscalerMinimum, objection);
        var autoscaler = LimitsOf(targeting);
        if (autoscaler is not null && to > 0 && to < autoscaler.Min)
            return new ScalePlan.Refused(ScaleRefusal.BelowAutoscalerMinimum, $"autoscaler {autoscaler.Name} keeps at least {autoscaler.Min}, so {to} would not last");
        if (autoscaler is not null && to == 0)
            warnings.Add($"0 replicas disable autoscaler {autoscaler.Name} until somebody scales up again.");
        if (autoscaler is not null && to > 0 && to <= autoscaler.Max && autoscaler.Min < autoscaler.Max)
            warnings.Add($"Autoscaler {autoscaler.Name} may set another number at any time; where {to} has to last, raise its minReplicas first.");
        if (autoscaler is not null && to > autoscaler.Max)
            warnings.Add($"Autoscaler {autoscaler.Name} allows at most {autoscaler.Max} and will scale down again.");

        return new ScalePlan.Pinned(new ScalePin(workload, live.Uid, Replicas(live), to, autoscaler, warnings) { Owner = held });
    }

    /// <summary>From the pinned number to the new one. Safe to repeat.</summary>
    /// <param name="mark">Id of this step in this rollback; tells our own change from somebody else's after a crash.</param>
    /// <param name="mayWrite">Asked right before each write; null: it may.</param>
    public Task<ScaleOutcome> ApplyAsync(ScalePin pin, string mark, CancellationToken cancellation, Func<Task<bool>>? mayWrite = null) =>
        ConvergeAsync(pin, pin.To, live => BeforeApply(pin, mark, live), live => UndoRequest.Annotation(live, Marks.Scale, mark), cancellation, mayWrite);

    /// <summary>Back to the pinned number, only while the live one is still what we set.</summary>
    public Task<ScaleOutcome> RestoreAsync(ScalePin pin, string mark, CancellationToken cancellation) =>
        ConvergeAsync(pin, pin.From, live => BeforeRestore(pin, mark, live), _ => UndoRequest.WithoutAnnotation(Marks.Scale), cancellation);

    private static ScaleOutcome? BeforeApply(ScalePin pin, string mark, KubernetesObject live) => Replicas(live) switch
    {
        _ when Ownership.Of(live).Owner is { } owner && !GitopsOwner.Owns(pin.Owner, live) => new ScaleOutcome.Refused(ScaleRefusal.OwnedByGitops, Owned(pin.Workload, owner)),
        var n when live.Annotation(Marks.Scale) == mark && pin.MayBeAutoscaled(n) => Autoscaled(pin, n),
        var n when !pin.MayBeginAt(n) => Others(pin, n),
        var n when live.Annotation(Marks.Scale) == mark => new ScaleOutcome.Superseded($"{pin.Workload} was scaled to {pin.To} by us, and to {n} again by somebody else"),
        _ => null,
    };

    private static string Owned(WorkloadRef workload, string owner) => $"{workload} belongs to {owner}, which would put its replicas back";

    private static ScaleOutcome? BeforeRestore(ScalePin pin, string mark, KubernetesObject live) => Replicas(live) switch
    {
        var n when n != pin.To => pin.From > 0 && pin.MayBeAutoscaled(n) ? Autoscaled(pin, n) : Others(pin, n),
        var n when live.Annotation(Marks.Scale) != mark => new ScaleOutcome.Superseded($"{pin.Workload} has {n} replicas, but not from us"),
        _ => null,
    };

    private static ScaleOutcome.LeftToAutoscaler Autoscaled(ScalePin pin, long replicas) =>
        new(replicas, $"{replicas} replicas, as autoscaler {pin.Autoscaler!.Name} has it by now");

    private static ScaleOutcome.Superseded Others(ScalePin pin, long replicas) =>
        new($"{pin.Workload} has {replicas} replicas by now, neither {pin.From} nor {pin.To}");

    private Task<ScaleOutcome> ConvergeAsync(
        ScalePin pin, long to, Func<KubernetesObject, ScaleOutcome?> judge, Func<KubernetesObject, JsonObject> marking, CancellationToken cancellation, Func<Task<bool>>? mayWrite = null)
    {
        return new Converging<ScaleOutcome>(pin.Workload, time)
        {
            Rejected = text => new ScaleOutcome.Refused(ScaleRefusal.Rejected, text),
            NotDone = text => new ScaleOutcome.NotDone(text),
            Unknown = text => new ScaleOutcome.Unknown(text),
        }.RunAsync(_ => TurnAsync(), sent: false, cancellation);

        async Task<ScaleOutcome> TurnAsync()
        {
            var live = await api.GetAsync(pin.Workload.Object, cancellation);
            if (live is null)
                return new ScaleOutcome.Refused(ScaleRefusal.NotFound, $"{pin.Workload} does not exist any more");
            if (Judge(pin, live, to, judge) is { } ended)
                return ended;
            if (mayWrite is not null && !await mayWrite())
                return new ScaleOutcome.Withheld();

            JsonArray patch = [.. UndoRequest.Preconditions(live), UndoRequest.Operation("add", "/spec/replicas", to), marking(live)];
            var written = await api.JsonPatchAsync(pin.Workload.Object, patch, new WriteOptions(), cancellation);
            return new ScaleOutcome.Applied(to, written.Generation);
        }
    }

    private static ScaleOutcome? Judge(ScalePin pin, KubernetesObject live, long to, Func<KubernetesObject, ScaleOutcome?> judge)
    {
        if (live.Uid != pin.Uid)
            return new ScaleOutcome.Superseded($"{pin.Workload} was deleted and created again");
        return Replicas(live) == to ? new ScaleOutcome.AlreadyThere(to) : judge(live);
    }

    private async Task<KubernetesObject?> AutoscalerAsync(WorkloadRef workload, List<string> warnings, CancellationToken cancellation)
    {
        try
        {
            var all = await api.ListAsync(ResourceKind.HorizontalPodAutoscaler, workload.Namespace, null, cancellation);
            return all.FirstOrDefault(a => Targets(a, workload));
        }
        catch (KubernetesException e) when (e.Fault is KubernetesFault.Forbidden or KubernetesFault.NotFound)
        {
            warnings.Add("It could not be seen whether an autoscaler targets it.");
            return null;
        }
    }

    private static AutoscalerLimits? LimitsOf(KubernetesObject? autoscaler) => autoscaler is null ? null
        : new AutoscalerLimits(autoscaler.Name, autoscaler.Number("spec", "minReplicas") ?? 1, autoscaler.Number("spec", "maxReplicas") ?? long.MaxValue);

    private static bool Targets(KubernetesObject autoscaler, WorkloadRef workload) =>
        autoscaler.Text("spec", "scaleTargetRef", "kind") == workload.Resource.Kind
        && autoscaler.Text("spec", "scaleTargetRef", "name") == workload.Name;

    private static long Replicas(KubernetesObject live) => live.Number("spec", "replicas") ?? 1;
}
