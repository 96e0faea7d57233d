using System.Text.Json.Serialization;
using AlertRollback.Alerts.Intake;
using AlertRollback.Announcements;
using AlertRollback.Announcements.Report;
using AlertRollback.Announcements.Statuspage;
using AlertRollback.Approvals;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks.Programs;
using AlertRollback.Rollbacks;
using AlertRollback.Rollbacks.Guards;
using AlertRollback.Web.Credentials;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AlertRollback.Web.Operators;

// A member that no request has is a misspelt one: left out, it would switch the opposite of what was meant.
/// <summary>Throws the kill switch, or takes it back.</summary>
/// <param name="Now">What runs stops too, before its next write.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record KillSwitchRequest(bool? On, bool Now, string? Why);

/// <summary>Why somebody does what needs no more than a reason.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record ReasonRequest(string? Why);

/// <param name="For">A duration such as <c>30m</c>; null or empty lifts the freeze.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record FreezeRequest(string? Service, string? For, string? Why);

/// <summary>What people may look at and switch. Everything they do says who and why, and is in the journal.</summary>
public static class OperatorEndpoints
{
    private const int Newest = 200;
    private const int LongestWhy = 500;
    private const int LongestIncident = 100;

    public static void MapOperators(this RouteGroupBuilder group)
    {
        group.MapGet("/status", Status);
        group.MapGet("/rollbacks", Rollbacks);
        group.MapGet("/rollbacks/{id}", Rollback);
        group.MapGet("/rollbacks/{id}/evidence", Evidence);
        group.MapGet("/rollbacks/{id}/report", Report);
        group.MapPeople();
        group.MapGet("/tasks", Tasks);
        group.MapPost("/tasks/{id}/done", TaskDoneAsync);
        group.MapGet("/alerts/not-acted-on", (Chronicle chronicle) => AlertsNotActedOn.Of(chronicle.Book));
        group.MapPost("/kill-switch", SetKillSwitchAsync);
        group.MapPost("/breaker/reset", ResetBreakerAsync);
        group.MapPost("/freezes", FreezeAsync);
    }

    private static StatusView Status(
        Chronicle chronicle,
        MatrixSource matrix,
        Refusals refusals,
        CredentialStore credentials,
        AnnouncerLoops announcers,
        ClusterTrouble cluster,
        Unwatched unwatched,
        AbsentPrograms programs,
        CallingPeople people,
        StatuspageReach page,
        TimeProvider time)
    {
        var book = chronicle.Book;
        return new StatusView(
            book.Global.KillSwitchIsOn,
            book.Global.StopsRunning,
            book.Global.KillSwitchIsOn ? book.Global.KillSwitch?.By : null,
            book.Global.KillSwitchIsOn ? book.Global.KillSwitch?.Why : null,
            book.Global.Breaker?.Why,
            [.. book.Global.Freezes.Values.Where(f => f.Until > time.GetUtcNow()).Select(f => new FreezeView(f.Service, f.Until, f.By, f.Why))],
            [.. book.Open.Where(r => r is { Phase: Phase.Stabilising, Shadow: false, ChangesNothing: false } && r.StabiliseUntil > time.GetUtcNow()).Select(r => new WatchView(r.Service.Name, r.StabiliseUntil!.Value, r.Id))],
            matrix.Trouble,
            refusals.Lines,
            credentials.Faulty,
            cluster.Text,
            unwatched.All,
            programs.All,
            people.Lacks,
            page.Faults,
            announcers.All.SelectMany(a => a.Troubles.Select(t => (Key: $"{a.Name}: {t.Key}", t.Value))).ToDictionary(t => t.Key, t => t.Value),
            book.Open.Count(),
            book.Acting.Count(),
            book.Tasks.Values.Count(t => t.IsOpen),
            AlertsNotActedOn.InShort(book, time.GetUtcNow()));
    }

    private static IEnumerable<RollbackView> Rollbacks(Chronicle chronicle, bool? open) =>
        chronicle.Book.Rollbacks.Values
            .Where(r => open is null || r.IsOpen == open)
            .OrderByDescending(r => r.ProposedAt)
            .Take(Newest)
            .Select(RollbackView.Of);

    private static Results<Ok<RollbackDetailView>, JsonHttpResult<string>> Rollback(Chronicle chronicle, string id) =>
        chronicle.Book.Rollbacks.TryGetValue(id, out var found) ? TypedResults.Ok(RollbackDetailView.Of(found)) : NoRollback(chronicle, id);

    private static Results<Ok<IReadOnlyList<EvidenceView>>, JsonHttpResult<string>> Evidence(Chronicle chronicle, string id) =>
        chronicle.Book.Rollbacks.TryGetValue(id, out var found) ? TypedResults.Ok(EvidenceView.Of(found)) : NoRollback(chronicle, id);

    private static Results<ContentHttpResult, BadRequest<string>, JsonHttpResult<string>> Report(Chronicle chronicle, TimeProvider time, string id, string? incident)
    {
        if (incident is { Length: > LongestIncident })
            return TypedResults.BadRequest($"\"incident\" is longer than {LongestIncident} characters");
        return chronicle.Book.Rollbacks.TryGetValue(id, out var found)
            ? TypedResults.Text(RollbackReport.Of(chronicle.Book, found, string.IsNullOrWhiteSpace(incident) ? null : incident, time.GetUtcNow()), "text/markdown; charset=utf-8")
            : NoRollback(chronicle, id);
    }

    internal static JsonHttpResult<string> NoRollback(Chronicle chronicle, string id) =>
        Missing("rollback", id, NearestName.RemedyOfNewest(id, chronicle.Book.Rollbacks.Values.OrderByDescending(r => r.ProposedAt).Take(Newest).Select(r => r.Id), "rollbacks"));

    internal static JsonHttpResult<string> Unknown(string what, string several, string name, IEnumerable<string> known) =>
        Missing(what, name, NearestName.Remedy(name, known, several));

    private static JsonHttpResult<string> Missing(string what, string name, string remedy) =>
        TypedResults.Json($"there is no {what} {Shown.Quoted(name)}; {remedy}", statusCode: StatusCodes.Status404NotFound);

    private static IEnumerable<TaskView> Tasks(Chronicle chronicle, bool? open) =>
        chronicle.Book.Tasks.Values.Where(t => open is null || t.IsOpen == open).OrderByDescending(t => t.At).Take(Newest).Select(TaskView.Of);

    private static async Task<Results<NoContent, BadRequest<string>, JsonHttpResult<string>>> TaskDoneAsync(
        Chronicle chronicle, OperatorConfiguration operators, string id, ReasonRequest request, Caller caller, CancellationToken cancellation)
    {
        if (chronicle.Book.Tasks.GetValueOrDefault(id) is not { } task)
            return Missing("task", id, NearestName.RemedyOfNewest(id, chronicle.Book.Tasks.Values.Where(t => t.IsOpen).OrderByDescending(t => t.At).Take(Newest).Select(t => t.Given.Id), "tasks"));
        if (request.Why is { Length: > LongestWhy })
            return TypedResults.BadRequest($"\"why\" is longer than {LongestWhy} characters");
        if (RolesOf.ObjectionToTouching(caller.Name, task.Given.Service, operators) is { } objection)
            return PeopleEndpoints.Refused(objection);
        await chronicle.ChangeAsync(
            book => book.Tasks[id].IsOpen ? [Entry.Of(id, new TaskEvent.Done(caller.Name, request.Why))] : [], cancellation);
        return TypedResults.NoContent();
    }

    private static async Task<Results<NoContent, BadRequest<string>>> SetKillSwitchAsync(
        Chronicle chronicle, KillSwitchRequest request, Caller caller, CancellationToken cancellation)
    {
        if (Fault(request.Why) is { } fault)
            return TypedResults.BadRequest(fault);
        if (request.On is not { } on)
            return TypedResults.BadRequest("\"on\" is missing: true or false");
        await chronicle.ChangeAsync(
            _ => [Entry.Of(new GlobalEvent.KillSwitchSet(on, on && request.Now, caller.Name, request.Why!))], cancellation);
        return TypedResults.NoContent();
    }

    private static async Task<Results<NoContent, BadRequest<string>>> ResetBreakerAsync(
        Chronicle chronicle, ReasonRequest request, Caller caller, CancellationToken cancellation)
    {
        if (Fault(request.Why) is { } fault)
            return TypedResults.BadRequest(fault);
        await chronicle.ChangeAsync(_ => [Entry.Of(new GlobalEvent.BreakerReset(caller.Name, request.Why!))], cancellation);
        return TypedResults.NoContent();
    }

    private static async Task<Results<NoContent, BadRequest<string>, JsonHttpResult<string>>> FreezeAsync(
        Chronicle chronicle, MatrixSource matrix, OperatorConfiguration operators, PureGuards guards, TimeProvider time, FreezeRequest request, Caller caller, CancellationToken cancellation)
    {
        if (Fault(request.Why) is { } fault)
            return TypedResults.BadRequest(fault);
        if (request.Service is null || matrix.Current?.Service(request.Service) is not { } service)
            return TypedResults.BadRequest($"\"service\" names no service of the matrix; {NearestName.Remedy(request.Service ?? "", Names(matrix), "services")}");
        if (RolesOf.ObjectionToTouching(caller.Name, service, operators) is { } objection)
            return PeopleEndpoints.Refused(objection);
        if (string.IsNullOrEmpty(request.For))
        {
            await chronicle.ChangeAsync(
                book => [Entry.Of(new GlobalEvent.Frozen(request.Service, null, caller.Name, request.Why!) { Waited = Waited(book, service.Name, guards, operators.Safety.StaleAfter, time.GetUtcNow()) })], cancellation);
            return TypedResults.NoContent();
        }

        if (!Durations.TryParse(request.For, out var span) || span <= TimeSpan.Zero)
            return TypedResults.BadRequest("\"for\" is a duration such as 30m or 2h; to lift a freeze: \"off\" in its place (alertrollback freeze SERVICE off), without \"for\" in a request");
        await chronicle.ChangeAsync(
            book => [Entry.Of(new GlobalEvent.Frozen(request.Service, time.GetUtcNow() + span, caller.Name, request.Why!) { UnderWay = UnderWay(book, service) })], cancellation);
        return TypedResults.NoContent();
    }

    private static List<string>? UnderWay(Book book, ServiceDefinition service)
    {
        var ids = book.Open.Where(r => r is { HasActed: true, Phase: not Phase.Stabilising } && (r.Target == service.Target || r.Locks.Contains(service.Target))).Select(r => r.Id).ToList();
        return ids.Count == 0 ? null : ids;
    }

    // What somebody started long ago has to be started again, and what is only planned changes nothing.
    private static List<string>? Waited(Book book, string service, PureGuards guards, TimeSpan longest, DateTimeOffset now)
    {
        var ids = book.Open.Where(r => !r.Shadow && (r.Manual is null || now - r.ProposedAt <= longest) && guards.WaitsForFreezeOf(service, r, book, now)).Select(r => r.Id).ToList();
        return ids.Count == 0 ? null : ids;
    }

    internal static IEnumerable<string> Names(MatrixSource matrix) => matrix.Current?.Services.Select(s => s.Name) ?? [];

    internal static string? Fault(string? why) => why switch
    {
        null => "\"why\" is missing: a reason is always asked for",
        _ when string.IsNullOrWhiteSpace(why) => "\"why\" is empty: a reason is always asked for",
        { Length: > LongestWhy } => $"\"why\" is longer than {LongestWhy} characters",
        _ => null,
    };
}
