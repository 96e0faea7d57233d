using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;

namespace AlertRollback.Playbooks.Actions;

/// <summary><c>scale: {replicas: 0}</c> sets the replicas of the service's workload (S7).</summary>
public sealed class ScaleAction(Clusters clusters, TimeProvider time) : IAction
{
    public string Name => "scale";

    public string Summary => "Sets the replicas of the service's Deployment, StatefulSet or Argo Rollout and waits until they are there, or gone.";

    public Repeatability Repeatability => Repeatability.Converges;

    public bool ChangesProduction => true;

    public bool Restores => true;

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        new("replicas", ParameterType.Integer, "How many pods; 0 stops the service and disables an autoscaler.", Required: true, Example: "0", Main: true),
    ];

    public IEnumerable<string> Validate(JsonObject parameters)
    {
        if (parameters["replicas"]?.GetValue<long>() is < 0 or > 10_000)
            yield return "\"replicas\" is from 0 to 10000";
    }

    public async Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, CancellationToken cancellation)
    {
        if (ServiceWorkload.Of(context.Service) is not { } workload)
            return ServiceWorkload.NotDeclared(context.Service);
        try
        {
            return await Scaling(context).PinAsync(workload, parameters["replicas"]!.GetValue<long>(), allowOwner: false, cancellation) switch
            {
                ScalePlan.Pinned pinned => Pinned(context, pinned.Pin with { From = EarlierScale.Of(context, pinned.Pin.Uid) ?? pinned.Pin.From }),
                ScalePlan.Refused refused => new PinOutcome.Refused(refused.Refusal.Word(), refused.Text),
                var other => throw new InvalidOperationException($"no such plan: {other}"),
            };
        }
        catch (KubernetesException fault)
        {
            return ServiceWorkload.CannotRead(fault);
        }
    }

    private static PinOutcome.Pinned Pinned(StepContext context, ScalePin pin) => new(
        pin.ToJson(), $"{pin.From} replicas", $"{pin.To} replicas", pin.Warnings, [], [$"{context.Service.Workload!.Cluster}/{pin.Workload}"]);

    public async Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation)
    {
        var scale = ScalePin.FromJson(pin);
        if (context.Journal.MayWrite() is { } stop)
            return stop;
        var outcome = Read(await Scaling(context).ApplyAsync(scale, Mark(context), cancellation));
        return outcome is StepOutcome.Done ? await WaitAsync(context, scale, cancellation) : outcome;
    }

    public async Task<StepOutcome> RestoreAsync(StepContext context, JsonObject pin, CancellationToken cancellation) =>
        Read(await Scaling(context).RestoreAsync(ScalePin.FromJson(pin), Mark(context), cancellation));

    private Scaling Scaling(StepContext context) => new(clusters.Of(context.Service), time);

    // Stable within the rollback: tells our change from somebody else's after a crash.
    private static string Mark(StepContext context) => $"{context.RollbackId}/{context.StepKey}";

    private static StepOutcome Read(ScaleOutcome outcome) => outcome switch
    {
        ScaleOutcome.Applied applied => new StepOutcome.Done(Reason.Applied, $"{applied.Replicas} replicas"),
        ScaleOutcome.AlreadyThere there => new StepOutcome.Done(Reason.AlreadyAtTarget, $"{there.Replicas} replicas already"),
        ScaleOutcome.Superseded superseded => new StepOutcome.Superseded(superseded.Text),
        ScaleOutcome.Refused refused => new StepOutcome.CannotTell(refused.Refusal.Word(), $"nothing was changed: {refused.Text}"),
        ScaleOutcome.NotDone blocked => new StepOutcome.CannotTell(Reason.ApiError, blocked.Text),
        ScaleOutcome.Unknown unknown => new StepOutcome.CannotTell(Reason.OutcomeUnknown, unknown.Text),
        _ => throw new InvalidOperationException($"no such outcome: {outcome}"),
    };

    private async Task<StepOutcome> WaitAsync(StepContext context, ScalePin pin, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(Left(context.Deadline), time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        var seen = "it was not seen yet";
        try
        {
            var events = clusters.Of(context.Service).WatchAsync(pin.Workload.Resource, pin.Workload.Namespace, null, $"metadata.name={pin.Workload.Name}", both.Token);
            await foreach (var e in events)
            {
                if (e.Type == WatchEventType.Deleted || e.Object.Uid != pin.Uid)
                    return new StepOutcome.Superseded($"{pin.Workload} was deleted");
                if (e.Object.Number("spec", "replicas") is { } wanted && wanted != pin.To)
                    return new StepOutcome.Superseded($"{pin.Workload} was scaled to {wanted} by somebody else");
                var (all, ready) = (e.Object.Number("status", "replicas") ?? 0, e.Object.Number("status", "readyReplicas") ?? 0);
                seen = $"{all} pods, {ready} of them ready";
                if (e.Object.ObservedGeneration >= e.Object.Generation && all == pin.To && ready >= pin.To)
                    return new StepOutcome.Done(Reason.Applied, pin.To == 0 ? "no pods are left" : $"{ready} of {pin.To} pods are ready");
                await context.Journal.ProgressAsync(Percent(pin, all, ready), seen, cancellation);
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // its time is over
        }
        catch (KubernetesException fault)
        {
            return new StepOutcome.CannotTell(Reason.ApiError, fault.Message);
        }

        return new StepOutcome.Failed(Reason.TimedOut, $"not at {pin.To} replicas in time: {seen}");
    }

    private static int Percent(ScalePin pin, long all, long ready)
    {
        var way = Math.Abs(pin.To - pin.From);
        var done = pin.To > pin.From ? ready - pin.From : pin.From - all;
        return way == 0 ? 99 : (int)Math.Clamp(done * 100 / way, 0, 99);
    }

    private TimeSpan Left(DateTimeOffset deadline)
    {
        var left = deadline - time.GetUtcNow();
        return left > TimeSpan.Zero ? left : TimeSpan.FromMilliseconds(1);
    }
}
