using System.Text.Json.Serialization;
using AlertRollback.Approvals;
using AlertRollback.Matrix;
using AlertRollback.Matrix.Yaml;
using AlertRollback.Operators;
using AlertRollback.Rollbacks;
using AlertRollback.Web.Credentials;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AlertRollback.Web.Operators;

/// <param name="Links">Where to read more; <c>rollback</c> when one is the reason.</param>
public sealed record DeployView(
    MayDeploy Deploy, Reason? Reason, string Text, DateTimeOffset? Until, string? RollbackId, IReadOnlyDictionary<string, string> Links);

public sealed record QuarantineView(string Workload, IReadOnlyList<string> Images, string RollbackId, DateTimeOffset? Until);

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
        Lasting(chronicle.Book, time.GetUtcNow()).Select(q => ViewOf(q.Quarantine)).OrderBy(q => q.Workload, StringComparer.Ordinal);

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
                var meant = Lasting(book, time.GetUtcNow()).Where(q => IsMeant(q.Quarantine, image, request.Image!) && (service is null || IsOf(book, q.Quarantine, service))).ToList();
                objection = meant.Select(q => ObjectionTo(book, q.Quarantine, caller, matrix, operators)).FirstOrDefault(o => o is not null);
                if (objection is not null)
                    return [];
                lifted.AddRange(meant.Select(q => ViewOf(q.Quarantine)));
                return meant.Select(q => Entry.Of(q.Uid, new WorkloadEvent.Unpinned(q.Quarantine.Workload, q.Quarantine.Digest, caller.Name, request.Why!)));
            },
            cancellation);
        if (objection is not null)
            return PeopleEndpoints.Refused(objection);
        return lifted.Count > 0
            ? TypedResults.Ok(lifted)
            : OperatorEndpoints.Unknown("image in quarantine", "images", request.Image!, Lasting(chronicle.Book, time.GetUtcNow()).SelectMany(q => q.Quarantine.Images));
    }

    // All or none: an image of several services is not let go by halves.
    // What has no workload, a container, belongs to the service whose rollback put it into quarantine.
    private static Objection? ObjectionTo(
        Book book, WorkloadEvent.Quarantined quarantine, Caller caller, MatrixSource matrix, OperatorConfiguration operators) =>
        (matrix.Current?.Services.FirstOrDefault(s => s.Workload?.Address == quarantine.Workload) ?? ServiceOf(book, quarantine)) is { } owner
            ? RolesOf.ObjectionToTouching(caller.Name, owner, operators)
            : null;

    private static bool IsMeant(WorkloadEvent.Quarantined quarantine, ImageReference image, string text) =>
        quarantine.Images.Contains(text) || DeployQuestion.MatchOf(quarantine.Images, image) == ImageMatch.Yes;

    private static bool IsOf(Book book, WorkloadEvent.Quarantined quarantine, ServiceDefinition service) =>
        quarantine.Workload == service.Workload?.Address || ServiceOf(book, quarantine)?.Name == service.Name;

    private static ServiceDefinition? ServiceOf(Book book, WorkloadEvent.Quarantined quarantine) =>
        book.Rollbacks.GetValueOrDefault(quarantine.RollbackId)?.Service;

    private static IEnumerable<(string Uid, WorkloadEvent.Quarantined Quarantine)> Lasting(Book book, DateTimeOffset now) =>
        book.Workloads.Values.SelectMany(w => w.Quarantine.Keys.Select(d => (w.Uid, Quarantine: w.QuarantineAt(d, now)))).Where(q => q.Quarantine is not null).Select(q => (q.Uid, q.Quarantine!));

    private static QuarantineView ViewOf(WorkloadEvent.Quarantined q) => new(q.Workload, q.Images, q.RollbackId, q.Until);
}
