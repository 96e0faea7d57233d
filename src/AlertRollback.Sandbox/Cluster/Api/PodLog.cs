using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using AlertRollback.Sandbox.Cluster.Objects;

namespace AlertRollback.Sandbox.Cluster.Api;

/// <summary>A container's log: written from its image tag, as the fake node of the real test cluster writes it.</summary>
internal static class PodLog
{
    public static string Of(StoredObject pod, ApiRequest request)
    {
        var container = Choose(pod, request.Query("container"));
        var status = pod.Json.Each("status", "containerStatuses").FirstOrDefault(s => s.TextAt("name") == container.TextAt("name"));
        var lines = Lines(pod, container, status, request.Query("previous") is "true" or "1");
        if (int.TryParse(request.Query("tailLines"), NumberStyles.None, CultureInfo.InvariantCulture, out var tail)) lines = [.. lines.TakeLast(tail)];
        var text = string.Concat(lines.Select(l => l + "\n"));
        return int.TryParse(request.Query("limitBytes"), NumberStyles.None, CultureInfo.InvariantCulture, out var limit) ? Cut(text, limit) : text;
    }

    public static JsonObject Choose(StoredObject pod, string name)
    {
        var all = pod.Json.Each("spec", "containers").ToList();
        if (name.Length > 0)
        {
            return all.Find(c => c.TextAt("name") == name)
                ?? throw ApiRefusal.BadRequest($"container {name} is not valid for pod {pod.Name}");
        }

        if (all.Count == 1) return all[0];
        throw ApiRefusal.BadRequest(
            $"a container name must be specified for pod {pod.Name}, choose one of: [{string.Join(' ', all.Select(c => c.TextAt("name")))}]");
    }

    private static List<string> Lines(StoredObject pod, JsonObject container, JsonObject? status, bool previous)
    {
        var name = container.TextAt("name");
        var image = container.TextAt("image") ?? "";
        var waiting = status.TextAt("state", "waiting", "reason");
        if (status is null || waiting is "ContainerCreating" or "PodInitializing")
        {
            throw ApiRefusal.BadRequest(
                $"container \"{name}\" in pod \"{pod.Name}\" is waiting to start: {waiting ?? "ContainerCreating"}");
        }

        if (previous && status.CountAt("restartCount") == 0)
            throw ApiRefusal.BadRequest($"previous terminated container \"{name}\" in pod \"{pod.Name}\" not found");
        var who = $"pod={pod.Namespace}/{pod.Name} container={name} image={image}";
        return
        [
            $"INFO starting {who}",
            $"INFO node={Controllers.Kubelet.NodeName} instance={(previous ? "previous" : "current")}",
            ImageTag.Behaviour(image) switch
            {
                ImageBehaviour.CannotBePulled => $"ERROR image cannot be pulled: {who}",
                ImageBehaviour.Crashes => $"ERROR crashed on start: {who}",
                _ => $"INFO ready {who}",
            },
            .. End(status),
        ];
    }

    private static IEnumerable<string> End(JsonObject status)
    {
        if (status.NumberAt("state", "terminated", "exitCode") is { } code) yield return code == 0 ? "INFO finished: exit code 0" : $"ERROR failed: exit code {code}";
    }

    private static string Cut(string text, int limit)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return bytes.Length <= limit ? text : Encoding.UTF8.GetString(bytes, 0, limit);
    }
}
