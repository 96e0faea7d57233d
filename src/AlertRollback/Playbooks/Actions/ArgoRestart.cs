using System.Globalization;
using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Edits;

namespace AlertRollback.Playbooks.Actions;

/// <summary>
/// Starts the pods of an Argo Rollout anew as Argo's own program does: its controller replaces all pods that are older than
/// <c>spec.restartAt</c>, one after the other and without a canary. That is the time of the write, not of the plan, so that
/// pods which came in between and read the old configuration are replaced, too.
/// </summary>
internal sealed class ArgoRestart(IKubernetesApi api, TimeProvider time)
{
    /// <summary>Beside the mark of a restart that was made again because what it was for was put back.</summary>
    private const string Again = "/again";

    /// <summary>As it is planned; the time stands for the one of the write.</summary>
    public static Change Planned(StepContext context) => new(EditPin.RestartAt, Stamp(context.Run.Started));

    /// <summary>The pin with the time it is carried out at: journalled, or known by our mark from before a crash, else now.</summary>
    /// <exception cref="KubernetesException">It cannot be read.</exception>
    public async Task<EditPin> TimedAsync(StepContext context, EditPin pin, string name, StepMark mark, CancellationToken cancellation)
    {
        if (!pin.Restarts)
            return pin;
        if (context.Journal.Marks.TryGetValue(name, out var known))
            return At(pin, known["at"]!.GetValue<string>());
        if (await api.GetAsync(pin.Object, cancellation) is { } live && live.Annotation(mark.Annotation) == mark.Value && RestartAt(live) is { } written)
            return At(pin, written);
        var at = Stamp(NextSecond());
        await context.Journal.PrepareAsync(name, new JsonObject { ["at"] = at }, "", cancellation);
        return At(pin, at);
    }

    /// <summary>What they were started anew for was put back: they have to read that, too. Once, however often it is asked for.</summary>
    public async Task<EditOutcome> AgainAsync(EditPin pin, StepMark mark, CancellationToken cancellation)
    {
        try
        {
            var again = mark with { StepKey = mark.StepKey + Again };
            var live = await api.GetAsync(pin.Object, cancellation);
            if (live is null || live.Uid != pin.Uid)
                return new EditOutcome.Superseded($"{pin.Object} was deleted");
            if (live.Annotation(mark.Annotation) == again.Value)
                return new EditOutcome.AlreadyThere(live);
            if (live.Annotation(mark.Annotation) != mark.Value)
                return pin.Places.All(p => p.From.Is(live.At("spec", "restartAt")))
                    ? new EditOutcome.AlreadyThere(live)
                    : new EditOutcome.Superseded($"{pin.Object} was started anew by somebody else");
            var places = pin.Places.Select(p => p with { From = PlaceValue.Plain(live.At("spec", "restartAt")), To = PlaceValue.Plain(Stamp(NextSecond())) });
            return await new ObjectEdit(api, time).ApplyAsync(pin with { Places = [.. places] }, again, cancellation);
        }
        catch (KubernetesException fault)
        {
            return new EditOutcome.NotDone(fault.Message);
        }
    }

    public static string? RestartAt(KubernetesObject live) => live.Text("spec", "restartAt");

    private static EditPin At(EditPin pin, string at) => pin with { Places = [.. pin.Places.Select(p => p with { To = PlaceValue.Plain(at) })] };

    // Both this and a pod's creation are kept in whole seconds, and only an older pod is replaced: one of this very second may
    // have read what was there before.
    private DateTimeOffset NextSecond() => time.GetUtcNow() + TimeSpan.FromSeconds(1);

    private static string Stamp(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
