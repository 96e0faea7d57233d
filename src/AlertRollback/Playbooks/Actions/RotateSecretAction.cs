using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks.Secrets;

namespace AlertRollback.Playbooks.Actions;

/// <summary><c>rotate_secret: {secret: api-secrets, generate: {JWT_SECRET: base64}}</c> runs the workload on another Secret.</summary>
public sealed class RotateSecretAction(Clusters clusters, GrantedValues granted, IRevisionLedger ledger, TimeProvider time) : IAction, INeedsObjects, INeedsRights
{
    private const string Word = "rotate_secret";
    private const string Created = "created";

    // The release that reads the old Secret until the switch.
    private const string Left = "left";

    private readonly ObjectChanges _changes = new(clusters, time, Word);

    public string Name => Word;

    public string Summary => "Makes a new Secret with generated and granted values, switches the service's workload to it and waits until its pods run with it. All other sources stay; the old Secret stays and is listed for revocation, and no revision that reads it is gone back to any more.";

    public Repeatability Repeatability => Repeatability.Converges;

    public bool ChangesProduction => true;

    public bool Restores => true;

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        new("secret", ParameterType.Text, "The Secret that the workload reads in env, envFrom or volumes; after a rotation it reads the new one, and that is meant.", Required: true, Example: "api-secrets"),
        new("generate", ParameterType.Mapping, "Keys with values that are made up: base64, hex or alphanumeric of 32 random bytes, or {bytes, as}.", Example: "{JWT_SECRET: {bytes: 32, as: base64}}"),
        new("values", ParameterType.Mapping, "Keys with the names of granted secrets, whose content becomes their value.", Example: "{OPENROUTER_API_KEY: openrouter-new}", Grant: Grant.Secret),
        new("drop", ParameterType.Texts, "Keys of the old Secret that the new one does not get; all others are kept.", Example: "LEGACY_TOKEN"),
    ];

    public IEnumerable<string> Validate(JsonObject parameters) => Rotation.Faults(parameters);

    public ServiceNeed? Missing(ServiceDefinition service, JsonObject parameters) => ServiceNeeds.Space(service);

    public IEnumerable<NeededObject> Objects(ServiceDefinition service, JsonObject parameters) =>
        NeededObject.Of(service, ResourceKind.Secret, parameters["secret"])
            .Select(o => o with { HasSuccessor = (api, cancellation) => IsRotatedAsync(api, service, o.Target, cancellation) });

    public IEnumerable<NeededRight> Rights(ServiceDefinition service, JsonObject parameters) =>
        [.. NeededRight.ToChange(service), .. NeededRight.Beyond("get create", ResourceKind.Secret), .. SecretReaders.Rights];

    public Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, CancellationToken cancellation) =>
        WorkloadChange.PinAsync(context, clusters.Of(context.Service), async snapshot =>
        {
            if (ServiceObject.Of(context, ResourceKind.Secret, parameters["secret"]!.GetValue<string>(), out var refused) is not { } root)
                return refused!;
            var target = root with { Name = context.NameFor(root.Name) };
            var read = await SecretLineage.ReadByAsync(clusters.Of(context.Service), snapshot.Template, root, StepContext.PrefixFor(root.Name), cancellation);
            if (read.Count > 1)
                return new PinOutcome.Refused(Reason.Ambiguous, $"{snapshot.Workload} reads {string.Join(" and ", read)}, each made in place of {root.Name}");
            var old = read is [var only] ? root with { Name = only } : root;
            if (await clusters.Of(context.Service).GetAsync(old, cancellation) is not { } live)
                return new PinOutcome.Refused(Reason.NotFound, $"{old} does not exist");
            var references = SecretReferences.Of(snapshot.Template, old.Name, target.Name);
            var rotation = Rotation.Of(parameters);
            return await RefusalAsync(context, live, references, rotation, snapshot, cancellation)
                ?? await PinnedAsync(context, (root, old, live, target), references, rotation, snapshot, parameters, cancellation);
        }, cancellation);

    public async Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation)
    {
        var rotation = Rotation.Of(pin);
        if (await CreateAsync(context, pin, rotation, cancellation) is { } ended)
            return ended;
        if (await SwitchAsync(context, pin, cancellation) is var outcome && outcome is not StepOutcome.Done)
            return outcome;
        var done = (StepOutcome.Done)outcome;
        var revoke = $"still to be revoked by people: {string.Join(", ", rotation.Renewed)} of {Old(context, pin)}";
        if (!context.Journal.Marks.ContainsKey("to_revoke"))
            await context.Journal.MarkAsync("to_revoke", [], revoke, cancellation);
        return done with { Text = $"{done.Text}; {revoke}" };
    }

    /// <summary>Switches back. The new Secret stays: pods that are on their way out still read it.</summary>
    public async Task<StepOutcome> RestoreAsync(StepContext context, JsonObject pin, CancellationToken cancellation)
    {
        var outcome = await _changes.RestoreAsync(context, pin, cancellation);
        if (outcome is not StepOutcome.Done done)
            return outcome;
        if (pin[Left] is { } left)
            await ledger.UnbarAsync(left["uid"]!.GetValue<string>(), context.Service.Workload!.Address, context.RollbackId, cancellation);
        return done with { Text = $"{done.Text}; {New(context, pin)} stays and is read by nothing of it any more" };
    }

    // Once it was rotated, people may have deleted the one that the matrix names.
    private static async Task<bool> IsRotatedAsync(IKubernetesApi api, ServiceDefinition service, ObjectRef root, CancellationToken cancellation) =>
        ServiceWorkload.Of(service) is { } workload && await new WorkloadReader(api).ReadAsync(workload, cancellation) is { } snapshot
        && await SecretLineage.ReadByAsync(api, snapshot.Template, root, StepContext.PrefixFor(root.Name), cancellation) is [var read] && read != root.Name;

    private async Task<StepOutcome> SwitchAsync(StepContext context, JsonObject pin, CancellationToken cancellation)
    {
        try
        {
            return await _changes.ApplyAsync(context, pin, cancellation, written: () => BarAsync(context, pin, cancellation));
        }
        catch (KubernetesException fault)
        {
            return new StepOutcome.CannotTell(Reason.ApiError, $"{New(context, pin)} is switched to, but which revisions read {Old(context, pin)} could not be looked at: {fault.Message}");
        }
    }

    // A release that ran well is what an undo goes back to: with it, what others may know by now would be in use again.
    private async Task BarAsync(StepContext context, JsonObject pin, CancellationToken cancellation)
    {
        if (pin[Left] is not { } left)
            return;
        var readers = new Dictionary<string, IReadOnlyList<string>> { [left["digest"]!.GetValue<string>()] = [.. left["images"]!.AsArray().Select(i => i!.GetValue<string>())] };
        if (await new WorkloadReader(clusters.Of(context.Service)).ReadAsync(ServiceWorkload.Of(context.Service)!, cancellation) is { } now)
        {
            foreach (var revision in now.Revisions.Where(r => r.Digest != now.Digest && ConfigurationReferences.Of(r.Template).Secrets.Contains(pin["secret"]!.GetValue<string>())))
                readers[revision.Digest] = [.. revision.Images.Select(i => i.Image)];
        }

        foreach (var (digest, images) in readers)
        {
            await ledger.BarAsync(
                left["uid"]!.GetValue<string>(), context.Service.Workload!.Address, digest, images, context.RollbackId, $"reads {Old(context, pin)}, which was rotated", cancellation);
        }
    }

    private async Task<PinOutcome?> RefusalAsync(
        StepContext context, KubernetesObject old, SecretReferences references, Rotation rotation, WorkloadSnapshot snapshot, CancellationToken cancellation)
    {
        if (references.Changes.Count == 0)
            return new PinOutcome.Refused(Reason.NotFound, $"{snapshot.Workload} reads no Secret {old.Name}");
        if (old.Text("type") == "kubernetes.io/service-account-token")
            return new PinOutcome.Refused(Reason.RejectedByApi, $"Secret {old.Name} is made by Kubernetes itself");
        if (references.Keys.Except(rotation.Renewed).Except(rotation.Kept(old)).FirstOrDefault() is { } missing)
            return new PinOutcome.Refused(Reason.NotFound, $"{snapshot.Workload} reads key {missing}, which the new Secret would not have");
        var (values, trouble) = await rotation.ValuesAsync(old, context.Service, granted, cancellation);
        if (values is null)
            return new PinOutcome.Refused(Reason.NotGranted, trouble!);
        return rotation.Unchanged(old, values) is { } same
            ? new PinOutcome.Refused(Reason.NothingWouldChange, $"the granted secret {rotation.Granted[same]} is what {same} is now: nothing would be rotated")
            : null;
    }

    private async Task<PinOutcome> PinnedAsync(
        StepContext context, (ObjectRef Root, ObjectRef Ref, KubernetesObject Live, ObjectRef Target) old, SecretReferences references, Rotation rotation, WorkloadSnapshot snapshot, JsonObject parameters,
        CancellationToken cancellation)
    {
        try
        {
            await Creation(context, old.Target, old.Root.Name).DryRunAsync(null, old.Ref.Name, rotation.Renewed, cancellation);
        }
        catch (KubernetesException e) when (e.Fault is KubernetesFault.Invalid)
        {
            return new PinOutcome.Refused(Reason.RejectedByApi, $"the API server would reject the new Secret: {e.Message}");
        }
        catch (KubernetesException e) when (e.Fault is KubernetesFault.Conflict)
        {
            // There already, from an attempt before; apply looks whose it is.
        }

        var warnings = Ownership.Of(old.Live).Owner is { } owner ? [$"{old.Ref} is kept by {owner}: rotate it there too."] : new List<string>();
        warnings.AddRange(await SecretReaders.WarningsAsync(clusters.Of(context.Service), old.Ref, snapshot.Uid, cancellation));
        var pinned = await _changes.PinAsync(
            context, [WorkloadChange.Of(snapshot, references.Changes)], $"{snapshot.Workload} reads {old.Ref}", $"{old.Target}: {rotation.Text(old.Live)}", warnings, cancellation);
        if (pinned is PinOutcome.Pinned { Pin: var pin })
        {
            foreach (var key in new[] { "generate", "values", "drop" })
                pin[key] = parameters[key]?.DeepClone();
            (pin["root"], pin["secret"], pin["uid"], pin["into"]) = (old.Root.Name, old.Ref.Name, old.Live.Uid, old.Target.Name);
            pin[Left] = LeftRelease.Of(snapshot, []);
        }

        return pinned;
    }

    /// <summary>Null when the new Secret is there and ours.</summary>
    private async Task<StepOutcome?> CreateAsync(StepContext context, JsonObject pin, Rotation rotation, CancellationToken cancellation)
    {
        var creation = Creation(context, New(context, pin), (pin["root"] ?? pin["secret"])!.GetValue<string>());
        try
        {
            var found = await creation.FoundAsync(cancellation);
            if (found is null && context.Journal.Marks.ContainsKey(Created))
                return new StepOutcome.Superseded($"{New(context, pin)} was deleted by somebody else");
            found ??= await MakeAsync(context, pin, rotation, creation, cancellation);
            if (found is not StepOutcome.Done)
                return found;
            if (!context.Journal.Marks.ContainsKey(Created))
                await context.Journal.PrepareAsync(Created, [], found.Text, cancellation);
            return null;
        }
        catch (KubernetesException fault)
        {
            return new StepOutcome.CannotTell(Reason.ApiError, fault.Message);
        }
    }

    private async Task<StepOutcome> MakeAsync(StepContext context, JsonObject pin, Rotation rotation, SecretCreation creation, CancellationToken cancellation)
    {
        if (context.Journal.MayWrite() is { } stop)
            return stop;
        var old = Old(context, pin);
        if (await clusters.Of(context.Service).GetAsync(old, cancellation) is not { } live || live.Uid != pin["uid"]!.GetValue<string>())
            return new StepOutcome.Superseded($"{old} was deleted, or created again");
        var (values, trouble) = await rotation.ValuesAsync(live, context.Service, granted, cancellation);
        return values is null
            ? new StepOutcome.CannotTell(Reason.NotGranted, $"nothing was changed: {trouble}")
            : await creation.CreateAsync(live.Text("type"), old.Name, values, cancellation);
    }

    private SecretCreation Creation(StepContext context, ObjectRef target, string root) => new(clusters.Of(context.Service), target, root, context.MarkOf(Word));

    private static ObjectRef Old(StepContext context, JsonObject pin) => Secret(context, pin, "secret");

    private static ObjectRef New(StepContext context, JsonObject pin) => Secret(context, pin, "into");

    private static ObjectRef Secret(StepContext context, JsonObject pin, string key) =>
        new(ResourceKind.Secret, ServiceObject.NamespaceOf(context.Service)!, pin[key]!.GetValue<string>());
}
