using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Playbooks.Containers;

namespace AlertRollback.Playbooks.Git;

/// <summary>The commit that the release under suspicion was built from, or why it cannot be told.</summary>
/// <param name="Since">Since when that release runs; null: not known.</param>
public sealed record DeployedCommitAnswer(string? Commit, DateTimeOffset? Since, Reason Reason, string Text)
{
    /// <summary>Whether that release was put back in place of another one, and so is no new one.</summary>
    public bool WasPutBack { get; init; }
}

/// <summary>
/// Reads what a release says it was built from: the annotation or label <c>org.opencontainers.image.revision</c> of the
/// service's container or pod template. An earlier method of this rollback may have replaced the release: what it replaced counts.
/// </summary>
public sealed class DeployedCommit(Clusters clusters, GrantedEngines engines, IRevisionLedger ledger)
{
    public const string Label = "org.opencontainers.image.revision";

    private const string Deployed = "deployed";

    /// <exception cref="KubernetesException">The cluster cannot be asked.</exception>
    /// <exception cref="EngineException">The engine cannot be asked.</exception>
    public async Task<DeployedCommitAnswer> FindAsync(StepContext context, CancellationToken cancellation)
    {
        if (ServiceWorkload.Of(context.Service) is { } workload && await ReadAsync(context, workload, cancellation) is { } snapshot)
            return OfWorkload(snapshot, context.RollbackId);
        return ServiceContainer.Of(context.Service) is var (host, name) && engines.Find(context.Service.Team, host, name) is { } granted
            ? await OfContainerAsync(granted, context.RollbackId, cancellation)
            : Unknown(Reason.WorkloadNotDeclared, $"service {context.Service.Name} has neither a workload nor a container here that could say what it was built from");
    }

    // Where there is no cluster, its container may tell.
    private async Task<WorkloadSnapshot?> ReadAsync(StepContext context, WorkloadRef workload, CancellationToken cancellation)
    {
        try
        {
            return await new WorkloadReader(clusters.Of(context.Service)).ReadAsync(workload, cancellation);
        }
        catch (KubernetesException none) when (none.Fault == KubernetesFault.NoCluster)
        {
            return null;
        }
    }

    private DeployedCommitAnswer OfWorkload(WorkloadSnapshot snapshot, string rollbackId)
    {
        // What this rollback found first is under suspicion, whoever wrote the undo that it found done, whether a storm spared the
        // release, and however often this rollback went further back.
        var suspect = ledger.FirstLeftBy(rollbackId, snapshot.Uid) is { } found ? snapshot.Revisions.FirstOrDefault(r => r.Digest == found)
            : IsOf(rollbackId, snapshot.Live.Annotation(Marks.Rollback)) ? snapshot.Revisions.FirstOrDefault(r => r.Digest != snapshot.Digest && ledger.IsQuarantined(snapshot.Uid, r.Digest))
            : snapshot.Current;
        if (suspect is null)
            return Unknown(Reason.CannotTell, $"what {snapshot.Workload} ran before this rollback is not kept any more");
        var since = ledger.BecameCurrentAt(snapshot.Uid, suspect.Digest, suspect.Number) ?? (suspect.TimeIsReliable ? suspect.CreatedAt : null);
        return Answer(OfTemplate(suspect), suspect.ToString(), since) with { WasPutBack = suspect == snapshot.Current && WorkloadChange.WasPutBack(ledger, snapshot) };
    }

    private static async Task<DeployedCommitAnswer> OfContainerAsync(GrantedContainer granted, string rollbackId, CancellationToken cancellation)
    {
        var live = await granted.Engine.ContainerAsync(granted.Name, cancellation);
        while (IsOf(rollbackId, live?.Label(ContainerState.MadeBy)?.Split('/')[0]))
            live = live!.Label(ContainerState.Replaced) is { } replaced ? await granted.Engine.ContainerAsync(replaced, cancellation) : null;
        return live is null
            ? Unknown(Reason.CannotTell, $"what container {granted.Name} ran before this rollback is not there any more")
            : Answer(live.Label(Label) ?? Tagged([live.Image]), live.Image, live.Created);
    }

    private static bool IsOf(string rollbackId, string? mark) => mark is not null && RollbackIds.IsOwn(rollbackId, mark);

    private static DeployedCommitAnswer Answer(string? commit, string release, DateTimeOffset? since) => commit is { Length: >= 7 and <= 64 } && commit.All(char.IsAsciiHexDigitLower)
        ? new DeployedCommitAnswer(commit, since, Reason.Applied, "")
        : Unknown(Reason.CannotTell, $"{release} does not say which commit it was built from: put {Label} on the pod template or into the image, tag the image with the whole commit, or name the commit instead of {Deployed}");

    private static DeployedCommitAnswer Unknown(Reason reason, string text) => new(null, null, reason, text);

    private static string? OfTemplate(Revision revision) =>
        (revision.Template["metadata"]?["annotations"]?[Label] ?? revision.Template["metadata"]?["labels"]?[Label])?.ToString() ?? Tagged(revision.Images.Select(i => i.Image));

    // Whole ids only: anything shorter could be a version that happens to look like one.
    private static string? Tagged(IEnumerable<string> images) =>
        images.Select(ImageName.Tag).Where(t => t.Length == 40 && t.All(char.IsAsciiHexDigitLower)).Distinct().ToList() is [var only] ? only : null;
}
