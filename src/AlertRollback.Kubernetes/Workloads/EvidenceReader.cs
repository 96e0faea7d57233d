using System.Text.RegularExpressions;

namespace AlertRollback.Kubernetes.Workloads;

/// <summary>The last lines of a container. Lines that look like secrets are masked.</summary>
/// <param name="Log">Null when there is none.</param>
/// <param name="PreviousLog">Of the container before its restart; null when there was none.</param>
public sealed record ContainerLog(string Container, string? Log, string? PreviousLog);

/// <summary>What was found at one pod.</summary>
/// <param name="Fault">Null when it does what it should.</param>
/// <param name="Logs">Of the container at fault; where none is, of all.</param>
/// <param name="Events">Newest first.</param>
public sealed record PodEvidence(KubernetesObject Pod, FailingPod? Fault, IReadOnlyList<ContainerLog> Logs, IReadOnlyList<string> Events)
{
    public override string ToString() => Fault?.ToString() ?? $"{Pod.Name}: ready";
}

/// <summary>What an undo is about to destroy (S18).</summary>
/// <param name="Failing">How many pods of the current revision fail.</param>
/// <param name="Pods">The first few of those that fail; where none does, of the others.</param>
/// <param name="Events">Of the workload itself, newest first.</param>
/// <param name="Missing">What could not be read and why; empty when all was.</param>
public sealed record Evidence(int Failing, IReadOnlyList<PodEvidence> Pods, IReadOnlyList<string> Events, IReadOnlyList<string> Missing);

/// <summary>How much is kept.</summary>
/// <param name="All">Every pod and every container, not only what fails, or a few where nothing does.</param>
/// <param name="Lines">Of each log, the last so many.</param>
/// <param name="Since">How far back; null: as far as there is.</param>
public sealed record EvidenceScope(bool All = false, int Lines = 40, TimeSpan? Since = null);

/// <summary>Reads what pods say before an undo destroys them. Best effort within a budget of time; never throws for what is missing.</summary>
public sealed partial class EvidenceReader(IKubernetesApi api, TimeProvider time)
{
    private const int maxOfRevision = 3;
    private const int maxPods = 10;
    private const int maxEvents = 5;
    private const int maxBytes = 64 * 1024;

    /// <param name="budget">After it, what was read so far is the answer.</param>
    public async Task<Evidence> CaptureAsync(WorkloadSnapshot snapshot, EvidenceScope scope, TimeSpan budget, CancellationToken cancellation)
    {
        using var over = new CancellationTokenSource(budget, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(over.Token, cancellation);
        var notes = new Notes();

        var pods = await TryAsync(notes, "pods", async () => await (scope.All ? WorkloadPods.OfAsync(api, snapshot, linked.Token) : PodsAsync(snapshot, linked.Token)), cancellation) ?? [];
        var failing = pods.Count(p => PodState.Failure(p) is not null);
        var events = TryAsync(notes, "events", async () => await EventsAsync(snapshot.Workload.Namespace, linked.Token), cancellation);
        // What fails says most; but whoever answers with errors, or slowly, is ready all the same, and an undo takes it away as well.
        var chosen = pods.Where(p => scope.All || failing == 0 || PodState.Failure(p) is not null)
            .OrderBy(p => PodState.Failure(p) is null).ThenBy(p => p.Name, StringComparer.Ordinal).Take(scope.All ? maxPods : maxOfRevision);
        var read = await Task.WhenAll(chosen.Select(p => ReadAsync(notes, snapshot.Workload.Namespace, p, scope, linked.Token, cancellation)));
        var byObject = await events;
        return new Evidence(
            failing,
            [.. read.Select(p => p with { Events = [.. byObject?[p.Pod.Uid].Take(maxEvents) ?? []] })],
            [.. byObject?[snapshot.Uid].Take(maxEvents) ?? []],
            notes.All);
    }

    /// <summary>Masks what looks like a secret; logs go into channels that many people read.</summary>
    public static string Mask(string log) => SecretInAddress().Replace(SecretByName().Replace(log, "$1***"), "$1***");

    private async Task<IReadOnlyList<KubernetesObject>> PodsAsync(WorkloadSnapshot snapshot, CancellationToken cancellation)
    {
        var pods = await api.ListAsync(ResourceKind.Pod, snapshot.Workload.Namespace, WorkloadReader.Selector(snapshot.Live), cancellation);
        return [.. pods.Where(p => IsOfCurrentRevision(snapshot, p)).OrderBy(p => p.Name, StringComparer.Ordinal)];
    }

    private async Task<PodEvidence> ReadAsync(
        Notes notes, string @namespace, KubernetesObject pod, EvidenceScope scope, CancellationToken linked, CancellationToken cancellation)
    {
        var fault = PodState.Failure(pod);
        var containers = scope.All || fault is null ? PodState.Containers(pod) : fault.Container is { } one ? [(one, fault.Restarts)] : [];
        var logs = await Task.WhenAll(containers.Select(async c =>
        {
            var options = new LogOptions(TailLines: scope.Lines, SinceSeconds: scope.Since is { } since ? (int)Math.Max(1, since.TotalSeconds) : null, LimitBytes: maxBytes);
            var log = TryAsync(notes, $"log of {pod.Name}", () => api.ReadLogAsync(@namespace, pod.Name, c.Name, options, linked), cancellation);
            var previous = c.Restarts == 0
                ? Task.FromResult<string?>(null)
                : TryAsync(notes, $"previous log of {pod.Name}", () => api.ReadLogAsync(@namespace, pod.Name, c.Name, options with { Previous = true, SinceSeconds = null }, linked), cancellation);
            return new ContainerLog(c.Name, Masked(await log), Masked(await previous));
        }));
        return new PodEvidence(pod, fault, logs, []);
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

    // A value in quotes ends with them, any other with the white space after it: passwords have every other sign in them. JSON's
    // next name ends it too, and a count of tokens is none: the rest of a compact line says what went wrong.
    // Names of which most are no secrets (key, pass, auth) count only with what makes them one.
    [GeneratedRegex("""((?:passw(?:or)?d|passphrase|(?<=[-_])pass|pwd|secret|token|(?:api|access|private|secret|signing|encryption)[-_]?key|credential|authorization)s?\\*["']?[ \t]*[=:](?!(?<=tokens\\*["']?[ \t]*[=:])\s*\d+[,}])\s*(\\*["'])?(?:(?:bearer|basic)[ \t]+)?)(?(2)(?:(?!\2)(?:\\.|.))+|(?:(?!,\\*")\S)+)""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SecretByName();

    // Up to the last @, for a password may have a slash in it: an image's digest behind a port is none. Bounded, because a log may
    // be one line of addresses without any.
    [GeneratedRegex("""(://[^\s:/@]*:)(?!\d+/\S{0,2048}@sha256:)\S{1,2048}(?=@)""", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SecretInAddress();

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
