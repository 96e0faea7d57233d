using System.Globalization;
using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks.Commands;

namespace AlertRollback.Playbooks.Actions;

/// <summary><c>delete_pods</c> has the service's pods that are not ready replaced, one after the other.</summary>
public sealed class DeletePodsAction(Clusters clusters, TimeProvider time) : IAction, INeedsRights
{
    // Whose pods a selector may mean.
    private static readonly ResourceKind[] Owners = [ResourceKind.ReplicaSet, ResourceKind.StatefulSet, ResourceKind.DaemonSet];

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(500);

    public string Name => "delete_pods";

    public string Summary => "Has pods replaced, those that the plan found and no others, one after the other: the next one only when the replacement is ready. By eviction, which respects disruption budgets. A pod that its lost node does not end keeps only its own ready peers waiting.";

    public Repeatability Repeatability => Repeatability.Converges;

    public bool ChangesProduction => true;

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        new("selector", ParameterType.Text, "A label selector in the service's namespace; an empty one is refused.", Default: "the pods of the service's workload", Example: "app=paperless-maverick"),
        new("which", ParameterType.Text, "Only those that are not ready, or all.", Default: "not_ready", Example: "all", Allowed: ["not_ready", "all"]),
        new("pause", ParameterType.Duration, "Pause after each replacement.", Default: "0s", Example: "30s"),
        new("force", ParameterType.YesNo, "Deletes at once (grace 0) and without asking disruption budgets; always needs an approval, and is refused for pods of a StatefulSet.", Default: "false", Example: "true"),
    ];

    public IEnumerable<string> Validate(JsonObject parameters) => PodChoices.Validate(parameters);

    public ServiceNeed? Missing(ServiceDefinition service, JsonObject parameters) => ServiceNeeds.Pod(service, parameters);

    public IEnumerable<NeededRight> Rights(ServiceDefinition service, JsonObject parameters) =>
        PodChoices.Of(service, parameters) is { } choice
            ? [.. choice.Workload is { } workload ? NeededRight.ToRead(workload) : [],
                .. (choice.Workload is { } one ? [one.HasReplicaSets ? one.RevisionResource : one.Resource] : Owners).SelectMany(o => NeededRight.To("get", o)),
                .. NeededRight.To("get list", ResourceKind.Pod),
                .. parameters["force"]?.GetValue<bool>() == true ? [new NeededRight("delete", "", "pods", "rights/pods")] : NeededRight.To("create", ResourceKind.Pod, "eviction")]
            : [];

    public async Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, CancellationToken cancellation)
    {
        var (chosen, unfit) = PodChoices.Filled(parameters, context.Fill);
        if (unfit is not null)
            return new PinOutcome.Refused(Reason.NotGranted, unfit);
        if (PodChoices.Of(context.Service, chosen) is not { } choice)
            return ServiceWorkload.NotDeclared(context.Service);
        try
        {
            var all = (await choice.PodsAsync(clusters.Of(context.Service), cancellation)).Where(p => !p.BeingDeleted).OrderBy(p => p.Name, StringComparer.Ordinal).ToList();
            if (all.Count == 0)
                return new PinOutcome.Refused(Reason.NothingWouldMatch, $"no pod is one of {choice.Text}");
            var meant = parameters["which"]?.GetValue<string>() == "all" ? all : [.. all.Where(p => PodState.Failure(p) is not null)];
            return Pinned(choice, all.Count, meant, parameters, await choice.LocksAsync(clusters.Of(context.Service), meant, cancellation));
        }
        catch (KubernetesException fault)
        {
            return ServiceWorkload.CannotRead(fault);
        }
    }

    public async Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation)
    {
        var pods = ((JsonArray)pin["pods"]!).Select(p => PodToReplace.FromJson((JsonObject)p!)).ToList();
        var replacement = new PodReplacement(clusters.Of(context.Service), pin["namespace"]!.GetValue<string>(), pods, pin["force"]!.GetValue<bool>(), time);
        var (replaced, pause) = (0, Checks.HttpExpectation.Span(pin["pause"]) ?? TimeSpan.Zero);
        var next = new Queue<(PodToReplace Pod, string Mark, bool Again)>(pods.Select((p, i) => (Pod: p, Mark: MarkOf(i), Again: false)).Where(p => !context.Journal.Marks.ContainsKey(p.Mark)));
        var stuck = new HashSet<string>();
        try
        {
            while (next.TryDequeue(out var one))
            {
                var (state, stopped) = await ReplaceAsync(
                    context, replacement, one.Pod, (s, asked) => !one.Again && (s.IsStuck || (stuck.Contains(one.Pod.OwnerUid) && (s.IsReady || asked || !s.MayGo))), cancellation);
                if (stopped is not null)
                    return next.Count == 0 || stopped is not StepOutcome.Failed ? stopped : stopped with { Text = $"{stopped.Text}; the pods after it stay" };
                if (!state.Replaced)
                {
                    // Pods of others need not wait for it; its peers that are broken, too, are asked for once, and may have to.
                    stuck.Add(one.Pod.OwnerUid);
                    next.Enqueue(one with { Again = true });
                    continue;
                }

                await context.Journal.MarkAsync(one.Mark, [], $"{one.Pod.Name} is replaced, {state.Text}", cancellation);
                await context.Journal.ProgressAsync(++replaced * 100 / pods.Count, $"{replaced} of {pods.Count} pods replaced", cancellation);
                if (next.Count > 0 && pause > TimeSpan.Zero)
                    await Task.Delay(pause, time, cancellation);
            }
        }
        catch (KubernetesException fault)
        {
            return new StepOutcome.CannotTell(fault.Fault is KubernetesFault.Invalid or KubernetesFault.Forbidden ? Reason.RejectedByApi : Reason.ApiError, fault.Message);
        }

        return replaced == 0
            ? new StepOutcome.Done(Reason.AlreadyAtTarget, pods.Count == 0 ? "no pod had to be replaced" : "they were replaced before")
            : new StepOutcome.Done(Reason.Applied, $"{replaced} of {pods.Count} pods replaced");
    }

    /// <summary>Asks for it and waits until the replacement is ready, or for as long as it is not put off.</summary>
    /// <returns>How far it is, and the outcome of the step where it ends it.</returns>
    private async Task<(ReplacementState State, StepOutcome? Stopped)> ReplaceAsync(
        StepContext context, PodReplacement replacement, PodToReplace pod, Func<ReplacementState, bool, bool> isPutOff, CancellationToken cancellation)
    {
        var asked = false;
        while (true)
        {
            var state = await replacement.LookAsync(pod, cancellation);
            if (state.Replaced || isPutOff(state, asked))
                return (state, null);
            if (state.MayGo)
            {
                if (context.Journal.MayWrite() is { } stop)
                    return (state, stop);
                state = state with { Text = await replacement.AskAsync(pod, cancellation) ?? state.Text };
                asked = true;
            }

            if (time.GetUtcNow() + Tick >= context.Deadline)
                return (state, new StepOutcome.Failed(Reason.TimedOut, $"{pod.Name}: {state.Text}"));
            await Task.Delay(state.MayGo ? TimeSpan.FromMilliseconds(100) : Tick, time, cancellation);
        }
    }

    private static PinOutcome Pinned(PodChoice choice, int all, List<KubernetesObject> meant, JsonObject parameters, IReadOnlyList<string> locks)
    {
        var force = parameters["force"]?.GetValue<bool>() == true;
        if (meant.FirstOrDefault(p => !PodToReplace.IsReplaced(p)) is { } alone)
            return new PinOutcome.Refused(Reason.NothingWouldMatch, $"nothing would replace pod {alone.Name}: it belongs to no ReplicaSet, StatefulSet or DaemonSet");
        var pods = meant.Select(PodToReplace.Of).ToList();
        if (force && pods.FirstOrDefault(p => p.OwnerKind == "StatefulSet") is { } ordered)
            return new PinOutcome.Refused(Reason.NotGranted, $"pod {ordered.Name} is one of a StatefulSet: by force, two of its name could run at once");
        var pin = new JsonObject
        {
            ["namespace"] = choice.Namespace,
            ["pods"] = new JsonArray([.. pods.Select(p => p.ToJson())]),
            ["force"] = force,
            ["pause"] = parameters["pause"]?.DeepClone(),
        };
        var how = force ? "deleted at once" : "evicted";
        return new PinOutcome.Pinned(pin, $"{all} pods of {choice.Text}", $"{pods.Count.ToString(CultureInfo.InvariantCulture)} of them {how}, one after the other", [], [.. meant.Select(p => $"{Why(p)}: {how}")], locks)
        {
            Irreversible = force && pods.Count > 0 ? "pods are killed at once: what they are doing is cut off, and disruption budgets are not asked" : null,
        };
    }

    private static string Why(KubernetesObject pod) => PodState.Failure(pod)?.ToString() ?? $"{pod.Name} (ready)";

    private static string MarkOf(int number) => $"replaced-{number}";
}
