using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Playbooks.Jobs;

namespace AlertRollback.Playbooks.Actions;

/// <summary><c>job: data-integrity-check</c> runs a Job of a CronJob, a template or an image, once, and judges its end.</summary>
public sealed class JobAction(Clusters clusters, TimeProvider time) : IAction, INeedsObjects, INeedsRights
{
    private readonly JobStep _step = new(clusters, time, "job");

    public string Name => "job";

    public string Summary => "Runs a Job in the service's namespace and waits for its end: failed, or not done in time, is a measured failure. Its name derives from rollback and step, so that it is never run twice; the end of its log is kept, secrets masked.";

    public Repeatability Repeatability => Repeatability.Converges;

    public bool ChangesProduction => true;
    public bool IsOpaque => true;

    public bool DestroysDataWith(JsonObject parameters) => DeclaredDestruction.Of(parameters);

    public IReadOnlyList<Parameter> Parameters { get; } = [.. JobRecipe.Parameters, DeclaredDestruction.Parameter];

    public IEnumerable<string> Validate(JsonObject parameters) => JobRecipe.Validate(parameters);

    public ServiceNeed? Missing(ServiceDefinition service, JsonObject parameters) => ServiceNeeds.Space(service);

    public IEnumerable<NeededObject> Objects(ServiceDefinition service, JsonObject parameters) =>
        JobRecipe.Objects(service, parameters);

    public IEnumerable<NeededRight> Rights(ServiceDefinition service, JsonObject parameters) =>
        JobRecipe.Rights(parameters.ContainsKey("cronjob"), looks: false);

    public async Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, CancellationToken cancellation)
    {
        var (recipe, fault) = JobRecipe.Of(parameters, text => context.Fill(text, Placeholders.AsIs));
        return recipe is null ? new PinOutcome.Refused(Reason.NotGranted, fault!) : await _step.PinAsync(context, recipe, cancellation);
    }

    public async Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation) =>
        (await _step.ApplyAsync(context, pin, cancellation)).Outcome;
}
