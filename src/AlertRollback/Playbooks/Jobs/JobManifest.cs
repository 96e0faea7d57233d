using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Edits;
using AlertRollback.Kubernetes.Workloads;

namespace AlertRollback.Playbooks.Jobs;

/// <summary>The Job that is sent to the API server. Pure.</summary>
internal static class JobManifest
{
    /// <summary>The label by which people find what a rollback made: <c>kubectl get jobs -l alertrollback.io/rollback=…</c>.</summary>
    public const string RollbackLabel = Marks.Rollback;

    // Written by the API server into the Job that a template was copied from; a second Job must not select the first one's pods.
    private static readonly string[] OthersLabels = ["controller-uid", "job-name", "batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name"];

    /// <param name="spec">A Job's spec as the CronJob or the template has it.</param>
    /// <param name="labels">The labels a CronJob gives its Jobs.</param>
    /// <param name="container">The container the overrides are for; null: there are none.</param>
    public static JsonObject Of(JobRecipe recipe, JsonObject spec, JsonObject? labels, string? container, ObjectRef target, StepMark mark)
    {
        var body = (JsonObject)spec.DeepClone();
        foreach (var member in new[] { "selector", "manualSelector", "suspend" })
            body.Remove(member);
        if (recipe.Retries is { } retries)
            body["backoffLimit"] = retries;
        else if (body["backoffLimit"] is null)
            body["backoffLimit"] = 0; // Kubernetes' own default would run it up to seven times.
        var longest = (long)recipe.Timeout.TotalSeconds;
        if (body["activeDeadlineSeconds"] is not JsonValue own || !own.TryGetValue(out long seconds) || seconds > longest)
            body["activeDeadlineSeconds"] = longest;
        body["ttlSecondsAfterFinished"] = (long)recipe.Keep.TotalSeconds;
        if (recipe.Program is not null)
            (body["completions"], body["parallelism"]) = (1, 1);
        Template(recipe, (JsonObject)body["template"]!, container, mark);
        return new JsonObject
        {
            ["apiVersion"] = ResourceKind.Job.ApiVersion,
            ["kind"] = ResourceKind.Job.Kind,
            ["metadata"] = new JsonObject
            {
                ["name"] = target.Name,
                ["namespace"] = target.Namespace,
                ["labels"] = Labelled(labels, mark),
                ["annotations"] = new JsonObject { [mark.Annotation] = mark.Value },
            },
            ["spec"] = body,
        };
    }

    /// <summary>Whether a Job is the one that this step made.</summary>
    public static bool IsOurs(KubernetesObject job, StepMark mark) => job.Annotation(mark.Annotation) == mark.Value;

    private static void Template(JobRecipe recipe, JsonObject template, string? container, StepMark mark)
    {
        var metadata = template["metadata"] as JsonObject ?? (JsonObject)(template["metadata"] = new JsonObject());
        metadata["labels"] = Labelled(metadata["labels"] as JsonObject, mark);
        var pod = (JsonObject)template["spec"]!;
        if (pod["restartPolicy"] is null || pod["restartPolicy"]?.ToString() == "Always")
            pod["restartPolicy"] = "Never";
        if (recipe.CronJob is null)
            pod["automountServiceAccountToken"] = false;
        if (container is not null && JobTemplate.Containers(pod).Find(c => c["name"]?.ToString() == container) is { } chosen)
        {
            Override(recipe, chosen);
            recipe.Program?.Into(pod, chosen);
        }
    }

    private static void Override(JobRecipe recipe, JsonObject container)
    {
        if (recipe.Image is not null)
            container["image"] = recipe.Image;
        if (recipe.Command.Count > 0)
        {
            container["command"] = new JsonArray([.. recipe.Command.Select(a => JsonValue.Create(a))]);
            container.Remove("args"); // Those of another program.
        }

        if (recipe.Args.Count > 0)
            container["args"] = new JsonArray([.. recipe.Args.Select(a => JsonValue.Create(a))]);
        if (recipe.Env.Count == 0)
            return;
        var kept = (container["env"] as JsonArray)?.Where(v => recipe.Env.All(e => e.Key != v?["name"]?.ToString())) ?? [];
        container["env"] = new JsonArray([.. kept.Select(v => v?.DeepClone()), .. recipe.Env.Select(e => new JsonObject { ["name"] = e.Key, ["value"] = e.Value })]);
    }

    private static JsonObject Labelled(JsonObject? labels, StepMark mark)
    {
        var copy = new JsonObject((labels ?? []).Where(l => !OthersLabels.Contains(l.Key)).Select(l => KeyValuePair.Create(l.Key, l.Value?.DeepClone())));
        copy[RollbackLabel] = LabelValue(mark.RollbackId);
        return copy;
    }

    // What a label may hold; the annotation beside it has the id as it is.
    public static string LabelValue(string id) =>
        new string([.. id.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '-').TakeLast(63)]).Trim('-', '_', '.');
}
