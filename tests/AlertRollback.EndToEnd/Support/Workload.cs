using System.Globalization;
using System.Text.Json.Nodes;

namespace AlertRollback.EndToEnd.Support;

/// <summary>A Deployment, StatefulSet or DaemonSet of a test's namespace, seen and changed as a team and its pipeline would.</summary>
internal sealed class Workload
{
    private static readonly TimeSpan RolloutTime = TimeSpan.FromSeconds(60);
    private readonly ClusterNamespace space;
    private readonly string collection;

    private Workload(ClusterNamespace space, string collection, string name)
    {
        this.space = space;
        this.collection = collection;
        Name = name;
    }

    public string Name { get; }

    public string Path => $"apis/apps/v1/namespaces/{space.Name}/{collection}/{Name}";

    /// <summary>As the matrix writes it.</summary>
    public string InMatrix => $"{{{collection[..^1]}: {space.Name}/{Name}}}";

    /// <param name="collection"><c>deployments</c>, <c>statefulsets</c> or <c>daemonsets</c>.</param>
    /// <param name="configMap">Its container's environment; null: none.</param>
    public static async Task<Workload> CreateAsync(
        ClusterNamespace space, string collection, string image, int replicas = 3, string name = "rental-api", string? configMap = null)
    {
        var workload = new Workload(space, collection, name);
        var spec = new JsonObject
        {
            ["selector"] = new JsonObject { ["matchLabels"] = new JsonObject { ["app"] = name } },
            ["template"] = new JsonObject
            {
                ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["app"] = name } },
                ["spec"] = new JsonObject
                {
                    ["containers"] = new JsonArray(new JsonObject { ["name"] = "app", ["image"] = image }),
                    ["tolerations"] = new JsonArray(new JsonObject { ["operator"] = "Exists" }),
                },
            },
        };
        if (configMap is not null)
            spec["template"]!["spec"]!["containers"]![0]!["envFrom"] = new JsonArray(new JsonObject { ["configMapRef"] = new JsonObject { ["name"] = configMap } });
        if (collection != "daemonsets")
            spec["replicas"] = replicas;
        if (collection == "statefulsets")
            spec["serviceName"] = name;
        await space.PostAsync($"apis/apps/v1/namespaces/{space.Name}/{collection}", new JsonObject
        {
            ["apiVersion"] = "apps/v1",
            ["kind"] = collection switch { "deployments" => "Deployment", "statefulsets" => "StatefulSet", _ => "DaemonSet" },
            ["metadata"] = new JsonObject { ["name"] = name },
            ["spec"] = spec,
        });
        await workload.CompleteAsync();
        return workload;
    }

    public Task<JsonObject> LiveAsync() => space.GetAsync(Path);

    public Task ReleaseAsync(string image) =>
        space.PatchAsync(Path, $$$"""{"spec": {"template": {"spec": {"containers": [{"name": "app", "image": "{{{image}}}"}] } } } }""");

    /// <summary>As an autoscaler does it.</summary>
    public Task ScaleAsync(int replicas) =>
        space.PatchAsync($"{Path}/scale", $$"""{"spec": {"replicas": {{replicas}} } }""", "merge-patch", "autoscaler");

    public static string ImageOf(JsonObject live) => (string)live["spec"]!["template"]!["spec"]!["containers"]![0]!["image"]!;

    public async Task<string> ImageAsync() => ImageOf(await LiveAsync());

    public async Task<int?> ReplicasAsync() => (int?)(await LiveAsync())["spec"]!["replicas"];

    public async Task<string?> AnnotationAsync(string name) => (string?)(await LiveAsync())["metadata"]!["annotations"]?[name];

    /// <summary>How often the template was changed: the newest revision's number. An undo raises it by one.</summary>
    public async Task<int> RevisionAsync()
    {
        if (collection == "deployments")
            return int.Parse((await AnnotationAsync("deployment.kubernetes.io/revision"))!, CultureInfo.InvariantCulture);
        var all = await space.GetAsync($"apis/apps/v1/namespaces/{space.Name}/controllerrevisions?labelSelector=app={Name}");
        return all["items"]!.AsArray().Max(r => (int)r!["revision"]!);
    }

    /// <summary>The pod template's own text: equal texts are the same template.</summary>
    public async Task<string> TemplateAsync() => (await LiveAsync())["spec"]!["template"]!.ToJsonString();

    public Task CompleteAsync() => Eventually.BeAsync($"{Name} is rolled out", RolloutTime, async () =>
    {
        var live = await LiveAsync();
        var (status, wanted) = (live["status"]!, (int?)live["spec"]!["replicas"]);
        var generation = (long)live["metadata"]!["generation"]!;
        if ((long?)status["observedGeneration"] != generation)
            return false;
        return collection == "daemonsets"
            ? (int?)status["desiredNumberScheduled"] is > 0 and var all && (int?)status["updatedNumberScheduled"] == all && (int?)status["numberAvailable"] == all
            : (int?)status["updatedReplicas"] == wanted && (int?)status["readyReplicas"] == wanted && (int?)status["replicas"] == wanted;
    });

    /// <summary>The images of the pods that are ready.</summary>
    public async Task<IReadOnlyList<string>> ReadyImagesAsync()
    {
        var pods = await space.GetAsync($"api/v1/namespaces/{space.Name}/pods?labelSelector=app={Name}");
        return
        [
            .. from pod in pods["items"]!.AsArray()
               where pod["status"]?["conditions"]?.AsArray().Any(c => (string?)c!["type"] == "Ready" && (string?)c["status"] == "True") == true
               select (string)pod["spec"]!["containers"]![0]!["image"]!,
        ];
    }
}
