using AlertRollback.Approvals;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Rollbacks;
using AlertRollback.Web.Credentials;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AlertRollback.Web.Operators;

/// <param name="Key">Chosen by the client: a repeated request with the same key starts nothing a second time.</param>
public sealed record TriggerRequest(
    string? Playbook, IReadOnlyList<string>? Services, string? Reason, string? Method, IReadOnlyDictionary<string, string>? Inputs, bool Shadow, string? Key);

public sealed record TriggerView(IReadOnlyList<string> Ids);

/// <param name="Digest">The plan's digest, or at least its first 8 characters.</param>
/// <param name="Type">What the approval asks to be typed.</param>
public sealed record AnswerRequest(string? Digest, string? Type, string? Note);

/// <summary>Starting a playbook by hand, and a person's yes or no to a plan.</summary>
public static class PeopleEndpoints
{
    private const int LongestText = 500;

    public static void MapPeople(this RouteGroupBuilder group)
    {
        group.MapPost("/rollbacks", TriggerAsync);
        group.MapPost("/rollbacks/{id}/approve", (string id, AnswerRequest request, AnswerParts parts, Caller caller, CancellationToken cancellation) =>
            AnswerAsync(parts, id, request, caller, yes: true, cancellation));
        group.MapPost("/rollbacks/{id}/reject", (string id, AnswerRequest request, AnswerParts parts, Caller caller, CancellationToken cancellation) =>
            AnswerAsync(parts, id, request, caller, yes: false, cancellation));
    }

    private static async Task<Results<Ok<TriggerView>, BadRequest<string>, JsonHttpResult<string>>> TriggerAsync(
        Chronicle chronicle, MatrixSource matrix, OperatorConfiguration operators, TimeProvider time, TriggerRequest request, Caller caller, CancellationToken cancellation)
    {
        if (matrix.Current is not { } current)
            return TypedResults.BadRequest("no matrix is loaded");
        if (request.Playbook is null || request.Reason is null || request.Reason.Length > LongestText || request.Key is null or { Length: 0 or > 100 })
            return TypedResults.BadRequest($"\"playbook\", \"services\", \"reason\" (at most {LongestText} characters) and \"key\" are needed");
        var wanted = new StartRequest(
            request.Playbook, request.Services ?? [], request.Reason, request.Method, request.Inputs ?? new Dictionary<string, string>(), request.Shadow, $"{caller.Name}/{request.Key}");
        StartOutcome? outcome = null;
        await chronicle.ChangeAsync(
            book => (outcome = new StartByHand(current, operators, caller.Name).Start(wanted, book, time.GetUtcNow())).Entries, cancellation);
        return outcome! switch
        {
            { Forbidden: true } forbidden => TypedResults.Json(forbidden.Refusal!, statusCode: StatusCodes.Status403Forbidden),
            { Refusal: { } refusal } => TypedResults.BadRequest(refusal),
            var begun => TypedResults.Ok(new TriggerView(begun.Ids)),
        };
    }

    private static async Task<Results<NoContent, NotFound, BadRequest<string>, JsonHttpResult<string>>> AnswerAsync(
        AnswerParts parts, string id, AnswerRequest request, Caller caller, bool yes, CancellationToken cancellation)
    {
        if (!parts.Chronicle.Book.Rollbacks.TryGetValue(id, out var known))
            return TypedResults.NotFound();
        if (request.Note is { Length: > LongestText })
            return TypedResults.BadRequest($"\"note\" is longer than {LongestText} characters");
        var roles = RolesOf.Person(caller.Name, known.Service, parts.Operators);
        string? objection = null;
        await parts.Chronicle.ChangeAsync(book => Answer(book.Rollbacks[id], request, caller, roles, yes, out objection), cancellation);
        return objection is null ? TypedResults.NoContent() : TypedResults.BadRequest(objection);
    }

    // Every open question that this person may answer is answered; who may answer none hears why.
    private static IReadOnlyList<Entry> Answer(
        RollbackState rollback, AnswerRequest request, Caller caller, IReadOnlyCollection<string> roles, bool yes, out string? objection)
    {
        objection = "nothing is asked about this rollback now";
        var entries = new List<Entry>();
        foreach (var asked in rollback.Approvals.Where(a => a.IsOpen && rollback.IsOpen && a.Request.Digest == rollback.CurrentPlan?.Digest))
        {
            if (PlanApprovals.Objection(rollback, asked, caller.Name, roles, request.Digest ?? "", yes, request.Type) is { } why)
                objection = why;
            else
            {
                entries.Add(Entry.Of(rollback, yes
                    ? new RollbackEvent.ApprovalGiven(asked.Request.Digest, asked.Request.Ask, caller.Name, request.Note)
                    : new RollbackEvent.ApprovalRejected(asked.Request.Digest, asked.Request.Ask, caller.Name, request.Note)));
            }
        }

        if (entries.Count > 0)
            objection = null;
        return entries;
    }
}

/// <summary>What answering needs.</summary>
public sealed record AnswerParts(Chronicle Chronicle, OperatorConfiguration Operators);
