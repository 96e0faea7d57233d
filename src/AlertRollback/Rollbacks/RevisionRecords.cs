using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Rollbacks.Guards;
using AlertRollback.Storage;

namespace AlertRollback.Rollbacks;

/// <summary>A revision that runs completely.</summary>
/// <param name="Template">Normalized.</param>
internal sealed record RunningRevision(string Cluster, WorkloadRef Workload, string Address, string Uid, string Digest, JsonObject Template);

/// <summary>
/// Records what will be asked of a revision once it is the target: what it was configured with, and what the checks of
/// <c>same_as_at_target</c> answered. One instance for one workload.
/// </summary>
internal sealed partial class RevisionRecords(ObserverParts parts)
{
    private readonly OneAnswer _checks = new(parts.Catalog, parts.Time);
    private (string Digest, ConfigurationSnapshot Configuration)? _seen;

    /// <param name="soaked">It has been healthy for the soak period since the last time this was called for it.</param>
    public async Task RecordAsync(RunningRevision revision, bool soaked, CancellationToken cancellation)
    {
        try
        {
            await RecordConfigurationAsync(revision, soaked, cancellation);
            await RecordAnswersAsync(revision.Address, revision.Uid, revision.Digest, parts.ServicesOf(revision.Address), soaked, cancellation);
        }
        catch (Exception fault) when (fault is KubernetesException or JournalUnavailableException)
        {
            LogNotRecorded(parts.Log, revision.Address, fault);
        }
    }

    private async Task RecordConfigurationAsync(RunningRevision revision, bool soaked, CancellationToken cancellation)
    {
        var references = ConfigurationReferences.Of(revision.Template);
        if (references.ConfigMaps.Count + references.Secrets.Count == 0)
            return;
        var reader = new ConfigurationReader(parts.Clusters.Named(revision.Cluster), await parts.Salt.GetAsync(cancellation));
        var now = await reader.ReadAsync(revision.Workload.Namespace, references, cancellation);

        // A ConfigMap that was edited meanwhile has not been there for the whole period: it has to last another one.
        var good = soaked && _seen is { } before && before.Digest == revision.Digest && before.Configuration.SameAs(now);
        _seen = (revision.Digest, now);
        await parts.Chronicle.ChangeAsync(
            book => IsStillCurrent(book, revision.Uid, revision.Digest) && IsNews(book.Knowledge(revision.Uid).ConfigurationAt(revision.Digest), now, good)
                ? [Entry.Of(revision.Uid, new WorkloadEvent.ConfigurationSeen(revision.Address, revision.Digest, now, good))]
                : [],
            cancellation);
    }

    // What was deployed while we asked may have answered.
    private static bool IsStillCurrent(Book book, string uid, string digest) => book.Knowledge(uid).Current?.Digest == digest;

    private static bool IsNews(WorkloadEvent.ConfigurationSeen? known, ConfigurationSnapshot now, bool good) =>
        known is null || (known.Good ? good && !known.Configuration.SameAs(now) : good || !known.Configuration.SameAs(now));

    /// <summary>What the checks of the services' own <c>same_as_at_target</c> answer while it runs.</summary>
    public async Task RecordAnswersAsync(string address, string uid, string digest, IEnumerable<ServiceDefinition> services, bool soaked, CancellationToken cancellation)
    {
        var answers = new List<RecordedAnswer>();
        foreach (var service in services)
        {
            foreach (var check in ChecksOf(service))
            {
                var now = parts.Time.GetUtcNow();
                var measured = await _checks.AskAsync(check, new CheckContext($"observe-{service.Name}", service, now, now, new Dictionary<string, JsonObject>()), cancellation);
                if (OneAnswer.IsMeasured(measured))
                    answers.Add(new RecordedAnswer(CheckKey.Of(service, check), ReadingGuards.Texts(measured)));
            }
        }

        if (answers.Count == 0)
            return;
        await parts.Chronicle.ChangeAsync(
            book => IsStillCurrent(book, uid, digest) && IsNews(book.Knowledge(uid).MeasuredAt(digest), answers, soaked)
                ? [Entry.Of(uid, new WorkloadEvent.Measured(address, digest, answers, soaked))]
                : [],
            cancellation);
    }

    private static bool IsNews(WorkloadEvent.Measured? known, List<RecordedAnswer> answers, bool good) =>
        known is null || (known.Good ? good && !Same(known, answers) : good || !Same(known, answers));

    private static bool Same(WorkloadEvent.Measured known, List<RecordedAnswer> answers) =>
        known.Answers.Count == answers.Count && known.Answers.Zip(answers).All(p => p.First.Check == p.Second.Check && p.First.Measured.SequenceEqual(p.Second.Measured));

    private IEnumerable<CheckDefinition> ChecksOf(ServiceDefinition service) =>
        (parts.Matrix.Current?.Teams ?? []).Where(t => t.Name == service.Team).SelectMany(t => t.Playbooks)
            .SelectMany(p => p.Guards.SameAsAtTarget.Concat(p.Methods.SelectMany(m => m.Steps).SelectMany(s => parts.Catalog.Action(s.Action).Remembers(service, s.Parameters))))
            .DistinctBy(c => CheckKey.Of(service, c));

    [LoggerMessage(Level = LogLevel.Warning, Message = "what {Workload} runs with could not be recorded; tried again after the next soak period")]
    private static partial void LogNotRecorded(ILogger log, string workload, Exception fault);
}
