using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;

namespace AlertRollback.Playbooks.Jobs;

/// <summary>What a Job's last pod said, secrets masked (S19).</summary>
/// <param name="Tail">The end of the log; empty when there is none.</param>
/// <param name="ExitCode">Of the container whose log it is; null: it did not end.</param>
/// <param name="Trouble">Why its pod does not run, or why the log could not be read; null: nothing is wrong.</param>
public sealed partial record JobLog(string Tail, int? ExitCode, string? Trouble)
{
    private const int LongestTail = 8 * 1024;
    private const int MostLines = 60;

    // One line more than is kept tells that there are more.
    private static readonly LogOptions End = new(TailLines: MostLines + 1, LimitBytes: 256 * 1024);

    public static readonly JobLog None = new("", null, null);

    /// <summary>There is more of it than was kept.</summary>
    public bool Clipped => Tail.StartsWith('…');

    public string LastLine => Texts.Clip(Tail.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? "", 200);

    internal static IEnumerable<NeededRight> Rights =>
        [.. NeededRight.To("list", ResourceKind.Pod), .. NeededRight.To("get", ResourceKind.Pod, "log"), .. NeededRight.To("list", ResourceKind.Event)];

    /// <summary>Best effort: what cannot be read is said, and never decides.</summary>
    /// <param name="container">Null: the Job's own, or its first one.</param>
    public static async Task<JobLog> ReadAsync(IKubernetesApi api, KubernetesObject job, string? container, CancellationToken cancellation)
    {
        try
        {
            if (await PodAsync(api, job, cancellation) is not { } pod)
                return None with { Trouble = await CreationFailures.InEventsAsync(api, job.Namespace, job.Uid, job.CreationTimestamp, cancellation) };
            var name = container ?? ContainerOf(job);
            var text = await api.ReadLogAsync(pod.Namespace, pod.Name, name, End, cancellation) ?? "";
            return new JobLog(Clip(Masked(text, pod)), ExitCodeOf(pod, name), PodState.Failure(pod)?.ToString());
        }
        catch (KubernetesException fault)
        {
            return new JobLog("", null, $"its log cannot be read: {fault.Message}");
        }
    }

    // The one that decided: it succeeded, else it is the last that was tried.
    internal static async Task<KubernetesObject?> PodAsync(IKubernetesApi api, KubernetesObject job, CancellationToken cancellation) =>
        (await api.ListAsync(ResourceKind.Pod, job.Namespace, $"job-name={job.Name}", cancellation))
            .Where(p => p.ControllerUid == job.Uid)
            .OrderByDescending(p => p.Text("status", "phase") == "Succeeded").ThenByDescending(p => p.CreationTimestamp).ThenByDescending(p => p.Name, StringComparer.Ordinal)
            .FirstOrDefault();

    /// <summary>Masks what looks like a secret, and what the pod was given under a name that sounds like one.</summary>
    private static string Masked(string text, KubernetesObject pod)
    {
        var given = Containers(pod).SelectMany(c => (c["env"] as JsonArray)?.OfType<JsonObject>() ?? [])
            .Where(v => SecretName().IsMatch(v["name"]?.ToString() ?? "")).Select(v => v["value"]?.ToString()).OfType<string>().Where(v => v.Length > 3);
        return EvidenceReader.Mask(given.Aggregate(text, (masked, secret) => masked.Replace(secret, "***", StringComparison.Ordinal)));
    }

    /// <summary>The container that is meant where none is named: the first that the Job itself has. Its pod may have others before it, as a mesh's proxy.</summary>
    internal static string ContainerOf(KubernetesObject job) =>
        job.At("spec", "template", "spec") is JsonObject pod ? JobTemplate.Containers(pod).FirstOrDefault()?["name"]?.ToString() ?? "" : "";

    private static IEnumerable<JsonObject> Containers(KubernetesObject pod) => (pod.At("spec", "containers") as JsonArray)?.OfType<JsonObject>() ?? [];

    private static int? ExitCodeOf(KubernetesObject pod, string container) =>
        EndOf(pod, container)?["exitCode"] is JsonValue code && code.TryGetValue(out int number) ? number : null;

    /// <summary>What Kubernetes keeps of a container that ended; null: it did not.</summary>
    internal static JsonNode? EndOf(KubernetesObject pod, string container) => (pod.At("status", "containerStatuses") as JsonArray)?.OfType<JsonObject>()
        .FirstOrDefault(s => s["name"]?.ToString() == container)?["state"]?["terminated"];

    // The end of a log says why it ended.
    private static string Clip(string text)
    {
        var lines = text.TrimEnd('\n').Split('\n');
        var end = lines.Length > MostLines ? string.Join('\n', lines.TakeLast(MostLines)) : text;
        return Kubernetes.Clipped.Tail(end.Length < text.Length ? Kubernetes.Clipped.Ellipsis + end : text, LongestTail);
    }

    [GeneratedRegex("pass|pwd|secret|token|credential|key|auth", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex SecretName();
}
