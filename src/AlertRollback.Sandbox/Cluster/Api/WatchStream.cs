using System.Globalization;
using System.Text.Json.Nodes;
using AlertRollback.Sandbox.Cluster.Objects;

namespace AlertRollback.Sandbox.Cluster.Api;

/// <summary>Answers one watch: a line of JSON per change, until the client leaves or its time is over.</summary>
internal sealed class WatchStream(ObjectStore store, TimeProvider time)
{
    private static readonly TimeSpan DefaultDuration = TimeSpan.FromMinutes(30);

    public async Task AnswerAsync(ApiRequest request, CancellationToken stopping)
    {
        var selection = Selection.Of(request);
        var (version, backlog) = Begin(selection, request.Query("resourceVersion"));
        var response = request.Http.Response;
        response.ContentType = "application/json";
        var seconds = double.TryParse(request.Query("timeoutSeconds"), CultureInfo.InvariantCulture, out var s) && s > 0 ? s : DefaultDuration.TotalSeconds;
        using var over = new CancellationTokenSource(TimeSpan.FromSeconds(seconds), time);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(over.Token, request.Http.RequestAborted, stopping);
        try
        {
            await response.StartAsync(ended.Token);
            foreach (var line in backlog) await response.WriteAsync(line, ended.Token);
            await response.Body.FlushAsync(ended.Token);
            await FollowAsync(response, selection, version, ended.Token);
        }
        catch (OperationCanceledException) when (!request.Http.RequestAborted.IsCancellationRequested)
        {
            if (request.Query("allowWatchBookmarks") is "true" or "1") await response.WriteAsync(Bookmark(selection), CancellationToken.None);
        }
    }

    private (long Version, List<string> Backlog) Begin(Selection selection, string asked)
    {
        lock (store.Gate)
        {
            // Without a version, or with 0, a watch begins with everything that is there.
            if (asked is "" or "0")
                return (store.Version, [.. store.All(selection.Kind, selection.Namespace).Where(selection.Matches).Select(o => Line("ADDED", o))]);
            return long.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out var version)
                ? (version, [])
                : throw ApiRefusal.BadRequest($"invalid resource version \"{asked}\"");
        }
    }

    private async Task FollowAsync(HttpResponse response, Selection selection, long version, CancellationToken cancellation)
    {
        while (true)
        {
            Task next;
            IReadOnlyList<Change>? changes;
            lock (store.Gate)
            {
                next = store.NextChange;
                changes = store.Since(version);
            }

            if (changes is null)
            {
                await response.WriteAsync(Gone(version), cancellation);
                return;
            }

            foreach (var change in changes)
            {
                version = change.Version;
                if (Line(selection, change) is { } line) await response.WriteAsync(line, cancellation);
            }

            if (changes.Count > 0) await response.Body.FlushAsync(cancellation);
            await next.WaitAsync(cancellation);
        }
    }

    /// <summary>To a watch with a selector, an object that begins to match is added, and one that ceases to is deleted.</summary>
    private static string? Line(Selection selection, Change change)
    {
        var was = change.Before is not null && selection.Matches(change.Before);
        var matches = change.Type != ChangeType.Deleted && selection.Matches(change.Object);
        return (was, matches) switch
        {
            (false, true) => Line("ADDED", change.Object),
            (true, true) => Line("MODIFIED", change.Object),
            (true, false) => Line("DELETED", change.Object),
            _ => null,
        };
    }

    private static string Line(string type, StoredObject o) => $$"""{"type":"{{type}}","object":{{o.Text}}}""" + "\n";

    private string Bookmark(Selection selection)
    {
        lock (store.Gate)
        {
            var marker = new JsonObject
            {
                ["kind"] = selection.Kind.Kind,
                ["apiVersion"] = selection.Kind.ApiVersion,
                ["metadata"] = new JsonObject
                {
                    ["resourceVersion"] = store.Version.ToString(CultureInfo.InvariantCulture),
                    ["creationTimestamp"] = null,
                },
            };
            return $$"""{"type":"BOOKMARK","object":{{marker.ToJsonString()}}}""" + "\n";
        }
    }

    private string Gone(long version)
    {
        var status = ApiRefusal.Expired($"too old resource version: {version} ({store.Version})").Status;
        return $$"""{"type":"ERROR","object":{{status.ToJsonString()}}}""" + "\n";
    }
}
