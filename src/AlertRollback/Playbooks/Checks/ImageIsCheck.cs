using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Matrix;
using AlertRollback.Playbooks.Commands;

namespace AlertRollback.Playbooks.Checks;

/// <summary><c>image_is: {contains: ":v1.4."}</c>: what the pods really run.</summary>
public sealed class ImageIsCheck(Clusters clusters) : ICheck, INeedsObjects, INeedsRights
{
    private static readonly string[] Rules = ["equals", "contains", "not", "digest"];

    public string Name => "image_is";

    public string Summary => "All running pods of a workload or label selector run this image, or none of them runs that one. Without a rule their images are only shown, which needs report: true.";

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        .. PodCounts.Parameters,
        new("container", ParameterType.Text, "Which container.", Default: "the only one, or the one called like the workload", Example: "backend"),
        new("equals", ParameterType.Text, "The image as it is written in the pods.", Example: "shop/backend:v1.4.2"),
        new("contains", ParameterType.Text, "A part of it.", Example: "\":v1.4.\""),
        new("not", ParameterType.Text, "A part that no pod's image may have.", Example: "\":v2.\""),
        new("digest", ParameterType.Text, "The digest that the node really pulled.", Example: "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
    ];

    public IEnumerable<string> Validate(JsonObject parameters)
    {
        foreach (var fault in PodChoices.Validate(parameters))
            yield return fault;
        if (parameters["digest"]?.ToString() is { } digest && !digest.Contains("${", StringComparison.Ordinal) && !ImageName.IsValid($"a@{digest}"))
            yield return "\"digest\" is written like sha256:…, with all its digits";
        foreach (var rule in Rules.Where(r => parameters[r]?.ToString() is { } text && string.IsNullOrWhiteSpace(text)))
            yield return $"\"{rule}\" is empty";
    }

    public bool Judges(JsonObject parameters) => Rules.Any(parameters.ContainsKey);

    public ServiceNeed? Missing(ServiceDefinition service, JsonObject parameters) => ServiceNeeds.Pod(service, parameters);

    public IEnumerable<NeededObject> Objects(ServiceDefinition service, JsonObject parameters) =>
        PodChoices.Objects(service, parameters);

    public IEnumerable<NeededRight> Rights(ServiceDefinition service, JsonObject parameters) =>
        PodChoices.Rights(service, parameters);

    public async Task<IReadOnlyList<CheckResult>> AskAsync(CheckContext context, JsonObject parameters, CancellationToken cancellation)
    {
        var rules = Rules.Where(parameters.ContainsKey).ToDictionary(r => r, r => CheckPlaceholders.Fill(parameters[r]!.GetValue<string>(), context, Placeholders.AsIs));
        var expected = rules.Count == 0 ? null : string.Join(", ", rules.Select(r => $"{r.Key} {r.Value}"));
        var (pods, answer) = await PodCounts.ReadAsync(clusters.Of(context.Service), context, parameters, expected ?? "", cancellation);
        if (answer is not null)
            return [answer];
        var what = $"image of {pods!.What}";
        var running = pods.Staying.Where(p => p.Text("status", "phase") == "Running").ToList();
        if (running.Count == 0)
            return [new CheckResult(Verdict.Inconclusive, what, "no pod runs", expected)];
        var container = parameters["container"]?.GetValue<string>() is { } named ? CheckPlaceholders.Fill(named, context, Placeholders.AsIs) : null;
        var images = running.Select(p => Image(p, container ?? context.Service.Workload?.Name, container is not null)).ToList();
        if (images.Contains(null))
            return [new CheckResult(Verdict.Inconclusive, what, "the container has to be named", expected)];
        var verdict = rules.Count == 0 ? Verdict.Inconclusive : images.All(i => rules.All(r => Fits(i!, r.Key, r.Value))) ? Verdict.Pass : Verdict.Fail;
        return [new CheckResult(verdict, what, string.Join(", ", images.GroupBy(i => Shown(i!, rules.ContainsKey("digest"))).Select(g => $"{g.Key} ({g.Count()})")), expected)];
    }

    private static (string Name, string Digest)? Image(KubernetesObject pod, string? container, bool named)
    {
        var all = (pod.At("spec", "containers") as JsonArray)?.OfType<JsonObject>().ToList() ?? [];
        var chosen = all.Find(c => c["name"]?.ToString() == container) ?? (!named && all.Count == 1 ? all[0] : null);
        if (chosen?["image"]?.ToString() is not { } image)
            return null;
        var status = (pod.At("status", "containerStatuses") as JsonArray)?.OfType<JsonObject>().FirstOrDefault(s => s["name"]?.ToString() == chosen["name"]?.ToString());

        // docker-pullable://registry/name@sha256:…, or the digest alone.
        var id = status?["imageID"]?.ToString() ?? "";
        return (image, id[(id.LastIndexOf('@') + 1)..]);
    }

    private static bool Fits((string Name, string Digest)? image, string rule, string wanted) => rule switch
    {
        "equals" => image!.Value.Name == wanted,
        "contains" => image!.Value.Name.Contains(wanted, StringComparison.Ordinal),
        "not" => !image!.Value.Name.Contains(wanted, StringComparison.Ordinal),
        _ => image!.Value.Digest == wanted,
    };

    private static string Shown((string Name, string Digest)? image, bool digest) =>
        digest ? $"{image!.Value.Name} as {(image.Value.Digest.Length == 0 ? "an unknown digest" : image.Value.Digest)}" : image!.Value.Name;
}
