using System.Globalization;
using System.Text.Json.Nodes;

namespace AlertRollback.Announcements.Statuspage;

/// <summary>The calls of Atlassian Statuspage's API that announcing needs. Never waits and never repeats: the caller's deadlines are in the journal.</summary>
/// <param name="http">Its time-out is the time-out of a call; its logging must not include headers.</param>
/// <param name="root">The API's address with a slash at its end, normally <c>https://api.statuspage.io/v1/</c>.</param>
/// <param name="token">The API key, asked for at every call.</param>
/// <param name="time">Measures how long a rate limit still lasts.</param>
public sealed class StatuspageApi(HttpClient http, Uri root, Func<string> token, TimeProvider time)
{
    /// <summary>What <see cref="RemoteAnswer{T}.Refused"/> says where there are more than are looked through.</summary>
    public const string TooManyItems = "too_many_items";

    private const int PageSize = 100;
    private const int MostPages = 20;

    // One request per second and token over a minute that rolls on, hence a minute when Statuspage does not say.
    private readonly RemoteExchange exchange = new(http, time, "Statuspage", TimeSpan.FromMinutes(1));
    private readonly Credential credential = new("OAuth", token);

    /// <summary>Opens an incident. Of unknown outcome when the answer is lost: then <see cref="FindAsync"/> before repeating it.</summary>
    public Task<RemoteAnswer<StatuspageIncident>> CreateIncidentAsync(string page, NewIncident incident, CancellationToken cancellationToken) =>
        CallAsync(HttpMethod.Post, ["pages", page, "incidents"], "", StatuspageJson.Write(incident), CallEffect.Adds, StatuspageJson.Incident, cancellationToken);

    /// <summary>
    /// Changes an incident. With a body it adds to the history each time it is sent, and is therefore of unknown outcome when the answer is lost:
    /// <see cref="IncidentAsync"/> shows whether the update is there.
    /// </summary>
    public Task<RemoteAnswer<StatuspageIncident>> UpdateIncidentAsync(
        string page, string incident, IncidentChange change, CancellationToken cancellationToken) =>
        CallAsync(
            HttpMethod.Patch,
            ["pages", page, "incidents", incident],
            "",
            StatuspageJson.Write(change),
            change.Body is null ? CallEffect.Converges : CallEffect.Adds,
            StatuspageJson.Incident,
            cancellationToken);

    /// <summary>One incident with its history.</summary>
    public Task<RemoteAnswer<StatuspageIncident>> IncidentAsync(string page, string incident, CancellationToken cancellationToken) =>
        ReadAsync(["pages", page, "incidents", incident], "", StatuspageJson.Incident, cancellationToken);

    /// <summary>All incidents of the page that are not resolved.</summary>
    public Task<RemoteAnswer<IReadOnlyList<StatuspageIncident>>> UnresolvedIncidentsAsync(string page, CancellationToken cancellationToken) =>
        AllAsync(["pages", page, "incidents", "unresolved"], StatuspageJson.Incident, "incidents that are not resolved", cancellationToken);

    /// <summary>All components of the page.</summary>
    public Task<RemoteAnswer<IReadOnlyList<StatuspageComponent>>> ComponentsAsync(string page, CancellationToken cancellationToken) =>
        AllAsync(["pages", page, "components"], StatuspageJson.Component, "components", cancellationToken);

    /// <summary>
    /// The incident that carries our rollback's id, or null (S20): among the unresolved ones, then among the latest hundred,
    /// because a person may have resolved it meanwhile.
    /// </summary>
    public async Task<RemoteAnswer<StatuspageIncident?>> FindAsync(string page, string rollbackId, CancellationToken cancellationToken)
    {
        var open = await UnresolvedIncidentsAsync(page, cancellationToken);
        var found = open.Select(incidents => incidents.FirstOrDefault(i => i.RollbackId == rollbackId));
        if (found is not RemoteAnswer<StatuspageIncident?>.Ok { Value: null }) return found;
        var latest = await ReadAsync(
            ["pages", page, "incidents"], $"?limit={PageSize}", json => StatuspageJson.List(json, StatuspageJson.Incident), cancellationToken);
        return latest.Select(incidents => incidents.FirstOrDefault(i => i.RollbackId == rollbackId));
    }

    /// <summary>One component.</summary>
    public Task<RemoteAnswer<StatuspageComponent>> ComponentAsync(string page, string component, CancellationToken cancellationToken) =>
        ReadAsync(["pages", page, "components", component], "", StatuspageJson.Component, cancellationToken);

    private async Task<RemoteAnswer<IReadOnlyList<T>>> AllAsync<T>(string[] path, Func<JsonNode?, T?> read, string what, CancellationToken cancellationToken)
        where T : class
    {
        var all = new List<T>();
        for (var number = 1; number <= MostPages; number++)
        {
            var query = string.Create(CultureInfo.InvariantCulture, $"?page={number}&per_page={PageSize}");
            var answer = await ReadAsync(path, query, json => StatuspageJson.List(json, read), cancellationToken);
            if (answer is not RemoteAnswer<IReadOnlyList<T>>.Ok(var items, _)) return answer;
            all.AddRange(items);
            if (items.Count < PageSize) return new RemoteAnswer<IReadOnlyList<T>>.Ok(all, []);
        }

        return new RemoteAnswer<IReadOnlyList<T>>.Refused(TooManyItems, false, $"the page has more than {MostPages * PageSize} {what}");
    }

    private Task<RemoteAnswer<T>> ReadAsync<T>(string[] path, string query, Func<JsonNode?, T?> read, CancellationToken cancellationToken)
        where T : class =>
        CallAsync(HttpMethod.Get, path, query, null, CallEffect.Converges, read, cancellationToken);

    private async Task<RemoteAnswer<T>> CallAsync<T>(
        HttpMethod method, string[] path, string query, JsonObject? body, CallEffect effect, Func<JsonNode?, T?> read, CancellationToken cancellationToken)
        where T : class
    {
        if (path.Any(part => part.Length == 0 || !part.All(char.IsAsciiLetterOrDigit)))
            return new RemoteAnswer<T>.Refused("invalid_id", false, "Statuspage's ids are letters and digits");
        if (credential.Header() is not { } authorization)
            return new RemoteAnswer<T>.Refused("not_authed", false, "there is no usable Statuspage API key: it is empty or holds characters that no key has");

        var request = new HttpRequestMessage(method, new Uri(root, string.Join('/', path) + query)) { Headers = { Authorization = authorization } };
        if (body is not null) request.Content = RemoteExchange.Json(body);
        return await exchange.SendAsync(request, "token", effect, (response, text) => Read(response, text, read), cancellationToken);
    }

    private static RemoteAnswer<T>? Read<T>(HttpResponseMessage response, string text, Func<JsonNode?, T?> read)
        where T : class
    {
        var status = (int)response.StatusCode;
        var json = StatuspageJson.Parse(text);
        if (response.IsSuccessStatusCode) return read(json) is { } value ? new RemoteAnswer<T>.Ok(value, []) : null;
        if (status >= 500) return null;
        var meaning = status switch
        {
            401 => "Statuspage does not accept the API key",
            403 => "the API key may not do this",
            404 => "Statuspage knows no such page, incident or component",
            422 or 400 => "Statuspage does not accept the values",
            _ => $"Statuspage answered HTTP status {status}",
        };
        var detail = StatuspageJson.Error(json) is { Length: > 0 } words ? $" ({PlainText.Truncate(PlainText.OneLine(words), 300)})" : "";
        return new RemoteAnswer<T>.Refused($"http_{status}", status is 408 or 409, meaning + detail);
    }
}
