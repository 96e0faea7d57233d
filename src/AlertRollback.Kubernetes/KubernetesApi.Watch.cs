using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AlertRollback.Kubernetes;

public sealed partial class KubernetesApi
{
    public async IAsyncEnumerable<WatchEvent> WatchAsync(ResourceKind kind, string @namespace, string? labelSelector, string? fieldSelector,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        var known = new Dictionary<string, KubernetesObject>();
        string? version = null;
        for (var failures = 0; ;)
        {
            cancellation.ThrowIfCancellationRequested();
            if (version is null)
            {
                if (await TrySnapshotAsync(kind, @namespace, labelSelector, fieldSelector, failures, cancellation).ConfigureAwait(false) is not { } snapshot)
                {
                    failures++;
                    continue;
                }

                version = snapshot.ResourceVersion;
                foreach (var change in Differences(known, snapshot.Items))
                    yield return change;
            }

            var heard = false;
            await foreach (var line in LinesAsync(kind, @namespace, labelSelector, fieldSelector, version, cancellation).ConfigureAwait(false))
            {
                if (line.Text("type") == "ERROR")
                {
                    // 410 or anything else the server cannot go on from: what is there now is asked anew.
                    version = null;
                    break;
                }

                if (line.At("object") is not JsonObject json)
                    continue;
                heard = true;
                var item = new KubernetesObject((JsonObject)json.DeepClone());
                version = item.ResourceVersion;
                if (Apply(known, line.Text("type"), item) is { } change)
                    yield return change;
            }

            failures = heard ? 0 : failures + 1;
            await Task.Delay(transport.Pause(failures), transport.Time, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Null after a fault that passes. The first list's refusals get through: they are mistakes of configuration.</summary>
    private async Task<Snapshot?> TrySnapshotAsync(ResourceKind kind, string @namespace, string? labels, string? fields, int failures, CancellationToken cancellation)
    {
        try
        {
            return await ListAllAsync(kind, @namespace, labels, fields, cancellation).ConfigureAwait(false);
        }
        catch (KubernetesException fault) when (fault.Fault is KubernetesFault.Unavailable or KubernetesFault.TooManyRequests or KubernetesFault.Gone)
        {
            await Task.Delay(transport.Pause(failures), transport.Time, cancellation).ConfigureAwait(false);
            return null;
        }
    }

    private static List<WatchEvent> Differences(Dictionary<string, KubernetesObject> known, IReadOnlyList<KubernetesObject> items)
    {
        var present = items.Select(item => item.Uid).ToHashSet();
        var changes = known.Values.Where(old => !present.Contains(old.Uid)).Select(old => new WatchEvent(WatchEventType.Deleted, old)).ToList();
        foreach (var item in items)
            changes.Add(new WatchEvent(known.ContainsKey(item.Uid) ? WatchEventType.Modified : WatchEventType.Added, item));
        known.Clear();
        foreach (var item in items)
            known[item.Uid] = item;
        return changes;
    }

    private static WatchEvent? Apply(Dictionary<string, KubernetesObject> known, string? type, KubernetesObject item)
    {
        switch (type)
        {
            case "ADDED" or "MODIFIED":
                known[item.Uid] = item;
                return new WatchEvent(type == "ADDED" ? WatchEventType.Added : WatchEventType.Modified, item);
            case "DELETED":
                known.Remove(item.Uid);
                return new WatchEvent(WatchEventType.Deleted, item);
            default:
                return null;
        }
    }

    /// <summary>The lines of one stream, until it ends, breaks or goes silent.</summary>
    private async IAsyncEnumerable<KubernetesObject> LinesAsync(ResourceKind kind, string @namespace, string? labels, string? fields, string version,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        var query = ApiPath.Query(("watch", "true"), ("allowWatchBookmarks", "true"), ("resourceVersion", version),
            ("timeoutSeconds", ((int)transport.Retry.WatchLength.TotalSeconds).ToString(CultureInfo.InvariantCulture)),
            ("labelSelector", labels), ("fieldSelector", fields));
        using var idle = new CancellationTokenSource(transport.Retry.WatchIdle, transport.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, idle.Token);
        using var response = await TryAsync<HttpResponseMessage>(async () => await transport.OpenAsync(ApiPath.ToList(kind, @namespace) + query, either.Token).ConfigureAwait(false), cancellation).ConfigureAwait(false);
        if (response is null)
            yield break;
        if (!response.IsSuccessStatusCode)
        {
            if (response.StatusCode == System.Net.HttpStatusCode.Gone)
                yield return new KubernetesObject(new JsonObject { ["type"] = "ERROR" });
            yield break;
        }

        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(either.Token).ConfigureAwait(false));
        while (await TryAsync(() => reader.ReadLineAsync(either.Token).AsTask(), cancellation).ConfigureAwait(false) is { } line)
        {
            idle.CancelAfter(transport.Retry.WatchIdle);
            if (ParseLine(line) is not { } json)
                yield break;
            yield return new KubernetesObject(json);
        }
    }

    private static async Task<T?> TryAsync<T>(Func<Task<T?>> work, CancellationToken cancellation)
        where T : class
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (Exception fault) when (ApiTransport.IsConnectionFault(fault) && !cancellation.IsCancellationRequested)
        {
            return null;
        }
    }

    private static JsonObject? ParseLine(string line)
    {
        try
        {
            return JsonNode.Parse(line) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
