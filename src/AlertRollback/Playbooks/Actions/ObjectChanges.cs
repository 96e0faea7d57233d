using System.Globalization;
using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Edits;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix;

namespace AlertRollback.Playbooks.Actions;

/// <summary>A change that an action wants.</summary>
/// <param name="Live">As it was read a moment ago; null: it is to be created from <see cref="Body"/>.</param>
internal sealed record Wanted(ObjectRef Target, KubernetesObject? Live, IReadOnlyList<Change> Changes)
{
    public JsonObject? Body { get; init; }

    /// <summary>What is applied by the server, whether the object is there or not; null: <see cref="Changes"/> or <see cref="Body"/>.</summary>
    public JsonObject? Manifest { get; init; }

    /// <summary>An apply takes fields that belong to others.</summary>
    public bool Force { get; init; }

    /// <summary>Where values that may be secret are put back from.</summary>
    public KeptTemplate? Kept { get; init; }
}

/// <summary>
/// What the actions share that change Kubernetes objects: pin and diff, compare and patch, the wait for the rollout that a
/// changed pod template begins, and putting it back in reverse order.
/// </summary>
internal sealed class ObjectChanges(Clusters clusters, TimeProvider time, string action)
{
    private const string Edits = "edits";

    public async Task<PinOutcome> PinAsync(
        StepContext context, IReadOnlyList<Wanted> wanted, string from, string to, IEnumerable<string> warnings, CancellationToken cancellation)
    {
        var planning = new EditPlanning(clusters.Of(context.Service));
        var pins = new List<EditPin>();
        var said = warnings.ToList();
        foreach (var want in wanted)
        {
            var plan = want.Manifest is { } manifest ? await planning.PinApplyAsync(want.Target, want.Live, manifest, want.Force, want.Kept, context.MarkOf(action), cancellation)
                : want.Live is null ? await planning.PinCreationAsync(want.Target, want.Body!, context.MarkOf(action), cancellation)
                : await planning.PinAsync(want.Target, want.Live, want.Changes, want.Kept, context.MarkOf(action), cancellation);
            switch (plan)
            {
                case EditPlan.Refused refused:
                    return new PinOutcome.Refused(refused.Refusal.Word(), refused.Text);
                case EditPlan.Pinned pinned:
                    pins.Add(pinned.Pin);
                    said.AddRange(pinned.Warnings);
                    break;
            }
        }

        var json = new JsonObject { [Edits] = new JsonArray([.. pins.Select(p => p.ToJson())]) };
        return new PinOutcome.Pinned(json, from, to, [.. said.Distinct()], [.. pins.SelectMany(EditDiff.Lines)], [.. pins.Select(p => Lock(context.Service, p.Object))]);
    }

    public async Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation)
    {
        var pins = Read(pin);
        var written = new List<string>();
        for (var i = 0; i < pins.Count; i++)
        {
            if (context.Journal.Marks.ContainsKey(MarkName(i)))
                continue;
            if (context.Journal.MayWrite() is { } stop)
                return stop;
            var outcome = await Edit(context).ApplyAsync(pins[i], context.MarkOf(action), cancellation);
            var (live, text) = outcome switch
            {
                EditOutcome.Applied applied => (applied.Live, $"{pins[i].Object}: the API accepted the change"),
                EditOutcome.AlreadyThere there => (there.Live, $"{pins[i].Object} was so already, nothing was written"),
                _ => (null, ""),
            };
            if (live is null)
                return Word(outcome);
            written.Add(text);
            await context.Journal.MarkAsync(MarkName(i), MarkOf(live), text, cancellation);
        }

        return await WaitAsync(context, pins, written, cancellation);
    }

    /// <summary>Whether all of it is there already, from an earlier attempt or somebody else.</summary>
    /// <exception cref="KubernetesException">It cannot be read.</exception>
    public async Task<bool> IsThereAsync(StepContext context, JsonObject pin, CancellationToken cancellation)
    {
        foreach (var edit in Read(pin))
        {
            if (await clusters.Of(context.Service).GetAsync(edit.Object, cancellation) is not { } live || !edit.IsThere(live))
                return false;
        }

        return true;
    }

    /// <summary>What stands at the places before it, in their order.</summary>
    public static IEnumerable<JsonNode?> Before(JsonObject pin) => Read(pin).SelectMany(e => e.Places).Select(p => p.From.Value);

    /// <summary>In reverse order; what is no longer ours stays, and the rest is put back all the same.</summary>
    /// <param name="goOn">Whether the rest is put back after something that could not be.</param>
    public async Task<StepOutcome> RestoreAsync(StepContext context, JsonObject pin, CancellationToken cancellation, bool goOn = true)
    {
        StepOutcome? left = null;
        var done = new List<string>();
        foreach (var edit in Read(pin).Reverse())
        {
            var outcome = Word(await Edit(context).RestoreAsync(edit, context.MarkOf(action), cancellation));
            if (outcome is StepOutcome.Done)
                done.Add($"{edit.Object} is as it was");
            else
                left ??= outcome;
            if (left is not null && !goOn)
                break;
        }

        return left ?? new StepOutcome.Done(Reason.Applied, string.Join("; ", done));
    }

    /// <summary>The same changes in the opposite order.</summary>
    public static JsonObject Reversed(JsonObject pin) => new() { [Edits] = new JsonArray([.. ((JsonArray)pin[Edits]!).Reverse().Select(e => e!.DeepClone())]) };

    private async Task<StepOutcome> WaitAsync(StepContext context, IReadOnlyList<EditPin> pins, List<string> written, CancellationToken cancellation)
    {
        var texts = new List<string>();
        for (var i = 0; i < pins.Count; i++)
        {
            if (!pins[i].ChangesTemplate || WorkloadRef.Parse(pins[i].Object.ToString()) is not { } workload)
                continue;
            var outcome = await RolloutAsync(context, workload, pins[i].Uid, context.Journal.Marks[MarkName(i)], cancellation);
            if (outcome is not StepOutcome.Done)
                return outcome;
            texts.Add($"{workload}: {outcome.Text}");
        }

        return new StepOutcome.Done(Reason.Applied, string.Join("; ", texts.Count > 0 ? texts : written.Count > 0 ? written : ["it was written before"]));
    }

    private async Task<StepOutcome> RolloutAsync(StepContext context, WorkloadRef workload, string uid, JsonObject mark, CancellationToken cancellation)
    {
        var since = DateTimeOffset.Parse(mark["at"]!.GetValue<string>(), CultureInfo.InvariantCulture);
        var expected = new RolloutExpectation(workload, uid, mark["template"]!.GetValue<string>(), mark["generation"]!.GetValue<long>(), since);
        try
        {
            var end = await new RolloutWatch(clusters.Of(context.Service), time).FollowAsync(
                expected, context.Deadline, p => context.Journal.ProgressAsync(p.Percent, $"{workload}: {p.Text}", cancellation), null, cancellation);
            return end.Last.Verdict switch
            {
                RolloutVerdict.Complete => new StepOutcome.Done(Reason.Applied, end.Last.Text),
                RolloutVerdict.Failed => new StepOutcome.Failed(Reason.RolloutFailed, $"{workload}: {end.Last.Text}"),
                RolloutVerdict.Superseded => new StepOutcome.Superseded(end.Last.Text),

                // The change is there, and pods that come later are made from it.
                RolloutVerdict.Inconclusive => new StepOutcome.Done(Reason.Applied, $"written; {end.Last.Text}"),
                _ => new StepOutcome.Failed(Reason.TimedOut, $"{workload} not complete in time, {end.Last.Percent} %: {end.Last.Text}"),
            };
        }
        catch (KubernetesException fault)
        {
            return new StepOutcome.CannotTell(Reason.ApiError, fault.Message);
        }
    }

    private ObjectEdit Edit(StepContext context) => new(clusters.Of(context.Service), time);

    private JsonObject MarkOf(KubernetesObject live) => new()
    {
        ["generation"] = live.Generation,
        ["template"] = live.At("spec", "template") is JsonObject template ? PodTemplate.Digest(PodTemplate.Normalize(template)) : "",
        ["at"] = time.GetUtcNow().ToString("O", CultureInfo.InvariantCulture),
    };

    private static string MarkName(int index) => $"written-{index}";

    private static IReadOnlyList<EditPin> Read(JsonObject pin) => [.. ((JsonArray)pin[Edits]!).Select(e => EditPin.FromJson((JsonObject)e!))];

    private static string Lock(ServiceDefinition service, ObjectRef target) => $"{service.Workload?.Cluster ?? Clusters.Default}/{target}";

    public static StepOutcome Word(EditOutcome outcome) => outcome switch
    {
        EditOutcome.Applied => new StepOutcome.Done(Reason.Applied, "written"),
        EditOutcome.AlreadyThere => new StepOutcome.Done(Reason.AlreadyAtTarget, "so already"),
        EditOutcome.Superseded superseded => new StepOutcome.Superseded(superseded.Text),
        EditOutcome.Refused refused => new StepOutcome.CannotTell(refused.Refusal.Word(), $"nothing was changed: {refused.Text}"),
        EditOutcome.NotDone blocked => new StepOutcome.CannotTell(Reason.ApiError, blocked.Text),
        EditOutcome.Unknown unknown => new StepOutcome.CannotTell(Reason.OutcomeUnknown, unknown.Text),
        _ => throw new InvalidOperationException($"no such outcome: {outcome}"),
    };
}
