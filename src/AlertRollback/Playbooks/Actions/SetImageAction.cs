using System.Text.Json.Nodes;
using AlertRollback.Kubernetes.Edits;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix;

namespace AlertRollback.Playbooks.Actions;

/// <summary><c>set_image: {container: backend, image: shop/backend:v1.4.2}</c> runs another image.</summary>
public sealed class SetImageAction(Clusters clusters, IRevisionLedger ledger, TimeProvider time) : IAction, INeedsRights
{
    private readonly ObjectChanges _changes = new(clusters, time, "set_image");

    public string Name => "set_image";

    public string Summary => "Sets the image of a container of the service's workload and waits until it runs.";

    public Repeatability Repeatability => Repeatability.Converges;

    public bool ChangesProduction => true;

    public bool ReplacesRelease => true;

    public bool Restores => true;

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        new("image", ParameterType.Text, "The image, best with its digest; a moving tag is warned of.", Required: true, Example: "shop/backend:v1.4.2", Main: true),
        new("container", ParameterType.Text, "Which container.", Default: "the only one, or the one called like the workload", Example: "backend"),
        CanarySteps.Parameter("keep"),
    ];

    public IEnumerable<string> Validate(JsonObject parameters)
    {
        if (parameters["image"]?.ToString() is { } image && !image.Contains("${", StringComparison.Ordinal) && !ImageName.IsValid(image))
            yield return $"\"{image}\" is not the name of an image: lower case, at most one tag or digest, no blanks";
    }

    public ServiceNeed? Missing(ServiceDefinition service, JsonObject parameters) => ServiceNeeds.Workload(service);

    public IEnumerable<NeededRight> Rights(ServiceDefinition service, JsonObject parameters) =>
        NeededRight.ToChange(service);

    public Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, CancellationToken cancellation) =>
        WorkloadChange.PinAsync(context, clusters.Of(context.Service), async snapshot =>
        {
            var image = context.Fill(parameters["image"]!.GetValue<string>(), Placeholders.AsIs);
            var name = parameters["container"]?.GetValue<string>() is { } named ? context.Fill(named, Placeholders.AsIs) : null;
            if (WorkloadChange.Container(snapshot, name) is not { } container)
                return WorkloadChange.NoContainer(snapshot, name);
            if (!ImageName.IsValid(image))
                return new PinOutcome.Refused(Reason.RejectedByApi, $"\"{image}\" is not the name of an image");
            var change = new Change(WorkloadChange.PathOf(container).Member("image"), image);
            var warnings = ImageName.IsMoving(image) ? new[] { $"{image} is a moving tag: what it stands for may have changed since it was tried." } : [];
            var pinned = await _changes.PinAsync(context, [WorkloadChange.Of(snapshot, [change])], container["image"]?.ToString() ?? "no image", image, warnings, cancellation);
            pinned = CanarySteps.Planned(pinned, snapshot, parameters);
            return WorkloadChange.Replacing(context, pinned, ledger, snapshot, After(snapshot, container, image));
        }, cancellation);

    private static IReadOnlyList<ContainerImage> After(WorkloadSnapshot snapshot, JsonObject container, string image) =>
        [.. PodTemplate.Images(snapshot.Template).Select(i => !i.Init && i.Container == container["name"]?.ToString() ? i with { Image = image } : i)];

    public Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation) =>
        _changes.ApplyAsync(context, pin, cancellation, written: () => LeftRelease.QuarantineAsync(ledger, context, pin, cancellation));

    public Task<StepOutcome> RestoreAsync(StepContext context, JsonObject pin, CancellationToken cancellation) => _changes.RestoreAsync(context, pin, cancellation);
}
