using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Rollbacks;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AlertRollback.Web.Operators;

/// <param name="Irreversible">Why going back from the current revision needs a yes; null when it says nothing.</param>
/// <param name="DatabaseChange">What the current revision says that it changed in the database.</param>
public sealed record RevisionsView(string Service, string Workload, string? Irreversible, string? DatabaseChange, IReadOnlyList<RevisionView> Revisions);

/// <param name="Configuration">Null: its template reads none.</param>
/// <param name="Targets">By <c>last_known_good</c>, <c>previous</c> and <c>by_name</c>: whether it would be taken, or why not.</param>
public sealed record RevisionView(
    long Number,
    IReadOnlyList<string> Images,
    string? Version,
    bool Current,
    DateTimeOffset? CreatedAt,
    DateTimeOffset? CurrentSince,
    DateTimeOffset? KnownGoodSince,
    QuarantineView? Quarantine,
    ConfigurationView? Configuration,
    IReadOnlyDictionary<string, string> Targets);

/// <summary>The ConfigMaps and Secrets that a revision's template reads, and whether what they held was recorded with it.</summary>
/// <param name="Good">It was recorded when the revision had been healthy with it for the soak period.</param>
public sealed record ConfigurationView(bool Recorded, bool Good, IReadOnlyList<string> ConfigMaps, IReadOnlyList<string> Secrets);

/// <summary>To what a service can go back, and why to the rest it cannot.</summary>
public static class RevisionEndpoints
{
    public static void MapRevisions(this RouteGroupBuilder group) => group.MapGet("/services/{name}/revisions", RevisionsAsync);

    private static async Task<Results<Ok<RevisionsView>, NotFound<string>, ProblemHttpResult>> RevisionsAsync(
        MatrixSource matrix, Clusters clusters, IRevisionLedger ledger, Chronicle chronicle, TimeProvider time, string name, CancellationToken cancellation)
    {
        if (matrix.Current?.Service(name) is not { } service)
            return TypedResults.NotFound($"no team declares the service {Shown.Quoted(name)}; {NearestName.Remedy(name, OperatorEndpoints.Names(matrix), "services")}");
        if (ServiceWorkload.Of(service) is not { } workload)
            return TypedResults.NotFound($"service {name} declares no workload with revisions");
        try
        {
            return await new WorkloadReader(clusters.Of(service)).ReadAsync(workload, cancellation) is { } snapshot
                ? TypedResults.Ok(ViewOf(service, snapshot, TargetTable.Of(snapshot, ledger.Knowledge(snapshot.Uid)), chronicle.Book.Knowledge(snapshot.Uid), time.GetUtcNow()))
                : TypedResults.NotFound($"{service.Workload!.Address} does not exist");
        }
        catch (KubernetesException fault)
        {
            return TypedResults.Problem(detail: $"the Kubernetes API cannot be read: {fault.Message}", statusCode: StatusCodes.Status502BadGateway);
        }
    }

    private static RevisionsView ViewOf(
        ServiceDefinition service, WorkloadSnapshot snapshot, IReadOnlyList<TargetRow> table, WorkloadKnowledge knowledge, DateTimeOffset now) => new(
        service.Name,
        service.Workload!.Address,
        Irreversibility.Of(snapshot.Live),
        ReleaseNotes.DatabaseChange(snapshot.Live),
        [.. table.Select(row => ViewOf(row, snapshot, knowledge, now))]);

    private static RevisionView ViewOf(TargetRow row, WorkloadSnapshot snapshot, WorkloadKnowledge knowledge, DateTimeOffset now)
    {
        var revision = row.Revision;
        var isCurrent = revision.Digest == snapshot.Digest;
        return new RevisionView(
            revision.Number,
            [.. revision.Images.Select(i => i.Image)],
            ReleaseVersion.Of(revision),
            isCurrent,
            revision.CreatedAt,
            isCurrent && knowledge.Current?.Digest == revision.Digest ? knowledge.Current.At : null,
            knowledge.GoodSince.TryGetValue(revision.Digest, out var since) ? since : null,
            QuarantineView.Of(knowledge, revision.Digest, now),
            ViewOf(ConfigurationReferences.Of(revision.Template), knowledge.ConfigurationAt(revision.Digest)),
            row.Targets);
    }

    private static ConfigurationView? ViewOf(ConfigurationReferences read, WorkloadEvent.ConfigurationSeen? seen) =>
        read.ConfigMaps.Count + read.Secrets.Count == 0 ? null : new ConfigurationView(seen is not null, seen is { Good: true }, read.ConfigMaps, read.Secrets);
}
