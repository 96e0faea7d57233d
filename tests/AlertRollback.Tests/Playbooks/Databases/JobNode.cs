using System.Reflection;
using System.Text;
using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;

namespace AlertRollback.Tests.Playbooks.Databases;

/// <summary>
/// An API whose Jobs run their program on this machine, as a node would in a container: environment, log, exit code and last
/// words are real. Everything else goes to the real API.
/// </summary>
public class JobNode : DispatchProxy
{
    private const string Proxy = "linkerd-proxy";

    private readonly Dictionary<string, (int ExitCode, string Output, string LastWords)> _ended = [];
    private IKubernetesApi _inner = null!;
    private string? _folder;

    /// <summary>The manifests of the Jobs that were run, as they were sent.</summary>
    public List<JsonObject> Ran { get; } = [];

    /// <summary>Whether Jobs are shown as running although their program has ended.</summary>
    public bool StillRuns { get; set; }

    /// <summary>Whether a mesh puts a proxy into each pod, before the container that the Job has.</summary>
    public bool HasProxy { get; set; }

    /// <param name="folder">Where programs are looked up first; null: only where they always are.</param>
    public static (IKubernetesApi Api, JobNode Node) Over(IKubernetesApi inner, string? folder = null)
    {
        var api = Create<IKubernetesApi, JobNode>();
        var node = (JobNode)(object)api;
        (node._inner, node._folder) = (inner, folder);
        return (api, node);
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => (targetMethod!.Name, args) switch
    {
        (nameof(IKubernetesApi.CreateAsync), [ResourceKind { Kind: "Job" } kind, string @namespace, JsonObject body, WriteOptions { DryRun: false } options, CancellationToken stop]) => RunAsync(kind, @namespace, body, options, stop),
        (nameof(IKubernetesApi.GetAsync), [ObjectRef { Kind.Kind: "Job" } job, CancellationToken stop]) when StillRuns => RunningAsync(job, stop),
        (nameof(IKubernetesApi.ListAsync), [ResourceKind { Kind: "Pod" }, string @namespace, string selector, CancellationToken stop]) => PodsAsync(@namespace, selector, stop),
        (nameof(IKubernetesApi.ReadLogAsync), [_, _, Proxy, ..]) => Task.FromResult<string?>("the proxy is ready\n"),
        (nameof(IKubernetesApi.ReadLogAsync), [_, string pod, ..]) when _ended.Keys.FirstOrDefault(pod.StartsWith) is { } job => Task.FromResult<string?>(_ended[job].Output),
        _ => targetMethod.Invoke(_inner, BindingFlags.DoNotWrapExceptions, null, args, null),
    };

    private async Task<KubernetesObject> RunAsync(ResourceKind kind, string @namespace, JsonObject body, WriteOptions options, CancellationToken stop)
    {
        Ran.Add((JsonObject)body.DeepClone());
        var sent = (JsonObject)body.DeepClone();
        var container = (JsonObject)sent["spec"]!["template"]!["spec"]!["containers"]![0]!;
        var lastWords = Path.GetTempFileName();
        var words = container["command"]!.AsArray().Select(w => w!.GetValue<string>().Replace(container["terminationMessagePath"]?.ToString() ?? "none", lastWords, StringComparison.Ordinal));
        var variables = await Task.WhenAll((container["env"] as JsonArray ?? []).Select(async v => $"{v!["name"]}={await ValueAsync(@namespace, v, stop)}"));
        var result = Shell.Run([.. words], [.. variables, .. _folder is null ? [] : new[] { $"PATH={_folder}:{Environment.GetEnvironmentVariable("PATH")}" }]);
        _ended[body["metadata"]!["name"]!.GetValue<string>()] = (result.ExitCode ?? -1, result.Output, await File.ReadAllTextAsync(lastWords, stop));
        File.Delete(lastWords);
        if (result.ExitCode != 0)
            container["image"] = $"{container["image"]}-fail";
        return await EndedAsync(await _inner.CreateAsync(kind, @namespace, sent, options, stop), stop);
    }

    // So that nobody has to wait for a second look.
    private async Task<KubernetesObject> EndedAsync(KubernetesObject job, CancellationToken stop)
    {
        while (true)
        {
            var live = (await _inner.GetAsync(new ObjectRef(ResourceKind.Job, job.Namespace, job.Name), stop)).ShouldNotBeNull();
            if (live.At("status", "conditions") is JsonArray { Count: > 0 })
                return live;
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, stop);
        }
    }

    private async Task<KubernetesObject?> RunningAsync(ObjectRef target, CancellationToken stop)
    {
        var job = await _inner.GetAsync(target, stop);
        (job?.Json["status"] as JsonObject)?.Remove("conditions");
        return job;
    }

    private async Task<string> ValueAsync(string @namespace, JsonNode variable, CancellationToken stop)
    {
        if (variable["valueFrom"]?["secretKeyRef"] is not { } from)
            return variable["value"]!.GetValue<string>();
        var secret = (await _inner.GetAsync(new ObjectRef(ResourceKind.Secret, @namespace, from["name"]!.GetValue<string>()), stop)).ShouldNotBeNull();
        return Encoding.UTF8.GetString(Convert.FromBase64String(secret.Json["data"]![from["key"]!.GetValue<string>()]!.GetValue<string>()));
    }

    private async Task<IReadOnlyList<KubernetesObject>> PodsAsync(string @namespace, string selector, CancellationToken stop)
    {
        var pods = await _inner.ListAsync(ResourceKind.Pod, @namespace, selector, stop);
        foreach (var pod in pods)
        {
            if (_ended.Keys.FirstOrDefault(pod.Name.StartsWith) is { } job && pod.Json["status"]?["containerStatuses"]?[0]?["state"]?["terminated"] is JsonObject end)
                (end["exitCode"], end["message"]) = (_ended[job].ExitCode, _ended[job].LastWords);
            if (!HasProxy)
                continue;
            pod.Json["spec"]!["containers"]!.AsArray().Insert(0, new JsonObject { ["name"] = Proxy });
            pod.Json["status"]!["containerStatuses"]!.AsArray().Insert(0, JsonNode.Parse($$"""{"name": "{{Proxy}}", "state": {"terminated": {"exitCode": 0} } }"""));
        }

        return pods;
    }
}
