using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix;
using AlertRollback.Playbooks.Configurations;

namespace AlertRollback.Playbooks.Actions;

/// <summary><c>config_restore: {to: current}</c> puts ConfigMaps back to what a revision ran with.</summary>
public sealed class ConfigRestoreAction(Clusters clusters, IRevisionLedger ledger, IConfigurationLedger configurations, TimeProvider time) : IAction, INeedsRights
{
    public const string Word = "config_restore";
    private const string Current = "current";

    private readonly ObjectChanges _changes = new(clusters, time, Word);

    public string Name => Word;

    public string Summary => "Puts the ConfigMaps that a revision reads back to what it was recorded to run with, and starts anew every workload of the namespace that reads one of them. Secrets are only compared: one that changed since is said, and needs an approval.";

    public Repeatability Repeatability => Repeatability.Converges;

    public bool ChangesProduction => true;

    public bool Restores => true;

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        RevisionTarget.Parameter("Whose configuration; current is the running revision's as it was last proven good", Current),
        new("restart", ParameterType.Text, "Who is started anew to read it: every reader, every reader but the service's own workload (which an undo replaces anyway), or nobody.",
            Default: "readers", Example: "others", Allowed: ["readers", "others", "nobody"]),
    ];

    public IEnumerable<string> Validate(JsonObject parameters)
    {
        if (!IsCurrent(parameters) && !RevisionTarget.IsSound(parameters))
            yield return RevisionTarget.Forms;
    }

    public ServiceNeed? Missing(ServiceDefinition service, JsonObject parameters) => ServiceNeeds.Workload(service);

    public IEnumerable<NeededRight> Rights(ServiceDefinition service, JsonObject parameters) =>
        [.. NeededRight.ToRead(service), .. NeededRight.Beyond("get create patch delete", ResourceKind.ConfigMap),
            .. parameters["restart"]?.ToString() == "nobody" ? [] : Enum.GetValues<WorkloadKind>().SelectMany(k => NeededRight.ToChange(new WorkloadRef(k, "any", "any"))),
            .. SuspendedOwner.Rights(service, "get")];

    public Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, CancellationToken cancellation) =>
        WorkloadChange.PinAsync(context, clusters.Of(context.Service), async snapshot =>
        {
            var (digest, named, template, refused) = Revision(context, snapshot, parameters);
            if (refused is not null)
                return refused;
            if (ConfigurationReferences.Of(template) is { ConfigMaps: [], Secrets: [] })
                return new PinOutcome.Refused(Reason.NotFound, $"{named} reads no ConfigMap and no Secret");
            if (configurations.ConfigurationAt(snapshot.Uid, digest) is not { } recorded)
                return new PinOutcome.Refused(Reason.ValuesGone, $"what {named} ran with was not recorded");
            var api = clusters.Of(context.Service);
            var back = await new ConfigurationReturn(api, await configurations.SaltAsync(cancellation)).FindAsync(snapshot.Workload.Namespace, recorded, cancellation);
            if (back.Refused is not null)
                return back.Refused;
            var changed = back.Maps.Select(m => m.Target.Name).ToList();
            var readers = parameters["restart"]?.GetValue<string>() is "nobody" || changed.Count == 0 ? []
                : (await ConfigurationReaders.OfAsync(api, snapshot.Workload.Namespace, changed, cancellation))
                    .Where(r => parameters["restart"]?.GetValue<string>() != "others" || r.Workload != snapshot.Workload).ToList();
            Wanted[] wanted = [.. back.Maps, .. readers.Select(r => RolloutRestartAction.Restart(context, r))];
            var to = changed.Count == 0 ? $"as {named} ran with already" : $"{string.Join(", ", changed)} as {named} ran with{Restarted(readers)}";
            var outcome = await _changes.PinAsync(context, wanted, changed.Count == 0 ? "the configuration" : string.Join(", ", changed), to, back.Warnings, cancellation);
            return outcome is PinOutcome.Pinned pinned ? pinned with { Irreversible = back.Asks } : outcome;
        }, cancellation);

    public Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation) => _changes.ApplyAsync(context, pin, cancellation);

    // In the order of the change, too: the configuration has to be back before its readers start again, and they do only then.
    public Task<StepOutcome> RestoreAsync(StepContext context, JsonObject pin, CancellationToken cancellation) =>
        _changes.RestoreAsync(context, ObjectChanges.Reversed(pin), cancellation, goOn: false);

    private (string Digest, string Named, JsonObject Template, PinOutcome? Refused) Revision(StepContext context, WorkloadSnapshot snapshot, JsonObject parameters)
    {
        if (IsCurrent(parameters))
            return (snapshot.Digest, snapshot.Describe(), snapshot.Template, null);
        if (RevisionTarget.Of(parameters, text => context.Fill(text, Placeholders.AsIs)) is not { } target)
            return ("", "", [], new PinOutcome.Refused(Reason.NoCandidate, RevisionTarget.Forms));
        return Candidates.Choose(snapshot, target, ledger.Knowledge(snapshot.Uid, context.RollbackId)) switch
        {
            Choice.Chosen chosen => (chosen.Revision.Digest, chosen.Revision.ToString(), chosen.Revision.Template, null),
            Choice.Refused refused => ("", "", [], new PinOutcome.Refused(refused.Refusal.Word(), refused.Text)),
            var other => throw new InvalidOperationException($"no such choice: {other}"),
        };
    }

    private static string Restarted(IReadOnlyCollection<WorkloadSnapshot> readers) => readers.Count == 0 ? "" : $"; {string.Join(", ", readers.Select(r => r.Workload.Name))} started anew";

    private static bool IsCurrent(JsonObject parameters) => parameters["to"] is JsonValue word && word.TryGetValue(out string? text) && text == Current;
}
