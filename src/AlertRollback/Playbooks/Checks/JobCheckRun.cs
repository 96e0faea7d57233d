using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Edits;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Playbooks.Jobs;

namespace AlertRollback.Playbooks.Checks;

/// <summary>
/// A Job that is run because it is the only way to look. A check is asked again and again: the Job that runs is followed, one
/// that ended is an answer for a while, and only then another is run, not often.
/// </summary>
internal sealed class JobCheckRun(IKubernetesApi api, TimeProvider time, CheckContext context, JobCheckRun.Limits? limits = null)
{
    /// <param name="Most">Jobs of one question in one rollback.</param>
    /// <param name="PassLasts">How long the end of one that succeeded is an answer.</param>
    public sealed record Limits(int Most, TimeSpan PassLasts, TimeSpan FailLasts);

    /// <summary>Tells the Jobs of checks from those of steps.</summary>
    public const string Label = Marks.Prefix + "check";

    private static readonly TimeSpan OneLook = TimeSpan.FromSeconds(20);
    private static readonly Limits Seldom = new(Most: 5, PassLasts: TimeSpan.FromMinutes(5), FailLasts: TimeSpan.FromMinutes(2));

    private readonly Limits _limits = limits ?? Seldom;

    /// <summary>The Job whose state is the answer, or why there is none.</summary>
    /// <exception cref="KubernetesException">It cannot be read.</exception>
    public async Task<(KubernetesObject? Job, string? None)> NewestAsync(string @namespace, JsonObject parameters, CancellationToken cancellation)
    {
        var (recipe, fault) = JobRecipe.Of(parameters, text => CheckPlaceholders.Fill(text, context, Placeholders.AsIs));
        return recipe is null ? (null, fault) : await NewestAsync(@namespace, recipe, cancellation);
    }

    /// <summary>The same of a recipe that has nothing left to fill in.</summary>
    /// <exception cref="KubernetesException">It cannot be read.</exception>
    public async Task<(KubernetesObject? Job, string? None)> NewestAsync(string @namespace, JobRecipe recipe, CancellationToken cancellation)
    {
        var key = Hash(context.Phase + recipe.ToJson().ToJsonString());
        var selector = $"{JobManifest.RollbackLabel}={JobManifest.LabelValue(context.RollbackId)},{Label}={key}";
        var all = (await api.ListAsync(ResourceKind.Job, @namespace, selector, cancellation)).OrderBy(Number).ToList();
        var newest = all.LastOrDefault();
        if (newest is null || (IsStale(newest) && all.Count < _limits.Most))
        {
            (newest, var refused) = await CreateAsync(@namespace, recipe, key, newest is null ? 1 : Number(newest) + 1, cancellation);
            if (newest is null)
                return (null, refused);
        }
        else if (IsOfBefore(newest) && JobState.Of(newest).Finished is not null)
        {
            return (null, $"it was run {all.Count} times for this rollback, but not since the last change");
        }

        // What failed stays the answer until a later run ends otherwise: time that runs out meanwhile must not make it unknown.
        if (JobState.Of(newest).Finished is null && all.LastOrDefault(j => j.Uid != newest.Uid && HasFailed(j)) is { } failed)
            return (failed, null);
        return await new JobRun(api, time).FollowAsync(newest, recipe.Container, time.GetUtcNow() + OneLook, _ => Task.CompletedTask, cancellation) switch
        {
            JobEnd.Finished finished => (finished.Job, null),
            JobEnd.StillRuns runs => (runs.Job, null),
            _ => (null, $"job {newest.Name} was deleted"),
        };
    }

    private bool IsStale(KubernetesObject job)
    {
        if (JobState.Of(job).Finished is not { } finish)
            return false;
        var ended = finish.At ?? DateTimeOffset.MinValue;

        return IsOfBefore(job) || time.GetUtcNow() - ended > (finish.Succeeded ? _limits.PassLasts : _limits.FailLasts);
    }

    private bool HasFailed(KubernetesObject job) => JobState.Of(job).Finished is { Succeeded: false } && !IsOfBefore(job);

    // What ran before the last change looked at something else. The API's times have whole seconds only.
    private bool IsOfBefore(KubernetesObject job) => job.CreationTimestamp < context.Since - TimeSpan.FromSeconds(1);

    private async Task<(KubernetesObject? Job, string? None)> CreateAsync(string @namespace, JobRecipe recipe, string key, int number, CancellationToken cancellation)
    {
        if (context.MayWrite() is { } stop)
            return (null, $"not run: {stop.Text}");
        var mark = new StepMark($"{Label}-{key}", context.RollbackId, $"check/{key}/{number}");
        var target = new ObjectRef(ResourceKind.Job, @namespace, $"{(recipe.Subject.Length > 40 ? recipe.Subject[..40] : recipe.Subject).TrimEnd('-', '.')}-{Hash(mark.Value)}-{number}");
        var made = await new JobMaker(api).MakeAsync(recipe, target, mark, cancellation);
        if (made is not JobMade.Manifest { Body: var body })
            return (null, made is JobMade.Refused refused ? refused.Text : "no Job could be made");
        body["metadata"]!["labels"]![Label] = key;
        return await new JobRun(api, time).CreateAsync(target, body, mark, cancellation) switch
        {
            JobStart.There there => (there.Job, null),
            JobStart.Rejected rejected => (null, $"the API server rejects it: {rejected.Text}"),
            JobStart.Unknown unknown => (null, unknown.Text),
            _ => (null, $"{target} exists, and is not ours"),
        };
    }

    // The name ends in it: the newest is also told apart within a second.
    private static int Number(KubernetesObject job) => int.TryParse(job.Name.AsSpan(job.Name.LastIndexOf('-') + 1), out var number) ? number : 0;

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..8];
}
