using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AlertRollback.Playbooks.Flags;

/// <summary>A flag behind an HTTP address that answers its fields as JSON.</summary>
/// <param name="replaces">The service takes the whole flag (PUT), not the changed fields alone (PATCH).</param>
internal sealed class HttpFlag(GrantedHttp http, string team, Uri address, string? bearer, bool replaces) : IFlagPlace
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    public string Text => $"flag {address}";

    public async Task<FlagReading> ReadAsync(IReadOnlyList<string> fields, CancellationToken cancellation)
    {
        var answer = await http.GetAsync(team, address, bearer, Timeout, cancellation);
        return answer switch
        {
            { Refused: true } => new FlagReading.Refused(answer.Trouble!),
            { Trouble: { } trouble } => new FlagReading.Unreadable(trouble),
            { Status: HttpStatusCode.NotFound } => new FlagReading.NotHere($"there is no flag {address}"),
            { Status: { } status } when !IsGood(status) => new FlagReading.Unreadable($"it answers {(int)status}"),
            { Clipped: true } => new FlagReading.Unreadable("it answers more than is read"),
            _ => Document(answer.Body) is { } values ? new FlagReading.Read(values) : new FlagReading.Unreadable("it does not answer as a JSON object"),
        };
    }

    public IEnumerable<JsonObject> WrittenAtOnce(JsonObject values) => [values];

    public async Task<FlagWriting> WriteAsync(JsonObject values, CancellationToken cancellation)
    {
        var body = values;
        if (replaces)
        {
            if (await ReadAsync([], cancellation) is not FlagReading.Read whole)
                return new FlagWriting.Rejected("what else the flag holds could not be read, so it was not replaced");
            body = With(whole.Values, values);
        }

        var answer = await http.SendAsync(team, new HttpQuestion(replaces ? HttpMethod.Put : HttpMethod.Patch, address, Timeout) { Bearer = bearer, Json = body.ToJsonString() }, cancellation);
        return answer switch
        {
            { Refused: true } => new FlagWriting.Refused(answer.Trouble!),
            { NotSent: true } => new FlagWriting.Rejected(answer.Trouble!),
            { Trouble: { } trouble } => new FlagWriting.Unknown(trouble),
            { Status: { } status } when IsGood(status) => new FlagWriting.Accepted(),
            // It may have been carried out before whatever went wrong.
            { Status: >= HttpStatusCode.InternalServerError and var status } => new FlagWriting.Unknown($"it answers {(int)status}"),
            { Status: var status } => new FlagWriting.Rejected($"it answers {(int)status!}"),
        };
    }

    private static bool IsGood(HttpStatusCode status) => (int)status is >= 200 and <= 299;

    private static JsonObject With(JsonObject whole, JsonObject values)
    {
        var changed = (JsonObject)whole.DeepClone();
        foreach (var (field, value) in values)
        {
            if (value is null)
                changed.Remove(field);
            else
                changed[field] = value.DeepClone();
        }

        return changed;
    }

    private static JsonObject? Document(string body)
    {
        try
        {
            return JsonNode.Parse(body) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
