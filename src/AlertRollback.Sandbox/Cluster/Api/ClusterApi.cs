using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Sandbox.Cluster.Exec;
using AlertRollback.Sandbox.Cluster.Objects;

namespace AlertRollback.Sandbox.Cluster.Api;

/// <summary>Answers the HTTP requests of the pretend cluster: credentials, planned faults, then the object's verb.</summary>
internal sealed class ClusterApi(
    ObjectStore store, SandboxClusterOptions options, SandboxFaults faults, RequestLog requests, ExecLog execs, SandboxAccess access, TimeProvider time, CancellationToken stopping)
{
    private readonly Writing writing = new(store);
    private readonly WatchStream watches = new(store, time);
    private readonly PodExec commands = new(store, execs, time);

    public async Task AnswerAsync(HttpContext http)
    {
        var entry = requests.Begin(http.Request.Method, http.Request.Path + http.Request.QueryString.ToString());
        var fault = faults.Take(http.Request.Method, entry.Path);

        // Whoever has the answer finds it in the log.
        http.Response.OnStarting(() =>
        {
            requests.End(entry, http.Response.StatusCode);
            return Task.CompletedTask;
        });
        try
        {
            if (fault is { CarriedOut: false })
            {
                await SandboxFaults.AnswerAsync(http, fault);
                return;
            }

            // With a fault after the work, the work is done and its answer is lost.
            if (fault is not null) http.Response.Body = Stream.Null;
            await CarryOutAsync(http, entry, lost: fault is not null);
            if (fault is not null) http.Abort();
        }
        catch (ApiRefusal refusal)
        {
            await WriteAsync(http, refusal.Code, refusal.Status.ToJsonString(ClusterJson.Options));
        }
        finally
        {
            requests.End(entry, http.Response.StatusCode);
        }
    }

    private async Task CarryOutAsync(HttpContext http, LoggedRequest entry, bool lost)
    {
        if (http.Request.Headers.Authorization != $"Bearer {options.Token}") throw ApiRefusal.Unauthorized();
        if (Discovery.Document(http.Request.Path) is { } document)
        {
            await WriteAsync(http, 200, document.ToJsonString(ClusterJson.Options));
            return;
        }

        if (http.Request is { Method: "POST", Path.Value: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews" })
        {
            var review = (JsonObject)(await JsonNode.ParseAsync(http.Request.Body))!;
            review["status"] = new JsonObject { ["allowed"] = access.Allows(http.Request.Headers["Impersonate-User"].ToString(), (JsonObject)review["spec"]!["resourceAttributes"]!) };
            await WriteAsync(http, 201, review.ToJsonString(ClusterJson.Options));
            return;
        }

        if (await ApiRequest.ReadAsync(http) is not { } request)
        {
            http.Response.StatusCode = 404;
            http.Response.ContentType = "text/plain; charset=utf-8";
            await http.Response.WriteAsync("404 page not found\n");
            return;
        }

        if (IsWatch(request)) await watches.AnswerAsync(request, stopping);
        else if (request.Subresource == "exec") await commands.AnswerAsync(request, lost, () => requests.End(entry, http.Response.StatusCode), stopping);
        else if (request.Subresource == "log") await AnswerLogAsync(request);
        else await AnswerObjectAsync(request);
    }

    private async Task AnswerObjectAsync(ApiRequest request)
    {
        string body;
        lock (store.Gate) body = Answer(request);
        var created = request.Http.Request.Method == "POST";
        await WriteAsync(request.Http, created ? 201 : 200, body);
    }

    private string Answer(ApiRequest request)
    {
        var named = request.Name.Length > 0;
        if (request.Kind.IsReadOnly() && request.Http.Request.Method != "GET") throw ApiRefusal.MethodNotAllowed();
        return (request.Http.Request.Method, request.Subresource) switch
        {
            ("POST", "eviction") => Text(Eviction.Of(store, writing, request)),
            (var verb, "scale") => Text(Scale.Answer(store, writing, request, verb)),
            ("GET", _) when named => (store.Find(request.Kind, request.Namespace, request.Name)
                ?? throw ApiRefusal.NotFound(request.Kind, request.Name)).Text,
            ("GET", "") => Listing.Of(store, request),
            ("POST", "") when !named => Text(writing.Create(request)),
            ("PUT", _) when named => Text(writing.Replace(request)),
            ("PATCH", _) when named => Text(writing.Patch(request)),
            ("DELETE", "") when named => Text(writing.Delete(request)),
            ("DELETE", "") when request.Kind.Namespaced => DeleteAll(request),
            _ => throw ApiRefusal.MethodNotAllowed(),
        };
    }

    private string DeleteAll(ApiRequest request)
    {
        var selection = Selection.Of(request);
        var answer = Listing.Of(store, request);
        foreach (var target in store.All(request.Kind, request.Namespace).Where(selection.Matches).ToList()) writing.Remove(target);
        return answer;
    }

    private async Task AnswerLogAsync(ApiRequest request)
    {
        string text;
        lock (store.Gate)
        {
            var pod = store.Find(ResourceKind.Pod, request.Namespace, request.Name) ?? throw ApiRefusal.NotFound(ResourceKind.Pod, request.Name);
            text = PodLog.Of(pod, request);
        }

        request.Http.Response.ContentType = "text/plain";
        await request.Http.Response.WriteAsync(text);
    }

    private static bool IsWatch(ApiRequest request) =>
        request.Http.Request.Method == "GET" && request.Name.Length == 0 && request.Query("watch") is "1" or "true";

    private static string Text(JsonObject json) => json.ToJsonString(ClusterJson.Options);

    private static async Task WriteAsync(HttpContext http, int status, string body)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        http.Response.Headers.CacheControl = "no-cache, private";
        http.Response.ContentLength = http.Response.Body == Stream.Null ? null : System.Text.Encoding.UTF8.GetByteCount(body);
        await http.Response.WriteAsync(body);
    }
}
