using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks.Containers;

namespace AlertRollback.Playbooks.Checks;

/// <summary><c>container_running: {name: rental-api-prod, host: rental-vm}</c> tells whether a container runs, and which image.</summary>
public sealed class ContainerRunningCheck(GrantedEngines engines) : ICheck
{
    public string Name => "container_running";

    public string Summary => "Whether a container of a granted engine runs, and healthily where it has a health check; after a container step of this rollback also whether it runs the image it was taken back to.";

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        new("name", ParameterType.Text, "The container; default: the service's.", Example: "rental-api-prod", Main: true),
        new("host", ParameterType.Text, "The operator's name of the engine that runs it; default: the service's.", Example: "rental-vm", Grant: Grant.Engine),
        new("image", ParameterType.Text, "The image it has to run, by name or id; default: the one this rollback took it back to, else any.", Example: "rental-api:2.4.1"),
    ];

    public IReadOnlyList<Parameter> ServiceParameters => ServiceContainer.Parameters;

    public ServiceNeed? Missing(ServiceDefinition service, JsonObject parameters) => ServiceContainer.Of(service, parameters) is null ? ServiceContainer.Need : null;

    public async Task<IReadOnlyList<CheckResult>> AskAsync(CheckContext context, JsonObject parameters, CancellationToken cancellation)
    {
        var filled = (JsonObject)FilledJson.Of(parameters, text => CheckPlaceholders.Fill(text, context, Placeholders.AsIs))!;
        if (ServiceContainer.Of(context.Service, filled) is not var (host, name))
            return [Answer(Verdict.Inconclusive, context.Service.Name, "neither the check nor the service says which container", null)];
        var wanted = filled["image"]?.GetValue<string>();
        try
        {
            if (engines.Find(context.Service.Team, host, name) is not { } granted)
                return [Answer(Verdict.Inconclusive, name, $"not granted to team {context.Service.Team}", null)];
            var target = wanted is null ? TargetOf(context, granted.Address) : await NamedAsync(granted.Engine, wanted, cancellation);
            return await granted.Engine.ContainerAsync(name, cancellation) is { } live
                ? [Judge(name, live, target)]
                : [Answer(Verdict.Fail, name, "there is no such container", target)];
        }
        catch (EngineException fault)
        {
            return [Answer(Verdict.Inconclusive, name, $"engine {host} cannot be asked: {fault.Message}", null)];
        }
    }

    private static CheckResult Judge(string name, ContainerState live, PinnedImage? target)
    {
        var measured = $"{live.Condition}, {live.Image}";
        if (live.Health == "starting")
            return Answer(Verdict.Inconclusive, name, measured, target);
        return Answer(live.Runs && live.Health != "unhealthy" && (target is null || live.ImageId == target.Id) ? Verdict.Pass : Verdict.Fail, name, measured, target);
    }

    private static CheckResult Answer(Verdict verdict, string name, string measured, PinnedImage? target) =>
        new(verdict, $"container {name}", measured, target is null ? "running" : $"running, {target.Reference}");

    // The image's id; a name that the engine does not know is no image that runs there.
    private static async Task<PinnedImage> NamedAsync(Engine engine, string wanted, CancellationToken cancellation) =>
        new((await engine.ImageAsync(wanted, cancellation))?["Id"]?.GetValue<string>() ?? wanted, wanted);

    private static PinnedImage? TargetOf(CheckContext context, string address) =>
        context.Pins.Values.FirstOrDefault(p => p["uid"]?.ToString() == address && p["next"] is not null) is { } pin ? PinnedImage.FromJson(pin["target"]!) : null;
}
