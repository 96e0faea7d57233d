using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;

namespace AlertRollback.Kubernetes;

public sealed partial class KubernetesApi
{
    public async IAsyncEnumerable<WatchEvent> WatchAsync(ResourceKind kind, string @namespace, string? labelSelector, string? fieldSelector,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        var known = new Dictionary<string, KubernetesObject>();
        var patience = new WatchPatience(transport.Retry.WatchRefusals);
        string? version = null;
        for (var failures = 0; ; failures++)
        {
            if (version is null && await patience.TryAsync(() => ListAllAsync(kind, @namespace, labelSelector, fieldSelector, cancellation)).ConfigureAwait(false) is { } snapshot)
            {
                patience.Listed();
                version = snapshot.ResourceVersion;
                foreach (var change in Differences(known, snapshot.Items))
                    yield return change;
            }

            if (version is not null)
            {
                var path = WatchPath(kind, @namespace, labelSelector, fieldSelector, version);
                using var stream = await patience.TryAsync(() => WatchStream.OpenAsync(transport, path, cancellation)).ConfigureAwait(false);
                if (stream is not null)
                    patience.Opened();
                if (patience.Expired)
                    version = null;
                while (stream is not null && await stream.ReadAsync(cancellation).ConfigureAwait(false) is { } line)
                {
                    // 410 or anything else the server cannot go on from: what is there now is asked anew.
                    if (line.Text("type") == "ERROR")
                    {
                        version = null;
                        break;
                    }

                    if (line.At("object") is not JsonObject json)
                        continue;
                    failures = -1;
                    var item = new KubernetesObject((JsonObject)json.DeepClone());
                    version = item.ResourceVersion;
                    if (Apply(known, line.Text("type"), item) is { } change)
                        yield return change;
                }
            }

            await Task.Delay(transport.Pause(Math.Max(failures, 0)), transport.Time, cancellation).ConfigureAwait(false);
        }
    }

    private string WatchPath(ResourceKind kind, string @namespace, string? labels, string? fields, string version) =>
        ApiPath.ToList(kind, @namespace) + ApiPath.Query(("watch", "true"), ("allowWatchBookmarks", "true"), ("resourceVersion", version),
            ("timeoutSeconds", ((int)transport.Retry.WatchLength.TotalSeconds).ToString(CultureInfo.InvariantCulture)),
            ("labelSelector", labels), ("fieldSelector", fields));

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
}
