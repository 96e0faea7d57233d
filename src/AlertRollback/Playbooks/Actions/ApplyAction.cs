using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks.Jobs;
using AlertRollback.Playbooks.Manifests;

namespace AlertRollback.Playbooks.Actions;

/// <summary><c>apply: {file: network-partition.yml}</c> applies manifests as <c>kubectl apply --server-side</c> does.</summary>
public sealed class ApplyAction(Clusters clusters, GrantedKinds kinds, SecretManifests secrets, TimeProvider time) : IAction, INeedsRights
{
    private const string Secrets = "secrets";

    private readonly ObjectChanges _changes = new(clusters, time, "apply");

    public string Name => "apply";

    public string Summary => "Applies manifests to the service's namespace by server-side apply, after a dry run that shows what would change. A restore takes away what it created and puts the old values back. It waits until workloads it created or changed are rolled out, Jobs have completed and definitions of kinds are served: what fails, or is not done in time, is a measured failure. What would let a pod reach beyond its namespace (host, node paths, privileges, another service account) is refused.";

    public Repeatability Repeatability => Repeatability.Converges;

    public bool ChangesProduction => true;
    public bool IsOpaque => true;

    public bool Restores => true;

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        .. ManifestTargets.Parameters,
        new("secret", ParameterType.Texts, "Files with manifests of Secrets, by the operator's names; they are applied first, told by reference only, and an old value cannot be put back.", Example: "paperless-secrets-v1", Grant: Grant.Secret),
        new("force", ParameterType.YesNo, "Takes fields that other field managers own, instead of being refused with their names.", Default: "false", Example: "true"),
        new(ChangeWait.Key, ParameterType.YesNo, "Whether it waits until what it created or changed works.", Default: "true", Example: "false"),
    ];

    public IEnumerable<string> Validate(JsonObject parameters) =>
        !parameters.ContainsKey("file") && !parameters.ContainsKey("manifest") && !parameters.ContainsKey("secret")
            ? ["it needs \"file\", \"manifest\" or \"secret\""]
            : ManifestTargets.Of(parameters).Faults;

    public IEnumerable<(Grant Grant, string Name)> Needs(JsonObject parameters) => ManifestTargets.Needs(parameters);

    public IEnumerable<NeededRight> Rights(ServiceDefinition service, JsonObject parameters) =>
        [.. ManifestTargets.Rights(parameters, (kind, name) => [.. NeededRight.ToChange(kind, name), .. NeededRight.Beyond("create delete", kind, name), .. kind == ResourceKind.Job ? JobLog.Rights : []]),
            .. SuspendedOwner.Rights(service, "get")];

    public async Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, CancellationToken cancellation)
    {
        var api = clusters.Of(context.Service);
        try
        {
            var (targets, refused) = await ManifestTargets.FindAsync(api, kinds, context.Service, parameters, t => context.Fill(t, Placeholders.AsIs), cancellation);
            if (refused is not null)
                return refused;
            var force = parameters["force"]?.GetValue<bool>() == true;
            var (hidden, alsoRefused) = await secrets.PinAsync(context, api, TextValues.List(parameters["secret"]), force, cancellation);
            if (alsoRefused is not null)
                return alsoRefused;
            var wanted = new List<Wanted>();
            foreach (var target in targets)
                wanted.Add(await WantedAsync(api, target, force, cancellation));
            if (wanted.Select(w => PodReach.Refusal(w.Target, w.Live?.Json, w.Manifest!, isPart: true)).OfType<PinOutcome.Refused>().FirstOrDefault() is { } reach)
                return reach;
            string[] warnings = force ? ["Fields that belong to others are taken; whoever applies them next conflicts with this."] : [];
            var names = string.Join(", ", hidden.Select(s => s.Object.ToString()).Concat(wanted.Select(w => w.Target.ToString())));
            var outcome = await _changes.PinAsync(context, wanted, "the cluster as it is", $"{names} as written", warnings, cancellation);
            return outcome is PinOutcome.Pinned pinned ? With(pinned, hidden, context, parameters) : outcome;
        }
        catch (KubernetesException fault)
        {
            return ServiceWorkload.CannotRead(fault);
        }
    }

    public async Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation)
    {
        var done = new List<string>();
        foreach (var secret in Read(pin))
        {
            var outcome = await secrets.ApplyAsync(context, clusters.Of(context.Service), secret, cancellation);
            if (outcome is not StepOutcome.Done)
                return ObjectChanges.After(done, outcome);
            done.Add($"{secret.Object}: {outcome.Text}");
        }

        return await _changes.ApplyAsync(context, pin, cancellation, done);
    }

    public Task<StepOutcome> RestoreAsync(StepContext context, JsonObject pin, CancellationToken cancellation) =>
        _changes.RestoreAsync(context, pin, cancellation, besides: () => SecretsBackAsync(context, pin, cancellation));

    private async Task<IReadOnlyList<StepOutcome>> SecretsBackAsync(StepContext context, JsonObject pin, CancellationToken cancellation)
    {
        var back = new List<StepOutcome>();
        foreach (var secret in Read(pin).Reverse())
            back.Add(await secrets.RestoreAsync(context, clusters.Of(context.Service), secret, cancellation));
        return back;
    }

    private static async Task<Wanted> WantedAsync(IKubernetesApi api, ManifestTarget target, bool force, CancellationToken cancellation)
    {
        var live = await api.GetAsync(target.Object, cancellation);
        var kept = live is not null && await WorkloadChange.SnapshotAsync(api, target.Object, cancellation) is { } snapshot ? WorkloadChange.Of(snapshot, []).Kept : null;
        return new Wanted(target.Object, live, []) { Manifest = target.Manifest.Json, Force = force, Kept = kept };
    }

    private static PinOutcome.Pinned With(PinOutcome.Pinned pinned, IReadOnlyList<SecretPin> hidden, StepContext context, JsonObject parameters)
    {
        var pin = (JsonObject)pinned.Pin.DeepClone();
        pin[ChangeWait.Key] = parameters[ChangeWait.Key]?.GetValue<bool>() ?? true;
        pin[Secrets] = new JsonArray([.. hidden.Select(s => s.ToJson())]);
        return pinned with
        {
            Pin = pin,
            Diff = [.. hidden.Select(s => s.Diff), .. pinned.Diff],
            Warnings = [.. pinned.Warnings, .. hidden.Where(s => s.Uid.Length > 0).Select(s => $"{s.Object} is replaced: its present values are kept nowhere and cannot be put back.")],
            Locks = [.. hidden.Select(s => $"{Clusters.NameOf(context.Service)}/{s.Object}"), .. pinned.Locks],
        };
    }

    private static IReadOnlyList<SecretPin> Read(JsonObject pin) => [.. ((JsonArray)pin[Secrets]!).Select(s => SecretPin.FromJson((JsonObject)s!))];
}
