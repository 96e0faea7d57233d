using System.Text.Json.Serialization;
using AlertRollback.Approvals;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Rollbacks;
using AlertRollback.Web.Credentials;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AlertRollback.Web.Operators;

/// <param name="Links">Where to read more; <c>rollback</c> when one is the reason.</param>
public sealed record DeployView(
    MayDeploy Deploy, Reason? Reason, string Text, DateTimeOffset? Until, string? RollbackId, IReadOnlyDictionary<string, string> Links);

/// <param name="Why">Null: it was rolled back from. Else the images are not to blame, and only this revision must not come back.</param>
public sealed record QuarantineView(string Workload, IReadOnlyList<string> Images, string RollbackId, DateTimeOffset? Until, string? Why = null)
{
    internal static QuarantineView? Of(WorkloadKnowledge known, string digest, DateTimeOffset now) =>
        known.QuarantineAt(digest, now) is { } q ? new(q.Workload, q.Images, q.RollbackId, q.Until)
        : known.Barred.GetValueOrDefault(digest) is { } b ? new(b.Workload, b.Images, b.RollbackId, null, b.Why)
        : null;
}

/// <param name="Image">As the template has it, or its digest.</param>
/// <param name="Service">Null: wherever it is quarantined.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record UnpinRequest(string? Image, string? Service, string? Why);

/// <summary>What was rolled back from: pipelines ask before they deploy, people look and let go.</summary>
public static class QuarantineEndpoints
{
    private const string NoImage = "\"image\" has to be a reference such as shop/api:v1 or sha256:…";

    /// <summary>The one question a pipeline's credential opens.</summary>
    public static void MapQuarantineQuestion(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet("/api/v1/quarantine", Ask).RequirePipeline();

    public static void MapQuarantine(this RouteGroupBuilder group)
    {
        group.MapGet("/quarantine/list", List);
        group.MapPost("/quarantine/unpin", UnpinAsync);
    }

    private static Results<Ok<DeployView>, BadRequest<string>> Ask(
        Chronicle chronicle, MatrixSource matrix, OperatorConfiguration operators, TimeProvider time, string? image, string? service)
    {
        if (ImageReference.Parse(image) is not { } reference)
            return TypedResults.BadRequest(NoImage);
        var answer = matrix.Current is { } current
            ? DeployQuestion.Answer(chronicle.Book, [.. current.Services], reference, service, time.GetUtcNow())
            : new DeployAnswer(MayDeploy.Ask, Reason.CannotTell, "no matrix is loaded yet", null, null);
        var links = new Dictionary<string, string>(StringComparer.Ordinal);
        if (answer.RollbackId is { } id)
            links["rollback"] = $"{operators.ExternalUrl?.TrimEnd('/')}/api/v1/rollbacks/{Uri.EscapeDataString(id)}";
        return TypedResults.Ok(new DeployView(answer.Deploy, answer.Reason, answer.Text, answer.Until, answer.RollbackId, links));
    }

    private static IEnumerable<QuarantineView> List(Chronicle chronicle, TimeProvider time) =>
        Lasting(chronicle.Book, time.GetUtcNow()).Select(q => q.View).OrderBy(q => q.Workload, StringComparer.Ordinal);

    private static async Task<Results<Ok<List<QuarantineView>>, BadRequest<string>, JsonHttpResult<string>>> UnpinAsync(
        Chronicle chronicle, MatrixSource matrix, OperatorConfiguration operators, TimeProvider time, UnpinRequest request, Caller caller, CancellationToken cancellation)
    {
        if (OperatorEndpoints.Fault(request.Why) is { } fault)
            return TypedResults.BadRequest(fault);
        if (ImageReference.Parse(request.Image) is not { } image)
            return TypedResults.BadRequest(NoImage);
        var service = request.Service is null ? null : matrix.Current?.Service(request.Service);
        if (request.Service is not null && service is null)
            return TypedResults.BadRequest($"\"service\" names no service of the matrix; {NearestName.Remedy(request.Service, OperatorEndpoints.Names(matrix), "services")}");

        List<QuarantineView> lifted = [];
        Objection? objection = null;
        await chronicle.ChangeAsync(
            book =>
            {
                var meant = Lasting(book, time.GetUtcNow()).Where(q => IsMeant(q.View, image, request.Image!) && (service is null || IsOf(book, q.View, service))).ToList();
                objection = meant.Select(q => ObjectionTo(book, q.View, caller, matrix, operators)).FirstOrDefault(o => o is not null);
                if (objection is not null)
                    return [];
                lifted.AddRange(meant.Select(q => q.View));
                return meant.Select(q => Entry.Of(q.Uid, new WorkloadEvent.Unpinned(q.View.Workload, q.Digest, caller.Name, request.Why!)));
            },
            cancellation);
        if (objection is not null)
            return PeopleEndpoints.Refused(objection);
        return lifted.Count > 0
            ? TypedResults.Ok(lifted)
            : OperatorEndpoints.Unknown("image in quarantine", "images", request.Image!, Lasting(chronicle.Book, time.GetUtcNow()).SelectMany(q => q.View.Images));
    }

    // All or none: an image of several services is not let go by halves.
    // What has no workload, a container, belongs to the service whose rollback put it into quarantine.
    private static Objection? ObjectionTo(
        Book book, QuarantineView quarantine, Caller caller, MatrixSource matrix, OperatorConfiguration operators) =>
        (matrix.Current?.Services.FirstOrDefault(s => s.Workload?.Address == quarantine.Workload) ?? ServiceOf(book, quarantine)) is { } owner
            ? RolesOf.ObjectionToTouching(caller.Name, owner, operators)
            : null;

    private static bool IsMeant(QuarantineView quarantine, ImageReference image, string text) =>
        quarantine.Images.Contains(text) || DeployQuestion.MatchOf(quarantine.Images, image) == ImageMatch.Yes;

    private static bool IsOf(Book book, QuarantineView quarantine, ServiceDefinition service) =>
        quarantine.Workload == service.Workload?.Address || ServiceOf(book, quarantine)?.Name == service.Name;

    private static ServiceDefinition? ServiceOf(Book book, QuarantineView quarantine) =>
        book.Rollbacks.GetValueOrDefault(quarantine.RollbackId)?.Service;

    private static IEnumerable<Kept> Lasting(Book book, DateTimeOffset now) => book.Workloads.Values.SelectMany(w =>
        w.Quarantine.Keys.Union(w.Barred.Keys).Select(d => QuarantineView.Of(w, d, now) is { } view ? new Kept(w.Uid, d, view) : null).OfType<Kept>());

    private sealed record Kept(string Uid, string Digest, QuarantineView View);
}
