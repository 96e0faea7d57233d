using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Edits;

namespace AlertRollback.Playbooks.Jobs;

/// <summary>What came of making a Job's manifest.</summary>
internal abstract record JobMade
{
    /// <param name="Digest">Of the manifest; the manifest itself may hold secrets and is never journalled (S19).</param>
    public sealed record Manifest(JsonObject Body, string Digest) : JobMade;

    public sealed record Refused(Reason Reason, string Text) : JobMade;
}

/// <summary>Makes a recipe into a manifest; reads the CronJob, changes nothing.</summary>
internal sealed class JobMaker(IKubernetesApi api)
{
    /// <exception cref="KubernetesException">It cannot be read.</exception>
    public async Task<JobMade> MakeAsync(JobRecipe recipe, ObjectRef target, StepMark mark, CancellationToken cancellation)
    {
        JsonObject spec;
        JsonObject? labels = null;
        if (recipe.CronJob is { } name)
        {
            if (await CronJobAsync(target.Namespace, name, cancellation) is not { } live)
                return new JobMade.Refused(Reason.NotFound, $"cronjob/{target.Namespace}/{name} does not exist");
            if (live.At("spec", "jobTemplate", "spec") is not JsonObject template)
                return new JobMade.Refused(Reason.RejectedByApi, $"cronjob/{target.Namespace}/{name} has no template");
            (spec, labels) = (template, live.At("spec", "jobTemplate", "metadata", "labels") as JsonObject);
        }
        else
        {
            spec = recipe.Template is not null ? JobTemplate.Spec(recipe.Template) : Pod(recipe.Image!);
        }

        var containers = spec["template"]?["spec"] is JsonObject pod ? JobTemplate.Containers(pod) : [];
        if (Chosen(recipe, containers, out var container) is { } refused)
            return refused;
        var body = JobManifest.Of(recipe, spec, labels, recipe.Overrides ? container : null, target, mark);
        return new JobMade.Manifest(body, PlaceValue.Sealed(body).Digest!);
    }

    private static JobMade.Refused? Chosen(JobRecipe recipe, List<JsonObject> containers, out string? container)
    {
        var names = containers.Select(c => c["name"]?.ToString() ?? "").ToList();
        container = recipe.Container ?? (names.Count == 1 ? names[0] : null);
        if (recipe.Container is { } named && !names.Contains(named))
            return new JobMade.Refused(Reason.NotFound, $"it has no container {named}, but {string.Join(", ", names)}");
        return container is null && recipe.Overrides
            ? new JobMade.Refused(Reason.Ambiguous, $"it has several containers ({string.Join(", ", names)}): name one")
            : null;
    }

    private async Task<KubernetesObject?> CronJobAsync(string @namespace, string name, CancellationToken cancellation)
    {
        // Servers before 1.21 have the beta only, those from 1.25 on no longer.
        var kind = await api.FirstServedAsync(ServedKinds.CronJobs, cancellation);
        return kind is null ? null : await api.GetAsync(new ObjectRef(kind, @namespace, name), cancellation);
    }

    private static JsonObject Pod(string image) => new()
    {
        ["template"] = new JsonObject
        {
            ["spec"] = new JsonObject { ["containers"] = new JsonArray(new JsonObject { ["name"] = "run", ["image"] = image }) },
        },
    };
}
