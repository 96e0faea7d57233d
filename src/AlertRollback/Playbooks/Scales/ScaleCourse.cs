using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;

namespace AlertRollback.Playbooks.Scales;

/// <summary>One workload's way from the replicas it has to those it shall have, over stops on the way.</summary>
/// <param name="Whole">From where to where in the end.</param>
/// <param name="Stops">The numbers on the way, the last of them the end.</param>
internal sealed record ScaleCourse(ScalePin Whole, IReadOnlyList<long> Stops)
{
    public WorkloadRef Workload => Whole.Workload;

    /// <summary>The stops that lie on the way: a drain never scales up, and what is there already is no stop.</summary>
    public static ScaleCourse Of(ScalePin whole, IReadOnlyList<long> stops) =>
        new(whole, [.. stops.Where(s => whole.To < whole.From ? s < whole.From : whole.To > whole.From && s > whole.From).DefaultIfEmpty(whole.To)]);

    /// <summary>A stop that the autoscaler would not leave alone (S7); null when there is none.</summary>
    public long? BelowMinimum => Stops.Where(s => s > 0 && s < Whole.Autoscaler?.Min).Select(s => (long?)s).FirstOrDefault();

    public ScalePin Leg(int stop) => Whole with { From = stop == 0 ? Whole.From : Stops[stop - 1], To = Stops[stop] };

    /// <summary>Stable within the rollback: tells our change from somebody else's after a crash, and which of ours it was.</summary>
    public string Mark(StepContext context, int stop) =>
        Stops.Count == 1 ? $"{context.RollbackId}/{context.StepKey}" : $"{context.RollbackId}/{context.StepKey}/{stop}";

    /// <summary>The stop that the live workload is at by our hand, the last one by anybody's; -1: at none of them.</summary>
    public int StopOf(StepContext context, KubernetesObject live)
    {
        var replicas = live.Number("spec", "replicas") ?? 1;
        if (replicas == Whole.To)
            return Stops.Count - 1;
        return Enumerable.Range(0, Stops.Count).FirstOrDefault(i => Stops[i] == replicas && live.Annotation(Marks.Scale) == Mark(context, i), -1);
    }

    /// <summary>Whether a change of ours was made once, whatever is there now.</summary>
    public bool WasBegun(StepContext context, KubernetesObject live) =>
        Enumerable.Range(0, Stops.Count).Any(i => live.Annotation(Marks.Scale) == Mark(context, i));

    /// <summary>Whether an earlier stop was the last one written, and the way to this one can begin where an autoscaler has it by now.</summary>
    public bool MayGoOn(StepContext context, int stop, KubernetesObject live) =>
        Enumerable.Range(0, stop).Any(i => live.Annotation(Marks.Scale) == Mark(context, i)) && Leg(stop).MayBeginAt(live.Number("spec", "replicas") ?? 1);

    /// <summary>How a stop ends where the autoscaler has set another number since; null: it has not.</summary>
    public StepOutcome? AfterAutoscaler(int stop, KubernetesObject live) => live.Number("spec", "replicas") is { } set && Leg(stop).MayBeAutoscaled(set)
        ? new StepOutcome.Done(Reason.AlreadyAtTarget, $"{set} replicas, as autoscaler {Whole.Autoscaler!.Name} has it by now")
        : null;

    /// <summary>What there is to be put back: from the stop that was reached, in one go.</summary>
    public (ScalePin Pin, string Mark) Back(StepContext context, KubernetesObject? live)
    {
        var stop = live is null ? -1 : Enumerable.Range(0, Stops.Count).LastOrDefault(i => live.Annotation(Marks.Scale) == Mark(context, i), -1);
        return stop < 0 ? (Whole, Mark(context, Stops.Count - 1)) : (Whole with { To = Stops[stop] }, Mark(context, stop));
    }

    public JsonObject ToJson()
    {
        var json = Whole.ToJson();
        json["stops"] = new JsonArray([.. Stops.Select(s => JsonValue.Create(s))]);
        return json;
    }

    /// <summary>What a scale step pinned: one or several workloads; a pin of an earlier version is one.</summary>
    public static IReadOnlyList<ScaleCourse> AllOf(JsonObject pin) =>
        [.. (pin["scales"] as JsonArray)?.Select(s => FromJson((JsonObject)s!)) ?? [FromJson(pin)]];

    private static ScaleCourse FromJson(JsonObject json)
    {
        var whole = ScalePin.FromJson(json);
        return new ScaleCourse(whole, json["stops"] is JsonArray stops ? [.. stops.Select(s => s!.GetValue<long>())] : [whole.To]);
    }
}
