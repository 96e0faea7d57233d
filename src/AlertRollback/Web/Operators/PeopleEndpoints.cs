using System.Text.Json.Serialization;
using AlertRollback.Approvals;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Rollbacks;
using AlertRollback.Rollbacks.Guards;
using AlertRollback.Web.Credentials;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AlertRollback.Web.Operators;

/// <param name="Key">Chosen by the client: a repeated request with the same key starts nothing a second time.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record TriggerRequest(
    string? Playbook, IReadOnlyList<string>? Services, string? Reason, string? Method, IReadOnlyDictionary<string, string>? Inputs, bool Shadow, string? Key);

/// <summary>The rollbacks that a start by hand began, one for each service.</summary>
/// <param name="Waits">Of each that cannot go on yet: for what it waits.</param>
public sealed record TriggerView(IReadOnlyList<string> Ids, IReadOnlyDictionary<string, string> Waits);

/// <param name="Digest">The plan's digest, or at least its first 8 characters.</param>
/// <param name="Type">What the approval asks to be typed.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record AnswerRequest(string? Digest, string? Type, string? Note);

/// <summary>Starting a playbook by hand, and a person's yes or no to a plan.</summary>
public static class PeopleEndpoints
{
    private const int LongestText = 500;
    private const int LongestKey = 100;
    private const int MostServices = 50;

    public static void MapPeople(this RouteGroupBuilder group)
    {
        group.MapPost("/rollbacks", TriggerAsync);
        group.MapPost("/rollbacks/{id}/approve", (string id, AnswerRequest request, AnswerParts parts, Caller caller, CancellationToken cancellation) =>
            AnswerAsync(parts, id, request, caller, yes: true, cancellation));
        group.MapPost("/rollbacks/{id}/reject", (string id, AnswerRequest request, AnswerParts parts, Caller caller, CancellationToken cancellation) =>
            AnswerAsync(parts, id, request, caller, yes: false, cancellation));
    }

    private static async Task<Results<Ok<TriggerView>, JsonHttpResult<string>>> TriggerAsync(
        Chronicle chronicle,
        MatrixSource matrix,
        OperatorConfiguration operators,
        Catalog catalog,
        PureGuards guards,
        TimeProvider time,
        TriggerRequest request,
        Caller caller,
        CancellationToken cancellation)
    {
        if (matrix.Current is not { } current)
            return Refused(Objection.Overtaken("no matrix is loaded"));
        if (Fault(request) is { } fault)
            return Refused(Objection.Unfit(fault));
        var wanted = new StartRequest(
            request.Playbook!, request.Services!, request.Reason!, request.Method, request.Inputs ?? new Dictionary<string, string>(), request.Shadow, $"{caller.Name}/{request.Key}");
        StartOutcome? outcome = null;
        await chronicle.ChangeAsync(book => (outcome = new StartByHand(current, operators, catalog, caller.Name).Start(wanted, book)).Entries, cancellation);
        return outcome!.Refusal is { } refusal ? Refused(refusal) : TypedResults.Ok(new TriggerView(outcome.Ids, Waits(outcome.Ids, chronicle.Book, guards, time.GetUtcNow())));
    }

    // Whoever acts in an outage must not take what waits for what is done.
    private static SortedDictionary<string, string> Waits(IReadOnlyList<string> ids, Book book, PureGuards guards, DateTimeOffset now)
    {
        var waits = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var rollback in ids.Select(id => book.Rollbacks[id]).Where(r => r is { IsOpen: true, HasActed: false }))
        {
            if (guards.Refusal(rollback, book, now) is { Parks: true } wait)
                waits[rollback.Id] = wait.Text;
        }

        return waits;
    }

    private static string? Fault(TriggerRequest request) => request switch
    {
        { Playbook: null } => "\"playbook\" is missing",
        { Services: null or { Count: 0 or > MostServices } } => $"\"services\" has to list 1 to {MostServices} services",
        _ when request.Services.Contains(null!) => "\"services\" has to list names",
        { Reason: null } => "\"reason\" is missing: it is always asked for",
        { Reason.Length: > LongestText } => $"\"reason\" is longer than {LongestText} characters",
        { Key: null or { Length: 0 or > LongestKey } } => $"\"key\" is missing (at most {LongestKey} characters): the same key starts nothing a second time",
        _ => null,
    };

    private static async Task<Results<NoContent, JsonHttpResult<string>>> AnswerAsync(
        AnswerParts parts, string id, AnswerRequest request, Caller caller, bool yes, CancellationToken cancellation)
    {
        if (parts.Chronicle.Book.Rollbacks.GetValueOrDefault(id) is not { } known)
            return OperatorEndpoints.NoRollback(parts.Chronicle, id);
        if (request.Note is { Length: > LongestText })
            return Refused(Objection.Unfit($"\"note\" is longer than {LongestText} characters"));
        var answer = new PersonsAnswer(
            caller.Name, RolesOf.Person(caller.Name, known.Service, parts.Operators), yes, request.Digest ?? "", request.Type, request.Note);
        Objection? objection = null;
        await parts.Chronicle.ChangeAsync(
            book =>
            {
                (var events, objection) = answer.To(book.Rollbacks[id]);
                return events.Select(e => Entry.Of(book.Rollbacks[id], e));
            },
            cancellation);
        return objection is null ? TypedResults.NoContent() : Refused(objection);
    }

    internal static JsonHttpResult<string> Refused(Objection objection) => TypedResults.Json(objection.Text, statusCode: objection.Kind switch
    {
        ObjectionKind.NotEntitled => StatusCodes.Status403Forbidden,
        ObjectionKind.Overtaken => StatusCodes.Status409Conflict,
        _ => StatusCodes.Status400BadRequest,
    });
}

/// <summary>What answering needs.</summary>
public sealed record AnswerParts(Chronicle Chronicle, OperatorConfiguration Operators);
