using System.Text.RegularExpressions;

namespace AlertRollback.Kubernetes.Workloads;

/// <summary>What was found at one failing pod. Lines that look like secrets are masked.</summary>
/// <param name="Log">The last lines; null when there is no log.</param>
/// <param name="PreviousLog">The last lines of the container before its restart; null when there was none.</param>
/// <param name="Events">Newest first.</param>
public sealed record PodEvidence(FailingPod Pod, string? Log, string? PreviousLog, IReadOnlyList<string> Events);

/// <summary>What an undo is about to destroy (S18).</summary>
/// <param name="Failing">How many pods of the current revision fail; only the first few are looked into.</param>
/// <param name="Missing">What could not be read and why; empty when all was.</param>
public sealed record Evidence(int Failing, IReadOnlyList<PodEvidence> Pods, IReadOnlyList<string> Missing);

/// <summary>Reads what failing pods say before an undo destroys them. Best effort within a budget of time; never throws for what is missing.</summary>
public sealed partial class EvidenceReader(IKubernetesApi api, TimeProvider time)
{
    private const int maxPods = 3;
    private const int maxEvents = 5;
    private static readonly LogOptions recent = new(TailLines: 40, LimitBytes: 16 * 1024);

    /// <summary>Pods of the workload's current revision that are not ready, and why.</summary>
    /// <exception cref="KubernetesException">The pods could not be listed.</exception>
    public async Task<IReadOnlyList<FailingPod>> FailingPodsAsync(WorkloadSnapshot snapshot, CancellationToken cancellation)
    {
        var pods = await api.ListAsync(ResourceKind.Pod, snapshot.Workload.Namespace, WorkloadReader.Selector(snapshot.Live), cancellation);
        return [.. pods.Where(p => IsOfCurrentRevision(snapshot, p)).Select(PodState.Failure).OfType<FailingPod>().OrderBy(p => p.Name, StringComparer.Ordinal)];
    }

    /// <param name="budget">After it, what was read so far is the answer.</param>
    public async Task<Evidence> CaptureAsync(WorkloadSnapshot snapshot, TimeSpan budget, CancellationToken cancellation)
    {
        using var over = new CancellationTokenSource(budget, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(over.Token, cancellation);
        var notes = new Notes();

        var failing = await TryAsync(notes, "pods", async () => await FailingPodsAsync(snapshot, linked.Token), cancellation) ?? [];
        if (failing.Count == 0)
            return new Evidence(0, [], notes.All);

        var events = TryAsync(notes, "events", async () => await EventsAsync(snapshot.Workload.Namespace, linked.Token), cancellation);
        var pods = await Task.WhenAll(failing.Take(maxPods).Select(p => ReadAsync(notes, snapshot.Workload.Namespace, p, linked.Token, cancellation)));
        var byPod = await events;
        return new Evidence(failing.Count, [.. pods.Select(p => p with { Events = [.. byPod?[p.Pod.Uid].Take(maxEvents) ?? []] })], notes.All);
    }

    /// <summary>Masks what looks like a secret; logs go into channels that many people read.</summary>
    public static string Mask(string log) => SecretLooking().Replace(log, "$1***");

    private async Task<PodEvidence> ReadAsync(Notes notes, string @namespace, FailingPod pod, CancellationToken linked, CancellationToken cancellation)
    {
        if (pod.Container is not { } container)
            return new PodEvidence(pod, null, null, []);

        var log = TryAsync(notes, $"log of {pod.Name}", () => api.ReadLogAsync(@namespace, pod.Name, container, recent, linked), cancellation);
        var previous = pod.Restarts == 0
            ? Task.FromResult<string?>(null)
            : TryAsync(notes, $"previous log of {pod.Name}", () => api.ReadLogAsync(@namespace, pod.Name, container, recent with { Previous = true }, linked), cancellation);
        return new PodEvidence(pod, Masked(await log), Masked(await previous), []);
    }

    private async Task<ILookup<string, string>> EventsAsync(string @namespace, CancellationToken cancellation)
    {
        var events = await api.ListAsync(ResourceKind.Event, @namespace, null, cancellation);
        return events
            .OrderByDescending(e => e.Time("lastTimestamp") ?? e.Time("eventTime") ?? e.CreationTimestamp)
            .ToLookup(e => e.Text("involvedObject", "uid") ?? "", e => Mask($"{e.Text("reason")}: {e.Text("message")}"));
    }

    private static async Task<T?> TryAsync<T>(Notes notes, string what, Func<Task<T?>> read, CancellationToken cancellation)
        where T : class
    {
        try
        {
            return await read();
        }
        catch (KubernetesException e)
        {
            notes.Add($"{what}: {e.Message}");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            notes.Add($"{what}: no time left");
        }

        return null;
    }

    private static bool IsOfCurrentRevision(WorkloadSnapshot snapshot, KubernetesObject pod) => snapshot.Workload.Kind switch
    {
        WorkloadKind.Deployment or WorkloadKind.Rollout => snapshot.Current is { } replicaSet && pod.ControllerUid == replicaSet.Uid,
        WorkloadKind.StatefulSet => pod.ControllerUid == snapshot.Uid && pod.Label("controller-revision-hash") == snapshot.Current?.Identity,
        _ => pod.ControllerUid == snapshot.Uid && snapshot.Current?.Identity == $"{snapshot.Workload.Name}-{pod.Label("controller-revision-hash")}",
    };

    private static string? Masked(string? log) => log is null ? null : Mask(log);

    [GeneratedRegex("""((?:password|passwd|pwd|secret|token|api[-_]?key|authorization|credential)s?["']?\s*[=:]\s*["']?(?:(?:bearer|basic)\s+)?|://[^\s:/@]+:)[^\s"',;@]+""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SecretLooking();

    // Several reads add at the same time.
    private sealed class Notes
    {
        private readonly Lock gate = new();
        private readonly List<string> notes = [];

        public IReadOnlyList<string> All
        {
            get
            {
                lock (gate)
                    return [.. notes];
            }
        }

        public void Add(string note)
        {
            lock (gate)
                notes.Add(note);
        }
    }
}
