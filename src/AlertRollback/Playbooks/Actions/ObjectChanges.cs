using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Edits;
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
/// changed pod template begins (<see cref="ChangeWait"/>), and putting it back in reverse order.
/// </summary>
internal sealed class ObjectChanges(Clusters clusters, TimeProvider time, string action)
{
    private const string Edits = "edits";

    private readonly ChangeWait _wait = new(clusters, time);

    public async Task<PinOutcome> PinAsync(
        StepContext context, IReadOnlyList<Wanted> wanted, string from, string to, IEnumerable<string> warnings, CancellationToken cancellation)
    {
        var planning = new EditPlanning(clusters.Of(context.Service), SuspendedOwner.Of(context.Service));
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
                case EditPlan.Pinned pinned when CanarySteps.Refusal(context, pinned.Pin, want.Live) is { } canary:
                    return canary;
                case EditPlan.Pinned pinned:
                    if (await SuspendedOwner.ObstacleAsync(context, clusters.Of(context.Service), pinned.Pin.Owner, want.Target, cancellation) is { } obstacle)
                        return obstacle;
                    pins.Add(pinned.Pin with { AfterOwn = context.Earlier.Any(e => Touches(e, context.Service, pinned.Pin)) });
                    said.AddRange([.. WorkloadChange.Unkept(pinned.Pin, want.Live), .. pinned.Warnings]);
                    break;
            }
        }

        var json = new JsonObject { [Edits] = new JsonArray([.. pins.Select(p => p.ToJson())]) };
        return new PinOutcome.Pinned(json, from, to, [.. said.Distinct()], [.. pins.SelectMany(EditDiff.Lines)], [.. pins.Select(p => Lock(context.Service, p.Object))]);
    }

    /// <param name="before">What the step did to other objects before, in words.</param>
    /// <param name="written">What is to be remembered once all of it is written, however its pods turn out; safe to repeat.</param>
    public async Task<StepOutcome> ApplyAsync(
        StepContext context, JsonObject pin, CancellationToken cancellation, IEnumerable<string>? before = null, Func<Task>? written = null)
    {
        var pins = Read(pin);
        var (texts, done) = (new List<string>(), before?.ToList() ?? []);
        for (var i = 0; i < pins.Count; i++)
        {
            if (context.Journal.Marks.ContainsKey(MarkName(i)))
            {
                done.Add($"{pins[i].Object}: dealt with before");
                continue;
            }

            if (context.Journal.MayWrite() is { } stop)
                return After(done, stop);
            var (outcome, resumed) = await EditAsync(context, pins[i], i, cancellation);
            var (live, text) = outcome switch
            {
                EditOutcome.Applied applied => (applied.Live, $"{pins[i].Object}: the API accepted the change"),
                EditOutcome.AlreadyThere there => (there.Live, $"{pins[i].Object} was so already, nothing was written"),
                _ => (null, ""),
            };
            if (live is null)
                return After(done, resumed ?? Word(outcome));
            texts.Add(text);
            done.Add(text);
            await context.Journal.MarkAsync(MarkName(i), _wait.MarkOf(live, pins[i]), text, cancellation);
        }

        if (written is not null)
            await written();
        return await _wait.ForAsync(context, pin, [.. pins.Select((p, i) => (p, MarkName(i)))], texts, cancellation);
    }

    private async Task<(EditOutcome Outcome, StepOutcome? Resumed)> EditAsync(StepContext context, EditPin pin, int index, CancellationToken cancellation)
    {
        var (api, mark) = (clusters.Of(context.Service), context.MarkOf(action));
        StepOutcome? resumed = null;
        try
        {
            var timed = await new ArgoRestart(api, time).TimedAsync(context, pin, $"restart-{index}", mark, cancellation);
            return (await Edit(context).ApplyAsync(timed, mark, cancellation, MayWriteAsync), resumed);
        }
        catch (KubernetesException fault)
        {
            return (new EditOutcome.NotDone(fault.Message), null);
        }

        async Task<bool> MayWriteAsync() => (resumed = await SuspendedOwner.ObstacleAsync(api, pin.Owner, pin.Object, cancellation)) is null;
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
    /// <param name="besides">Puts back what else the step changed.</param>
    public async Task<StepOutcome> RestoreAsync(
        StepContext context, JsonObject pin, CancellationToken cancellation, bool goOn = true, Func<Task<IReadOnlyList<StepOutcome>>>? besides = null)
    {
        var written = new List<(EditPin Edit, StepOutcome Outcome, KubernetesObject? Live)>();
        foreach (var edit in Read(pin).Reverse())
        {
            written.Add(await RestoreAsync(context, edit, cancellation));
            if (!goOn && written[^1].Outcome is not StepOutcome.Done)
                break;
        }

        // No wait holds up what has to be put back besides: pods may need it to become ready, and what is tried once more waits then.
        var others = besides is null ? [] : await besides();
        if (written.Select(w => w.Outcome).Concat(others).FirstOrDefault(o => o.IsWorthAnotherTry) is { } again)
            return again;

        var ended = new List<(EditPin Edit, StepOutcome Outcome)>();
        foreach (var (edit, outcome, live) in written)
            ended.Add((edit, live is not null && await _wait.ForRestoredAsync(context, pin, edit, live, cancellation) is { } waited ? waited : outcome));
        return ended.Select(e => e.Outcome).Concat(others).FirstOrDefault(o => o is not StepOutcome.Done)
            ?? new StepOutcome.Done(Reason.Applied, string.Join("; ", [.. ended.Select(e => Back(e.Edit, e.Outcome)), .. others.Select(o => o.Text)]))
            {
                NotReady = ended.Exists(e => IsNotReady(e.Outcome)),
            };
    }

    private static string Back(EditPin edit, StepOutcome outcome) =>
        IsNotReady(outcome) ? $"{edit.Object} is as it was, but {outcome.Text}" : $"{edit.Object} is as it was";

    private static bool IsNotReady(StepOutcome outcome) => outcome is StepOutcome.Done { NotReady: true };

    private async Task<(EditPin Edit, StepOutcome Outcome, KubernetesObject? Live)> RestoreAsync(StepContext context, EditPin edit, CancellationToken cancellation)
    {
        var mark = context.MarkOf(action);
        var outcome = edit.Restarts
            ? await new ArgoRestart(clusters.Of(context.Service), time).AgainAsync(edit, mark, cancellation)
            : await Edit(context).RestoreAsync(edit, mark, cancellation);
        return (edit, Word(outcome), outcome switch { EditOutcome.Applied applied => applied.Live, EditOutcome.AlreadyThere there => there.Live, _ => null });
    }

    /// <summary>The same changes in the opposite order.</summary>
    public static JsonObject Reversed(JsonObject pin) => new() { [Edits] = new JsonArray([.. ((JsonArray)pin[Edits]!).Reverse().Select(e => e!.DeepClone())]) };

    private ObjectEdit Edit(StepContext context) => new(clusters.Of(context.Service), time);

    private static string MarkName(int index) => $"written-{index}";

    /// <summary>Whether a step's pin, of whatever action, changes what an object's pods are made from.</summary>
    public static bool ChangesTemplateOf(JsonObject pin, ObjectRef target) => pin.ContainsKey(Edits) && Read(pin).Any(e => e.ChangesTemplate && e.Object == target);

    /// <summary>The same of an earlier step of the plan, and the object of a service.</summary>
    public static bool ChangesTemplateOf(EarlierStep earlier, ServiceDefinition service, ObjectRef target) =>
        earlier.Cluster == Clusters.NameOf(service) && ChangesTemplateOf(earlier.Pin, target);

    private static IReadOnlyList<EditPin> Read(JsonObject pin) => [.. ((JsonArray)pin[Edits]!).Select(e => EditPin.FromJson((JsonObject)e!))];

    /// <summary>Whether an earlier step of the plan, which has such a pin, changes that object.</summary>
    public static bool Touches(EarlierStep earlier, ServiceDefinition service, ObjectRef target) =>
        earlier.Pin.ContainsKey(Edits) && earlier.Cluster == Clusters.NameOf(service) && Read(earlier.Pin).Any(e => e.Object == target);

    private static bool Touches(EarlierStep earlier, ServiceDefinition service, EditPin pin) => earlier.Pin.ContainsKey(Edits)
        ? Touches(earlier, service, pin.Object)
        : earlier.Pin.ToJsonString().Contains($"\"{pin.Uid}\"", StringComparison.Ordinal);

    private static string Lock(ServiceDefinition service, ObjectRef target) => $"{Clusters.NameOf(service)}/{target}";

    /// <summary>Of a step that stops on its way: people have to know what is changed already.</summary>
    public static StepOutcome After(IReadOnlyCollection<string> done, StepOutcome outcome) =>
        done.Count == 0 ? outcome : outcome with { Text = $"{string.Join("; ", done)}; {outcome.Text}" };

    // Of this one object: others of the same step may have been changed.
    public static StepOutcome Word(EditOutcome outcome) => outcome switch
    {
        EditOutcome.Applied => new StepOutcome.Done(Reason.Applied, "written"),
        EditOutcome.AlreadyThere => new StepOutcome.Done(Reason.AlreadyAtTarget, "so already"),
        EditOutcome.Superseded superseded => new StepOutcome.Superseded(superseded.Text),
        EditOutcome.Refused refused => new StepOutcome.CannotTell(refused.Refusal.Word(), $"not changed: {refused.Text}"),
        EditOutcome.NotDone blocked => new StepOutcome.CannotTell(Reason.ApiError, blocked.Text),
        EditOutcome.Unknown unknown => new StepOutcome.CannotTell(Reason.OutcomeUnknown, unknown.Text),
        _ => throw new InvalidOperationException($"no such outcome: {outcome}"),
    };
}
