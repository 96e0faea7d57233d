using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks.Commands;
using AlertRollback.Playbooks.Manifests;

namespace AlertRollback.Playbooks.Jobs;

/// <summary>
/// What a Job is made from: a CronJob, a template or an image, and what is said otherwise of it. Nothing of a CronJob's or
/// a template's text is ever replaced blindly: each override has its own key.
/// </summary>
/// <param name="Template">A Job's or pod's manifest; null: there is none.</param>
/// <param name="Retries">Pods that may fail before the Job has; null: what the CronJob or template says, else 0.</param>
/// <param name="Timeout">After this Kubernetes ends it, and it has failed.</param>
/// <param name="Keep">How long it is left to be looked at after its end.</param>
public sealed record JobRecipe(
    string? CronJob,
    JsonObject? Template,
    string? Image,
    IReadOnlyList<string> Command,
    IReadOnlyList<string> Args,
    IReadOnlyList<KeyValuePair<string, string>> Env,
    string? Container,
    int? Retries,
    TimeSpan Timeout,
    TimeSpan Keep)
{
    private static readonly string[] Sources = ["cronjob", "template", "file"];

    /// <summary>All that a Job can be made from, for people.</summary>
    public const string MadeFrom = "\"cronjob\", \"template\", \"file\" and \"image\"";

    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(10);
    public static readonly TimeSpan DefaultKeep = TimeSpan.FromDays(1);

    public static IReadOnlyList<Parameter> Parameters { get; } =
    [
        new("cronjob", ParameterType.Text, "A CronJob in the service's namespace: one run of it now.", Example: "data-integrity-check", Main: true),
        new("template", ParameterType.Mapping, "A Job's or pod's manifest or spec, without a name.", Example: "{spec: {containers: [{name: count, image: \"mongo:7\"}]}}"),
        new("file", ParameterType.Files, "The template as a file beside the matrix; placeholders in it stay as they are written.", Example: "integrity-check.yml"),
        new("image", ParameterType.Text, "A pod of this image; beside cronjob, template or file: another image.", Example: "mongo:7.0.14"),
        new("command", ParameterType.Texts, "Another program and its arguments as a list; there is no shell.", Example: "[mongosh, --quiet, shop, /scripts/count.js]"),
        new("args", ParameterType.Texts, "Other arguments of the program.", Example: "[--full]"),
        new("env", ParameterType.Mapping, "Variables added or set otherwise; the others stay. Not for secrets.", Example: "{MODE: restore}"),
        new("container", ParameterType.Text, "Which container these are for, and whose log is kept.", Default: "the only one", Example: "check"),
        new("retries", ParameterType.Integer, "Pods that may fail before the Job has failed.", Default: "the CronJob's or template's, else 0", Example: "2"),
        new("timeout", ParameterType.Duration, "After this it is ended, and has failed; an earlier limit of its own stays.", Default: "10m", Example: "20m"),
        new("keep", ParameterType.Duration, "How long the Job is left after its end, 1h to 30d.", Default: "1d", Example: "7d"),
    ];

    /// <summary>Whether the parameters say what a Job is made from.</summary>
    public static bool IsIn(JsonObject parameters) => Sources.Append("image").Any(parameters.ContainsKey);

    public static IEnumerable<string> Validate(JsonObject parameters)
    {
        var (sources, image) = (Sources.Where(parameters.ContainsKey).ToList(), Text(parameters["image"]));
        if (sources.Count > 1)
            yield return $"{string.Join(" and ", sources.Select(s => $"\"{s}\""))} exclude each other";
        if (sources.Count == 0 && image is null)
            yield return $"it has none of {MadeFrom} to be made from";
        if (image is not null && !image.Contains("${", StringComparison.Ordinal) && !ImageName.IsValid(image))
            yield return $"\"{image}\" is not the name of an image: lower case, at most one tag or digest, no blanks";
        if (parameters.ContainsKey("template") && parameters["template"] is not JsonObject)
            yield return "\"template\" is a manifest, not a text";
        foreach (var fault in parameters["template"] is JsonObject manifest ? JobTemplate.Faults("\"template\"", manifest) : FileFaults(parameters["file"] as JsonArray))
            yield return fault;
        foreach (var fault in ArgumentList.Validate(parameters["command"], "command").Concat(ArgumentFaults(parameters["args"])).Concat(TextValues.Faults("env", parameters["env"])))
            yield return fault;
        foreach (var name in TextValues.Of(parameters["env"] as JsonObject).Select(v => v.Key).Where(n => !AcceptedNames.IsVariable(n)))
            yield return $"\"{name}\" is not the name of a variable";
        if (parameters["retries"]?.GetValue<long>() is < 0 or > 10)
            yield return "\"retries\" is from 0 to 10";
        if (Span(parameters["timeout"]) is { } timeout && (timeout < TimeSpan.FromSeconds(1) || timeout > TimeSpan.FromDays(1)))
            yield return "\"timeout\" is from 1s to 1d";
        if (Span(parameters["keep"]) is { } keep && (keep < JobKeep.Shortest || keep > JobKeep.Longest))
            yield return "\"keep\" is from 1h to 30d";
    }

    /// <summary>The CronJob that a Job is made from.</summary>
    internal static IEnumerable<NeededObject> Objects(ServiceDefinition service, JsonObject parameters) => NeededObject.Of(service, ResourceKind.CronJob, parameters["cronjob"]);

    /// <summary>To make a Job, and to follow it to its end.</summary>
    /// <param name="looks">It is a check's: a Job that was made for the same question may be the answer.</param>
    internal static IEnumerable<NeededRight> Rights(bool ofCronJob, bool looks) =>
        [.. NeededRight.Beyond(looks ? "get list create" : "get create", ResourceKind.Job), .. ofCronJob ? NeededRight.Beyond("get", ResourceKind.CronJob) : [], .. JobLog.Rights];

    /// <summary>The recipe with its values filled in, or why that cannot be done.</summary>
    public static (JobRecipe? Recipe, string? Fault) Of(JsonObject parameters, Func<string, string> fill)
    {
        var (command, fault) = ArgumentList.Fill(TextValues.List(parameters["command"]), fill);
        var (args, alsoFault) = ArgumentList.Fill(TextValues.List(parameters["args"]), fill);
        var image = Text(parameters["image"]) is { } named ? fill(named) : null;
        if (image is not null && !ImageName.IsValid(image))
            fault ??= $"\"{image}\" is not the name of an image";
        return (fault ?? alsoFault) is { } wrong
            ? (null, wrong)
            : (new JobRecipe(
                Text(parameters["cronjob"]) is { } cronJob ? fill(cronJob) : null,
                FilledJson.Of(parameters["template"], fill) as JsonObject ?? Read(parameters["file"] as JsonArray).Manifest,
                image, command, args,
                TextValues.Of(FilledJson.Of(parameters["env"], fill)),
                Text(parameters["container"]) is { } container ? fill(container) : null,
                (int?)parameters["retries"]?.GetValue<long>(),
                Span(parameters["timeout"]) ?? DefaultTimeout,
                Span(parameters["keep"]) ?? DefaultKeep), null);
    }

    /// <summary>What the operator adds to a Job that runs one program and whose answer is read; null: nothing. Never a matrix's.</summary>
    public JobProgram? Program { get; init; }

    /// <summary>Whether the CronJob's or template's container is to be another one than it says.</summary>
    public bool Overrides => Image is not null || Command.Count + Args.Count + Env.Count > 0;

    /// <summary>As parameters again: nothing is left to fill in.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject { ["timeout"] = Durations.Format(Timeout), ["keep"] = Durations.Format(Keep) };
        foreach (var (name, value) in new[] { ("cronjob", CronJob), ("image", Image), ("container", Container) })
        {
            if (value is not null)
                json[name] = value;
        }

        foreach (var (name, list) in new[] { ("command", Command), ("args", Args) })
        {
            if (list.Count > 0)
                json[name] = new JsonArray([.. list.Select(a => JsonValue.Create(a))]);
        }

        if (Template is not null)
            json["template"] = Template.DeepClone();
        if (Env.Count > 0)
            json["env"] = new JsonObject(Env.Select(v => KeyValuePair.Create(v.Key, (JsonNode?)v.Value)));
        if (Retries is { } retries)
            json["retries"] = (long)retries;
        return json;
    }

    public static JobRecipe FromJson(JsonObject json) =>
        Of(json, text => text) is { Recipe: { } recipe } ? recipe : throw new System.Text.Json.JsonException("a Job's recipe is faulty");

    /// <summary>What it is called before its hash, and for people.</summary>
    public string Subject => CronJob ?? (Template is not null ? "job" : "run");

    public override string ToString() =>
        $"{(CronJob is not null ? $"a run of CronJob {CronJob}" : Template is not null ? "a Job of the template" : $"a pod of {Image}")}{Otherwise()}";

    private string Otherwise()
    {
        var words = new[]
        {
            CronJob is not null || Template is not null ? Image : null,
            Command.Count + Args.Count > 0 ? ArgumentList.Text([.. Command, .. Args]) : null,
            Env.Count > 0 ? $"{string.Join(", ", Env.Select(v => v.Key))} set" : null,
        }.OfType<string>().ToList();
        return words.Count == 0 ? "" : $" with {string.Join(", ", words)}";
    }

    // The rules of a whole command line hold for its arguments; the image's own program comes first.
    private static IEnumerable<string> ArgumentFaults(JsonNode? args) => args is JsonArray { Count: > 0 } list
        ? ArgumentList.Validate(new JsonArray(["program", .. list.Select(a => a!.DeepClone())]), "args")
        : [];

    private static IEnumerable<string> FileFaults(JsonArray? file)
    {
        if (file is null)
            return [];
        var (manifest, name, faults) = Read(file);
        return manifest is null ? faults : JobTemplate.Faults(name, manifest);
    }

    private static (JsonObject? Manifest, string Name, IReadOnlyList<string> Faults) Read(JsonArray? file)
    {
        if (file is not [JsonObject only])
            return (null, "", file is { Count: > 1 } ? ["\"file\" is one file"] : []); // One that does not exist is a fault already.
        var name = only["file"]!.GetValue<string>();
        var (json, faults) = ManifestReader.ReadOne(name, only["text"]!.GetValue<string>());
        return (json, name, faults);
    }

    private static string? Text(JsonNode? value) => value?.GetValue<string>();

    private static TimeSpan? Span(JsonNode? value) => value?.GetValue<string>() is { } text && Durations.TryParse(text, out var span) ? span : null;
}
