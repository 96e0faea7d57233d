using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks.Helm;
using AlertRollback.Playbooks.Programs;

namespace AlertRollback.Playbooks.Actions;

/// <summary><c>helm_rollback: {to: last_known_good}</c> takes the service's Helm release back to an earlier revision.</summary>
public sealed class HelmRollbackAction(GrantedCommands commands, Clusters clusters, IRevisionLedger ledger, OperatorConfiguration operators, TimeProvider time) : IAction, INeedsRights
{
    private const string Word = "helm_rollback";
    private const string Begun = "begun";

    // In a pin: what deploys the release, and has to be suspended.
    private const string Owner = "owner";

    // Three times what helm waits for by itself. A pipeline that was killed leaves its upgrade unfinished for good.
    private static readonly TimeSpan LongestWork = TimeSpan.FromMinutes(15);

    public string Name => Word;

    public string Summary => "Takes the service's Helm release back to an earlier revision with the helm program, which waits until it is ready; the release's history tells afterwards, and after a crash, what came of it. While somebody else is at work on the release nothing is planned; what was left unfinished for 15 minutes or longer is taken back like any other.";

    public Repeatability Repeatability => Repeatability.Converges;

    public bool ChangesProduction => true;

    public bool ReplacesRelease => true;

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        new("to", ParameterType.Mapping, "Which revision: last_known_good (was the deployed one for the soak period), previous, or {revision: NUMBER}.",
            Default: "last_known_good", Example: "last_known_good", Allowed: ["last_known_good", "previous"], Main: true)
        {
            Fields = [new("revision", ParameterType.Text, "Helm's number of the revision.", Required: true, Example: "7")],
        },
        new("command", ParameterType.Text, "The operator's name of the command that is helm, with the arguments or environment that say which cluster.", Default: "helm", Example: "helm", Grant: Grant.Command),
    ];

    public IReadOnlyList<Parameter> ServiceParameters { get; } =
    [
        new("helm_release", ParameterType.Text, "Its Helm release, as namespace/name; since when it runs is told by the service's workload.", Example: "production/${service}", Grant: Grant.Namespace),
    ];

    public IEnumerable<string> Validate(JsonObject parameters)
    {
        if (Target(parameters, text => text.Contains("${", StringComparison.Ordinal) ? "1" : text) is null)
            yield return "\"to\" is last_known_good, previous or {revision: NUMBER}";
    }

    /// <summary>The releases that a playbook takes back when it runs for a service.</summary>
    /// <param name="method">The only method that is begun; null: any.</param>
    internal static IEnumerable<HelmRelease> Releases(PlaybookDefinition playbook, ServiceDefinition service, string? method)
    {
        var steps = playbook.Methods.Where(m => method is null || m.Name == method).SelectMany(m => m.Steps).Concat(playbook.OnFailure).Where(s => s.Action == Word);
        return steps.SelectMany(s => s.Services.DefaultIfEmpty(service)).Select(ReleaseOf).OfType<HelmRelease>()
            .Concat(playbook.Then is { } then ? Releases(then, service, method: null) : []).Distinct();
    }

    private static HelmRelease? ReleaseOf(ServiceDefinition service) => HelmRelease.Parse(service.Settings["helm_release"]?.GetValue<string>());

    public ServiceNeed? Missing(ServiceDefinition service, JsonObject parameters) =>
        ReleaseOf(service) is null ? new ServiceNeed("helm_release", $"helm_release: {ServiceParameters[0].Example}") : null;

    // What the helm program may do is for its own credentials to say.
    public IEnumerable<NeededRight> Rights(ServiceDefinition service, JsonObject parameters) =>
        [.. NeededRight.ToRead(service), .. SuspendedOwner.Rights(service, "get")];

    public async Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, CancellationToken cancellation)
    {
        if (ReleaseOf(context.Service) is not { } release)
            return new PinOutcome.Refused(Reason.NotFound, $"service {context.Service.Name} declares no helm_release as namespace/name");
        if (Target(parameters, text => context.Fill(text, Placeholders.AsIs)) is not { } to)
            return new PinOutcome.Refused(Reason.NoCandidate, "the revision is no number");
        var command = parameters["command"]?.GetValue<string>() ?? "helm";
        if (Helm(context, command) is not { } helm)
            return new PinOutcome.Refused(Reason.NotGranted, $"command {command} is not granted to team {context.Service.Team}");
        return await helm.HistoryAsync(release, cancellation) switch
        {
            // Without the program there is no such way here: the next method may be one.
            HelmHistory.NotHere absent => new PinOutcome.Refused(Reason.NotFound, absent.Text),
            HelmHistory.Unreadable unreadable => new PinOutcome.CannotTell(unreadable.Text),
            HelmHistory.Read { Revisions: [.., { IsPending: true } last] } when !last.WasLeft(time.GetUtcNow(), LongestWork) =>
                new PinOutcome.CannotTell($"{release}: somebody else is at work ({last.Unfinished})"),
            HelmHistory.Read read => new HelmTarget(read.Revisions, Left(context)).Choose(to, operators.Safety.Soak) switch
            {
                HelmChoice.Chosen chosen => await PinnedAsync(context, release, command, read.Revisions[^1], chosen.Revision, cancellation),
                HelmChoice.Refused refused => new PinOutcome.Refused(refused.Reason, $"{release}: {refused.Text}"),
                var other => throw new InvalidOperationException($"no such choice: {other}"),
            },
            var other => throw new InvalidOperationException($"no such history: {other}"),
        };
    }

    private IReadOnlyList<LeftTime> Left(StepContext context) => context.Service.Workload is { } workload ? ledger.TimesLeft(workload.Address) : [];

    private async Task<PinOutcome> PinnedAsync(StepContext context, HelmRelease release, string command, HelmRevision from, HelmRevision to, CancellationToken cancellation)
    {
        WorkloadSnapshot? suspect;
        string? held;
        try
        {
            suspect = await SuspectAsync(context, cancellation);
            held = suspect is null ? null : GitopsOwner.Of(SuspendedOwner.Of(context.Service), suspect.Workload.Object, suspect.Live);
            if (held is not null && await SuspendedOwner.ObstacleAsync(context, clusters.Of(context.Service), held, suspect!.Workload.Object, cancellation) is { } obstacle)
                return obstacle;
        }
        catch (KubernetesException fault)
        {
            return ServiceWorkload.CannotRead(fault);
        }

        // Flux and Argo CD know the version that they want, and not Helm's history. What a controller made of an object of the
        // release goes back with that.
        if (held is null && suspect?.Ownership.Deployer is { } owner)
            return new PinOutcome.Refused(Reason.OwnedByGitops, $"{release} belongs to {owner}, which would deploy its own version again");
        var pin = new JsonObject
        {
            ["namespace"] = release.Namespace,
            ["release"] = release.Name,
            ["command"] = command,
            ["from"] = from.Number,
            ["to"] = to.Number,
            ["target"] = to.ToString(),
        };
        if (held is not null)
            pin[Owner] = held;
        if (suspect is not null)
            LeftRelease.Keep(pin, suspect, []);
        string[] locks = suspect is null ? [] : [$"{context.Service.Workload!.Cluster}/{suspect.Workload}"];
        string[] warnings = from.IsPending ? [$"{release} was left unfinished ({from.Unfinished}): whoever began that must not be at work any more."] : [];
        return new PinOutcome.Pinned(pin, from.ToString(), to.ToString(), warnings, [], [$"helm/{release.Namespace}/{release.Name}", .. locks])
        {
            HasSuspect = true,
            Suspect = suspect is null ? null : WorkloadChange.Release(suspect.Uid, suspect.Digest),

            // Two of them at once is nothing that could be mended: a person has to look.
            Irreversible = from.IsPending ? $"{release} was left unfinished ({from.Unfinished}): whoever began that may be at work still"
                : suspect is null ? null : Irreversibility.Of(suspect.Live),

            // Helm's own time is that of whoever ran it; only the API server's may be compared (S9).
            SuspectSince = suspect is null ? null : WorkloadChange.SuspectSince(ledger, suspect),
            WasPutBack = suspect is not null && WorkloadChange.WasPutBack(ledger, suspect),
        };
    }

    // The service's workload, when the release made it: what pipelines are told not to deploy again. Helm may well have a
    // cluster where we have none.
    private async Task<WorkloadSnapshot?> SuspectAsync(StepContext context, CancellationToken cancellation)
    {
        try
        {
            return ServiceWorkload.Of(context.Service) is { } workload ? await new WorkloadReader(clusters.Of(context.Service)).ReadAsync(workload, cancellation) : null;
        }
        catch (KubernetesException none) when (none.Fault == KubernetesFault.NoCluster)
        {
            return null;
        }
    }

    public async Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation)
    {
        if (Helm(context, pin["command"]!.GetValue<string>()) is not { } helm)
            return new StepOutcome.CannotTell(Reason.NotGranted, $"command {pin["command"]} is not granted any more");
        var run = new HelmRun(helm, pin, time);
        var found = await run.LookAsync(context, context.Journal.Marks.GetValueOrDefault(Begun), cancellation);
        if (found is null)
        {
            if ((await ResumedAsync(context, pin, cancellation) ?? context.Journal.MayWrite()) is { } stop)
                return stop;
            await context.Journal.PrepareAsync(Begun, run.Beginning(context), "", cancellation);
            found = await run.RollbackAsync(context, cancellation);
        }

        if (found is StepOutcome.Done or StepOutcome.Failed { Reason: Reason.RolloutFailed or Reason.TimedOut })
            await QuarantineAsync(context, pin, cancellation);
        return found;
    }

    private async Task<StepOutcome?> ResumedAsync(StepContext context, JsonObject pin, CancellationToken cancellation)
    {
        if (pin[Owner]?.GetValue<string>() is not { } held)
            return null;
        try
        {
            return await SuspendedOwner.ObstacleAsync(clusters.Of(context.Service), held, ServiceWorkload.Of(context.Service)!.Object, cancellation);
        }
        catch (KubernetesException fault)
        {
            return new StepOutcome.CannotTell(Reason.ApiError, $"nothing was changed: {fault.Message}");
        }
    }

    private async Task QuarantineAsync(StepContext context, JsonObject pin, CancellationToken cancellation)
    {
        // After an undo that did not help, helm puts back what else belongs to the release: nothing goes away from what runs.
        if (await RunsAsync(context, cancellation) is { } now && now == LeftRelease.DigestIn(pin))
            return;
        await LeftRelease.QuarantineAsync(ledger, context, pin, cancellation);
    }

    // What helm has done is done, whether it can be looked at or not.
    private async Task<string?> RunsAsync(StepContext context, CancellationToken cancellation)
    {
        try
        {
            return (await SuspectAsync(context, cancellation))?.Digest;
        }
        catch (KubernetesException)
        {
            return null;
        }
    }

    private HelmProgram? Helm(StepContext context, string command) =>
        commands.Find(context.Service.Team, command) is { } granted ? new HelmProgram(commands, granted) : null;

    // A release's history knows neither images nor the label of a version.
    private static UndoTarget? Target(JsonObject parameters, Func<string, string> fill) =>
        RevisionTarget.Of(parameters, fill) is var target && target is UndoTarget.Version or UndoTarget.Image ? null : target;
}
