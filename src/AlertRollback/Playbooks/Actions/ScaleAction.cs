using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix;
using AlertRollback.Playbooks.Scales;

namespace AlertRollback.Playbooks.Actions;

/// <summary><c>scale: 0</c> sets the replicas of the service's workload; <c>scale: {steps: [2, 1], pause: 30s}</c> goes there by steps (S7).</summary>
public sealed class ScaleAction(Clusters clusters, TimeProvider time) : IAction, INeedsObjects, INeedsRights
{
    private static readonly TimeSpan DefaultPause = TimeSpan.FromSeconds(30);

    // Whatever comes next is put back too: a service that does not come up must not hold it up for long.
    private static readonly TimeSpan LongestWaitBack = TimeSpan.FromMinutes(3);

    private readonly ScaleWrites _writes = new(clusters, time);

    public string Name => "scale";

    public string Summary => "Sets the replicas of the service's Deployment, StatefulSet or Argo Rollout, or of others in its namespace, at once or by steps with pauses, and waits until they are there, or gone.";

    public Repeatability Repeatability => Repeatability.Converges;

    public bool ChangesProduction => true;

    public bool Restores => true;

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        new("replicas", ParameterType.Integer, "How many pods; 0 stops the service and disables an autoscaler. What an autoscaler makes of another number, within its limits, is waited for instead, and stays when the step is put back.", Example: "0", Main: true),
        new("steps", ParameterType.List, "Instead of replicas: the numbers one after the other, only down or only up; those that do not lie on the way are left out.", Example: "[3, 2, 1]"),
        new("pause", ParameterType.Duration, "Between two steps, after the pods are there or gone; a restart does not begin it anew.", Default: "30s", Example: "30s"),
        new("workloads", ParameterType.Texts, "Workloads in the service's namespace, instead of its own: all are changed before any is waited for.", Example: "[deployment/reports-job-processor, deployment/backend]"),
    ];

    public IEnumerable<string> Validate(JsonObject parameters)
    {
        if (parameters.ContainsKey("replicas") == parameters.ContainsKey("steps"))
            yield return "it has one of \"replicas\" and \"steps\"";
        if (parameters["replicas"]?.GetValue<long>() is < 0 or > 10_000)
            yield return "\"replicas\" is from 0 to 10000";
        if (parameters.ContainsKey("steps") && !AreSteps(parameters["steps"]))
            yield return "\"steps\" are at least two whole numbers from 0 to 10000 that only go down, or only up";
        if (parameters.ContainsKey("pause") && !parameters.ContainsKey("steps"))
            yield return "\"pause\" is between \"steps\"";
        foreach (var name in Names(parameters).Where(n => !n.Contains("${", StringComparison.Ordinal) && Workload(n, "any") is null))
            yield return $"\"{Texts.Clip(name, 60)}\" under \"workloads\" is written like deployment/rental-api";
    }

    public ServiceNeed? Missing(ServiceDefinition service, JsonObject parameters) => Names(parameters).Any() ? ServiceNeeds.Space(service) : ServiceNeeds.Workload(service);

    public IEnumerable<NeededObject> Objects(ServiceDefinition service, JsonObject parameters) =>
        ServiceObject.NamespaceOf(service) is { } space ? Names(parameters).Select(n => Workload(n, space)).OfType<WorkloadRef>().Select(w => new NeededObject(w.Object)) : [];

    public IEnumerable<NeededRight> Rights(ServiceDefinition service, JsonObject parameters) =>
        [.. (Names(parameters).Any() ? Objects(service, parameters).Select(o => WorkloadRef.Parse(o.Target.ToString())) : [ServiceWorkload.Of(service)]).OfType<WorkloadRef>()
            .SelectMany(w => NeededRight.To("get patch list watch", w.Resource).Concat(ToZero(parameters) ? NeededRight.ToRead(w).Concat(NeededRight.To("list", ResourceKind.Pod)) : [])),
            .. NeededRight.To("list", ResourceKind.HorizontalPodAutoscaler), .. ToZero(parameters) ? NeededRight.To("get", Keda.ScaledObject) : [], .. SuspendedOwner.Rights(service, "get")];

    public async Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, CancellationToken cancellation)
    {
        if (Workloads(context, parameters, out var refused) is not { } workloads)
            return refused!;
        var stops = Stops(parameters).Select(s => s!.GetValue<long>()).ToList();
        var courses = new List<ScaleCourse>();
        try
        {
            foreach (var workload in workloads)
            {
                switch (await _writes.Scaling(context).PinAsync(workload, stops[^1], cancellation, SuspendedOwner.Of(context.Service)))
                {
                    case ScalePlan.Refused no:
                        return new PinOutcome.Refused(no.Refusal.Word(), no.Text);
                    case ScalePlan.Pinned planned:
                        if (await SuspendedOwner.ObstacleAsync(context, clusters.Of(context.Service), planned.Pin.Owner, workload.Object, cancellation) is { } obstacle)
                            return obstacle;
                        var pin = planned.Pin with { From = EarlierScale.Of(context, planned.Pin.Uid) ?? planned.Pin.From };
                        if (stops.Count > 1 && pin.From != pin.To && (pin.To > pin.From) != (stops[^1] > stops[0]))
                            return new PinOutcome.Refused(Reason.NothingWouldChange, $"{workload} has {pin.From} replicas: steps {string.Join(", ", stops)} lead the other way");
                        var course = ScaleCourse.Of(pin, stops);
                        if (course.BelowMinimum is { } below)
                            return new PinOutcome.Refused(ScaleRefusal.BelowAutoscalerMinimum.Word(), $"autoscaler {pin.Autoscaler!.Name} keeps at least {pin.Autoscaler.Min}, so the step at {below} would not last");
                        courses.Add(course);
                        break;
                }
            }
        }
        catch (KubernetesException fault)
        {
            return ServiceWorkload.CannotRead(fault);
        }

        return Pinned(context, courses, stops, parameters);
    }

    public async Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation)
    {
        var courses = ScaleCourse.AllOf(pin);
        var stops = (pin["steps"] as JsonArray)?.Select(s => s!.GetValue<long>()).ToList() ?? [courses[0].Whole.To];
        var pause = pin["pause"]?.GetValue<string>() is { } text && Durations.TryParse(text, out var span) ? span : DefaultPause;
        var (last, scaled) = ("", new Dictionary<WorkloadRef, string>());
        for (var i = 0; i < stops.Count; i++)
        {
            var outcome = await StageAsync(context, courses, stops[i], scaled, cancellation);
            if (outcome is not StepOutcome.Done done)
                return outcome;
            last = done.Text;
            // Where nobody stopped here, there is nothing to wait for.
            if (i < stops.Count - 1 && courses.Any(c => c.Stops.Contains(stops[i])) && !await new JournalledPause(time).PassAsync(context, $"pause-{i}", pause, cancellation))
                return new StepOutcome.Failed(Reason.TimedOut, $"the step's time ended at {stops[i]} replicas, before {stops[i + 1]}");
        }

        return new StepOutcome.Done(Reason.Applied, last);
    }

    /// <summary>In one go, whichever step was reached, and waits a while for the pods: what is put back next may send traffic to them.</summary>
    public async Task<StepOutcome> RestoreAsync(StepContext context, JsonObject pin, CancellationToken cancellation)
    {
        StepOutcome? left = null;
        var (back, autoscaled) = (new List<ScalePin>(), new List<string>());
        foreach (var course in ScaleCourse.AllOf(pin))
        {
            var (outcome, isAutoscaled) = await _writes.BackAsync(context, course, cancellation);
            var mark = $"back-{course.Workload}";
            if (outcome is StepOutcome.Done { Reason: Reason.Applied })
                await context.Journal.MarkAsync(mark, [], "", cancellation);

            // After a crash, or another workload's fault, what was put back before is still waited for.
            if (outcome is StepOutcome.Done && context.Journal.Marks.ContainsKey(mark))
                back.Add(course.Whole with { From = course.Whole.To, To = course.Whole.From });
            else if (outcome is not StepOutcome.Done)
                left ??= outcome;
            else if (isAutoscaled)
                autoscaled.Add($"{course.Workload.Name}: {outcome.Text}");
        }

        var until = time.GetUtcNow() + LongestWaitBack;
        var waited = await Task.WhenAll(back.Select(p => WaitAsync(context, p, until < context.Deadline ? until : context.Deadline, cancellation)));
        var texts = back.Zip(waited).Select(b => $"{b.First.To} replicas of {b.First.Workload.Name} again: {b.Second.Text}").Concat(autoscaled).DefaultIfEmpty("as they were");
        return left ?? new StepOutcome.Done(Reason.Applied, string.Join("; ", texts)) { NotReady = waited.Any(w => w is not StepOutcome.Done) };
    }

    /// <summary>Brings every workload that stops here to this number, then waits for all of them.</summary>
    /// <param name="scaled">What is scaled by now, in words by workload: a step that stops on its way has to say it.</param>
    private async Task<StepOutcome> StageAsync(
        StepContext context, IReadOnlyList<ScaleCourse> courses, long replicas, Dictionary<WorkloadRef, string> scaled, CancellationToken cancellation)
    {
        var here = courses.Select((c, i) => (Course: c, Number: i, Stop: c.Stops.ToList().IndexOf(replicas))).Where(c => c.Stop >= 0).ToList();
        var waiting = new List<ScalePin>();
        foreach (var (course, number, stop) in here)
        {
            var (outcome, passed) = await _writes.LegAsync(context, course, stop, cancellation);
            if (outcome is not StepOutcome.Done done)
                return ObjectChanges.After(scaled.Values, outcome);
            if (passed)
                continue;
            waiting.Add(course.Leg(stop));
            scaled[course.Workload] = $"{course.Workload.Name}: {done.Text}";
            if (courses.Count > 1 || course.Stops.Count > 1)
                await MarkAsync(context, $"scaled-{number}-{stop}", done with { Text = scaled[course.Workload] }, cancellation);
        }

        var ends = await Task.WhenAll(waiting.Select(p => WaitAsync(context, p, context.Deadline, cancellation)));
        return Array.Find(ends, e => e is not StepOutcome.Done) switch
        {
            StepOutcome.Superseded superseded => ObjectChanges.After(scaled.Values, superseded),
            null => Reached(),
            var other => other,
        };

        StepOutcome.Done Reached() => new StepOutcome.Done(Reason.Applied, string.Join("; ", waiting.Zip(ends).Select(w => courses.Count == 1 ? w.Second.Text : $"{w.First.Workload.Name}: {w.Second.Text}")));
    }

    // Without it nobody would know that a step which somebody else stopped later has something to be put back. After a crash
    // what is so already may be ours.
    private static async Task MarkAsync(StepContext context, string name, StepOutcome.Done done, CancellationToken cancellation)
    {
        if ((done.Reason == Reason.Applied || context.Attempt > 1) && !context.Journal.Marks.ContainsKey(name))
            await context.Journal.MarkAsync(name, [], done.Text, cancellation);
    }

    private Task<StepOutcome> WaitAsync(StepContext context, ScalePin pin, DateTimeOffset deadline, CancellationToken cancellation) =>
        new ReplicaWait(clusters.Of(context.Service), time).UntilAsync(pin, deadline, (percent, text) => context.Journal.ProgressAsync(percent, text, cancellation), cancellation);

    private static PinOutcome.Pinned Pinned(StepContext context, List<ScaleCourse> courses, List<long> stops, JsonObject parameters)
    {
        string Text(ScaleCourse course, string replicas) => courses.Count == 1 ? replicas : $"{course.Workload.Name} {replicas}";
        var json = new JsonObject { ["scales"] = new JsonArray([.. courses.Select(c => c.ToJson())]), ["steps"] = new JsonArray([.. stops.Select(s => JsonValue.Create(s))]), ["pause"] = parameters["pause"]?.DeepClone() };
        return new PinOutcome.Pinned(
            json,
            string.Join(", ", courses.Select(c => Text(c, $"{c.Whole.From} replicas"))),
            string.Join(", ", courses.Select(c => Text(c, $"{string.Join(", then ", c.Stops)} replicas"))),
            [.. courses.SelectMany(c => c.Whole.Warnings).Distinct()],
            [],
            [.. courses.Select(c => $"{Clusters.NameOf(context.Service)}/{c.Workload}")]);
    }

    private static List<WorkloadRef>? Workloads(StepContext context, JsonObject parameters, out PinOutcome? refused)
    {
        var names = Names(parameters).Select(n => context.Fill(n, Placeholders.AsIs)).ToList();
        var workloads = names.Count == 0
            ? [ServiceWorkload.Of(context.Service)]
            : names.Select(n => ServiceObject.NamespaceOf(context.Service) is { } ns ? Workload(n, ns) : null).Distinct().ToList();
        refused = workloads.Contains(null) ? ServiceWorkload.NotDeclared(context.Service) : null;
        return refused is null ? [.. workloads.OfType<WorkloadRef>()] : null;
    }

    private static WorkloadRef? Workload(string name, string @namespace) =>
        name.Count(c => c == '/') == 1 ? WorkloadRef.Parse(name.Replace("/", $"/{@namespace}/", StringComparison.Ordinal)) : null;

    private static IReadOnlyList<string> Names(JsonObject parameters) => TextValues.List(parameters["workloads"]);

    private static bool ToZero(JsonObject parameters) => Stops(parameters).Any(s => s?.ToString() == "0");

    private static JsonArray Stops(JsonObject parameters) => parameters["steps"] as JsonArray ?? [parameters["replicas"]?.DeepClone()];

    private static bool AreSteps(JsonNode? written)
    {
        if (written is not JsonArray { Count: > 1 } list || list.Any(s => s is not JsonValue v || !v.TryGetValue(out long number) || number is < 0 or > 10_000))
            return false;
        var steps = list.Select(s => s!.GetValue<long>()).ToList();
        return steps.Zip(steps.Skip(1)).All(p => p.First > p.Second) || steps.Zip(steps.Skip(1)).All(p => p.First < p.Second);
    }
}
