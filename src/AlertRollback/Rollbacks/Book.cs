using System.Collections.Immutable;
using AlertRollback.Matrix;

namespace AlertRollback.Rollbacks;

/// <summary>One piece of news that concerns everybody: a <see cref="GlobalEvent"/>, or an alert message that cannot be read.</summary>
public sealed record News(long Sequence, DateTimeOffset At, object Event)
{
    private const string Family = "news/";

    public string StreamName => $"{Family}{Sequence}";

    public static bool IsNews(string stream) => stream.StartsWith(Family, StringComparison.Ordinal);
}

/// <summary>
/// Everything the journal says, folded: one immutable picture. Decisions that must not race (locks, limits, withdrawing
/// before the first write) are made on one such picture and appended before anyone sees the next (<see cref="Chronicle"/>).
/// </summary>
public sealed record Book
{
    public const string AlertsStream = "alerts";
    public const string GlobalStream = "global";
    public const int RecentAlerts = 500;
    private const int RecentNews = 100;

    public static readonly Book Empty = new();

    public long Sequence { get; init; }
    public GlobalState Global { get; init; } = new();
    public ImmutableSortedDictionary<string, RollbackState> Rollbacks { get; init; } = ImmutableSortedDictionary<string, RollbackState>.Empty.WithComparers(StringComparer.Ordinal);
    public ImmutableDictionary<string, WorkloadKnowledge> Workloads { get; init; } = ImmutableDictionary<string, WorkloadKnowledge>.Empty;
    public ImmutableSortedDictionary<string, TaskState> Tasks { get; init; } = ImmutableSortedDictionary<string, TaskState>.Empty.WithComparers(StringComparer.Ordinal);

    /// <summary>The newest alerts that led to nothing, newest last; the journal has them all.</summary>
    public ImmutableQueue<(DateTimeOffset At, AlertEvent Event)> NotActedOn { get; init; } = [];

    /// <summary>The newest news, newest last; the journal has it all.</summary>
    public ImmutableList<News> LatestNews { get; init; } = [];

    private int NotActedOnCount { get; init; }

    public IEnumerable<RollbackState> Open => Rollbacks.Values.Where(r => r.IsOpen);

    /// <summary>Open rollbacks that hold locks: from their first write until they are closed (S13).</summary>
    public IEnumerable<RollbackState> Acting => Open.Where(r => r is { HasActed: true, ChangesNothing: false });

    /// <summary>What took over when that one failed; null: nothing did.</summary>
    public RollbackState? TookOver(RollbackState failed) => failed.HandedOver is { } over ? Rollbacks.GetValueOrDefault(over.Id) : null;

    /// <summary>The alerts that fire now, as far as they called for a rollback or gave a task, each with its service.</summary>
    public IEnumerable<(ServiceDefinition Service, Cause Cause)> Firing(DateTimeOffset now) =>
        Rollbacks.Values.Where(r => r.EpisodeLastsAt(now)).SelectMany(r => r.FiringCauses.Select(c => (r.Service, c)))
            .Concat(Tasks.Values.Where(t => t.IsOpen).SelectMany(t => t.FiringCauses.Select(c => (t.Given.Service, c))));

    /// <summary>Whether something is the matter with such a service: a rollback that is not over, or a task whose alert fires.</summary>
    public bool IsCalledFor(Func<ServiceDefinition, bool> service, DateTimeOffset now) =>
        Rollbacks.Values.Any(r => !r.AllResolved && r.EpisodeLastsAt(now) && service(r.Service))
        || Tasks.Values.Any(t => t is { IsOpen: true, StillFires: true } && service(t.Given.Service));

    /// <summary>What a service runs in, as far as another release has taken its place there since.</summary>
    /// <param name="container">The address of its container; null: it has none.</param>
    public IEnumerable<WorkloadKnowledge> DeployedSince(ServiceDefinition service, string? container, DateTimeOffset since) => Workloads.Values
        .Where(w => w.Current is { } current && (current.Workload == service.Workload?.Address || current.Workload == container) && w.ChangedBy > since);

    public WorkloadKnowledge Knowledge(string uid) => Workloads.GetValueOrDefault(uid) ?? new WorkloadKnowledge(uid);

    public Book Apply(Storage.StoredEvent stored)
    {
        var next = this with { Sequence = stored.Sequence };
        var slash = stored.Stream.IndexOf('/', StringComparison.Ordinal);
        var family = slash < 0 ? stored.Stream : stored.Stream[..slash];
        var id = stored.Stream[(slash + 1)..];
        return family switch
        {
            "rollback" when EventJson.FromStore<RollbackEvent>(stored) is { } e => next.Apply(id, stored, e),
            "workload" when EventJson.FromStore<WorkloadEvent>(stored) is { } e => next with { Workloads = Workloads.SetItem(id, Knowledge(id).Apply(stored.At, e)) },
            "task" when EventJson.FromStore<TaskEvent>(stored) is { } e => next.Apply(id, stored, e),
            GlobalStream when EventJson.FromStore<GlobalEvent>(stored) is { } e => (next with { Global = Global.Apply(stored.At, e) }).Report(stored, e),
            AlertsStream when EventJson.FromStore<AlertEvent>(stored) is { } e => next.Remember(stored, e),
            _ => next,
        };
    }

    /// <summary>What others than <paramref name="id"/> hold of these locks; null: nothing (S13).</summary>
    public HeldLocks? Held(IReadOnlyList<string> locks, string id) => Acting.Where(r => r.Id != id && !LetsIn(r, id))
        .Select(r => new HeldLocks(r.Id, [.. r.Locks.Intersect(locks)])).FirstOrDefault(h => h.Locks.Count > 0);

    // What was started together is to go side by side: a service must not stay on the bad release until another one's watch
    // is over. Nor does a watch keep out the person who ends it, here or elsewhere. Both never write at once.
    private bool LetsIn(RollbackState holder, string id) =>
        (holder.Phase != Phase.Acting && AreTogether(holder.Id, id)) || Rollbacks.GetValueOrDefault(id)?.CutsShort(holder) == true;

    /// <summary>Whether a person started both at once, for several services.</summary>
    public bool AreTogether(string one, string other) =>
        Rollbacks.GetValueOrDefault(one)?.Manual?.Group is { } group && Rollbacks.GetValueOrDefault(other)?.Manual?.Group == group;

    private Book Apply(string id, Storage.StoredEvent stored, RollbackEvent e)
    {
        var state = e is RollbackEvent.Proposed first
            ? RollbackState.From(stored.Sequence, stored.At, first)
            : Rollbacks.GetValueOrDefault(id)?.Apply(stored.Sequence, stored.At, e);
        return state is null ? this : this with { Rollbacks = Rollbacks.SetItem(id, state) };
    }

    private Book Apply(string id, Storage.StoredEvent stored, TaskEvent e)
    {
        var state = e is TaskEvent.Given first
            ? new TaskState(first, stored.At, stored.Sequence)
            : Tasks.GetValueOrDefault(id)?.Apply(stored.Sequence, stored.At, e);
        return state is null ? this : this with { Tasks = Tasks.SetItem(id, state) };
    }

    private Book Remember(Storage.StoredEvent stored, AlertEvent e)
    {
        var next = NotActedOnCount < RecentAlerts
            ? this with { NotActedOn = NotActedOn.Enqueue((stored.At, e)), NotActedOnCount = NotActedOnCount + 1 }
            : this with { NotActedOn = NotActedOn.Dequeue().Enqueue((stored.At, e)) };
        return e is AlertEvent.Unreadable ? next.Report(stored, e) : next;
    }

    private Book Report(Storage.StoredEvent stored, object e)
    {
        var news = LatestNews.Count < RecentNews ? LatestNews : LatestNews.RemoveAt(0);
        return this with { LatestNews = news.Add(new News(stored.Sequence, stored.At, e)) };
    }
}

/// <summary>Locks that another rollback holds.</summary>
/// <param name="By">Its id.</param>
public sealed record HeldLocks(string By, IReadOnlyList<string> Locks)
{
    public override string ToString() => $"{By} holds {string.Join(", ", Locks)}";
}
