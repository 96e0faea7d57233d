using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using AlertRollback.Alerts;
using AlertRollback.Kubernetes;
using AlertRollback.Matrix;

namespace AlertRollback.Rollbacks.Running;

/// <summary>
/// One receipt's way into the book: every alert becomes a new rollback, a cause of a running one, a task, a resolution or
/// a recorded "not acted on, because …". Works on its own picture, so that alerts of one message see each other. Pure.
/// </summary>
internal sealed partial class Dispatching(Book book, DateTimeOffset now, Func<LabelSet, Decision> decide, RecordedAlerts? recorded = null)
{
    private const int LongestSummary = 300;

    // Clocks that are kept in time differ by less.
    private static readonly TimeSpan LongestAhead = TimeSpan.FromMinutes(1);

    // A firing outlasts its episode: what is decided of it on the next day has to know since when it fires, and hear that it ended.
    private static readonly TimeSpan LongestMemory = 2 * RollbackState.LongestEpisode;

    /// <summary>The address by which the container of a service is remembered; null: it has none.</summary>
    public Func<ServiceDefinition, string?> ContainerOf { get; init; } = _ => null;

    /// <summary>Whether the matrix lets a team only plan.</summary>
    public Func<string, bool> OnlyPlans { get; init; } = _ => false;

    /// <summary>From when on what was said while nobody was there has arrived; before it an alert may have resolved unheard.</summary>
    public DateTimeOffset HeardFrom { get; init; } = DateTimeOffset.MinValue;

    private readonly Dictionary<string, RollbackState> _rollbacks = new(
        book.Rollbacks.Values.Where(r => r.IsOpen || (now - r.ClosedAt < LongestMemory && r.StillFires)).Select(r => KeyValuePair.Create(r.Id, r)));

    private readonly Dictionary<string, TaskState> _tasks = new(
        book.Tasks.Values.Where(t => t.IsOpen || t.StillFires).Select(t => KeyValuePair.Create(t.Given.Id, t)));

    private readonly List<Entry> _entries = [];

    // Since when it fired, of what resolved just now.
    private readonly Lazy<Dictionary<string, DateTimeOffset>> _justResolved = new(() => JustResolved(book, now));

    public IReadOnlyList<Entry> Dispatch(long receipt, DateTimeOffset receivedAt, WebhookMessage message)
    {
        var firing = new Queue<(Alert Alert, Decision Decision)>(StrongestFirst(message));
        foreach (var alert in message.Alerts)
        {
            if (alert.Status == AlertStatus.Resolved)
                Resolve(alert, receivedAt);
            else if (firing.Dequeue() is var (fires, decision) && CauseOf(fires, message, receivedAt) is var cause)
                Fire($"{receipt}", cause with { MayBeLate = MayBeLate(cause) }, fires.Labels, decision);
        }

        DecideWhatLostItsRow(message);
        return _entries;
    }

    // A weaker row's run that is begun first gives way to a stronger row's, and would be begun once more by the next of its alerts.
    private IEnumerable<(Alert Alert, Decision Decision)> StrongestFirst(WebhookMessage message) =>
        message.Alerts.Where(a => a.Status != AlertStatus.Resolved).Select(a => (a, decide(a.Labels)))
            .OrderBy(d => d.Item2 is Decision.Act act ? act.Row.Rank : int.MaxValue);

    /// <summary>
    /// While there is no matrix to decide by: that alerts resolved is heard all the same, for what they called for may be about
    /// to begin (S12). Nothing comes of hearing it again when the receipt is decided.
    /// </summary>
    public static IReadOnlyList<Entry> Resolutions(Book book, DateTimeOffset now, DateTimeOffset receivedAt, WebhookMessage message)
    {
        var dispatching = new Dispatching(book, now, _ => throw new InvalidOperationException("a resolution needs no decision"));
        foreach (var alert in message.Alerts.Where(a => a.Status == AlertStatus.Resolved))
            dispatching.Resolve(alert, receivedAt);
        return dispatching._entries;
    }

    /// <summary>An alert that resolved and is delivered again as it was: Prometheus was only away for a while, or it is a late copy.</summary>
    public IReadOnlyList<Entry> FireAgain(Cause cause, DateTimeOffset resolvedAt, DateTimeOffset heardAt)
    {
        var (seed, again) = ($"again {heardAt.ToUnixTimeSeconds()}", cause with { ReceivedAt = heardAt, MayBeLate = heardAt <= resolvedAt + Dispatcher.LateCopies });
        switch (decide(LabelSet.Of(cause.Labels)))
        {
            case Decision.Act act:
                Act(seed, act, again, isAgain: true);
                break;

            // Nobody asks before a task is given whether a late copy has gone: it is waited for until it is heard of once more.
            case Decision.GiveTask give when !again.MayBeLate:
                GiveTask(seed, give, again, isAgain: true);
                break;
        }

        return _entries;
    }

    /// <summary>
    /// What gave way to stronger rows that were called off, ended quietly, or did not mend it, is decided after all; what a reload closed, as soon as a matrix has a
    /// row for it again.
    /// </summary>
    public IReadOnlyList<Entry> DecideWhatGaveWay()
    {
        foreach (var (over, cause) in GaveWay.InVain(book, now, HeardFrom))
        {
            // It fires on: what an earlier run has done about it is not done a second time, whatever stood for it since.
            if (decide(LabelSet.Of(cause.Labels)) is Decision.Act act)
                Act($"after {over.Id}", act, cause, isAgain: false);
        }

        return _entries;
    }

    /// <param name="seed">What makes ids of one occasion differ from those of another.</param>
    private void Fire(string seed, Cause cause, LabelSet labels, Decision decision)
    {
        EndEarlier(cause);
        switch (decision)
        {
            case Decision.Act act:
                Act(seed, act, cause, isAgain: false);
                break;
            case Decision.GiveTask give:
                GiveTask(seed, give, cause, isAgain: false);
                break;
            case Decision.DoNothing nothing:
                Record(new AlertEvent.NotActedOn(
                    cause.Fingerprint, cause.AlertName, nothing.Team, labels["service"], nothing.Row?.Name, nothing.Reason, nothing.Text)
                {
                    StartsAt = cause.StartsAt == cause.ReceivedAt ? null : cause.StartsAt,
                });
                break;
        }
    }

    // Each change of a group brings all its alerts again, and of those that led to nothing that says nothing new.
    private void Record(AlertEvent.NotActedOn e)
    {
        if (recorded?.Has(e, now) != true)
            _entries.Add(Entry.Of(e));
    }

    private void Act(string seed, Decision.Act act, Cause cause, bool isAgain)
    {
        WithdrawCalledOff(act, cause);
        if (_rollbacks.Values.Where(r => BelongsTo(r, act) && !IsNewsTo(r, cause)).MaxBy(r => r.ProposedAt) is { } episode)
        {
            Attach(episode, act.Service, cause, isAgain);
            return;
        }

        if (!isAgain && book.Rollbacks.Values.Any(r => HasActedOn(r, act, cause)))
            return;

        foreach (var weaker in _rollbacks.Values.Where(r => IsReplacedBy(r, act)).ToList())
        {
            Add(weaker, new RollbackEvent.Closed(
                Outcome.Replaced, Reason.ReplacedByStrongerRow, $"\"{act.Row.Name}\" is the stronger row and takes over"));
        }

        var id = NewId(act.Service.Name, $"{seed}/{cause.Fingerprint}/{act.Row.Name}");
        var proposed = new RollbackEvent.Proposed(id, act.Row, act.Service, act.Severity, act.Playbook, act.Row.Shadow, act.Text, cause) { DueSince = DueSince(cause) };
        _entries.Add(new Entry(RollbackState.Stream(id), proposed));
        _rollbacks[id] = RollbackState.From(0, now, proposed);
    }

    private void Attach(RollbackState episode, ServiceDefinition service, Cause cause, bool isAgain)
    {
        var known = episode.Knows(cause.Fingerprint) ? episode.Causes.First(c => c.Fingerprint == cause.Fingerprint) : null;
        if (known is null || ((isAgain || cause.IsLaterThan(known)) && episode.ResolvedAt.ContainsKey(cause.Fingerprint)))
            Add(episode, new RollbackEvent.CauseAttached(cause) { Service = service.Name == episode.Service.Name ? null : service.Name });
    }

    // A late resolution of an earlier firing must not resolve the one that fires now.
    private void Resolve(Alert alert, DateTimeOffset receivedAt)
    {
        foreach (var rollback in _rollbacks.Values.Where(r => Fires(r.Causes, r.ResolvedAt.ContainsKey, alert)).ToList())
            Add(rollback, new RollbackEvent.CauseResolved(alert.Fingerprint, alert.EndsAt) { HeardAt = receivedAt < now ? receivedAt : null });
        foreach (var task in _tasks.Values.Where(t => Fires(t.Causes, t.ResolvedAt.ContainsKey, alert)).ToList())
            Add(task, new TaskEvent.CauseResolved(alert.Fingerprint));
    }

    // Another row's alert that joined asks for its own row's approval and window: it must not keep alive what that row would
    // not do. What has written goes on, whoever asked for it.
    private void DecideWhatLostItsRow(WebhookMessage message)
    {
        var resolved = message.Alerts.Where(a => a.Status == AlertStatus.Resolved).Select(a => a.Fingerprint).ToHashSet(StringComparer.Ordinal);
        foreach (var lost in _rollbacks.Values
            .Where(r => r is { IsOpen: true, HasActed: false, StillFires: true, Manual: null, After: null } && resolved.Any(r.Knows) && !r.FiringCauses.Any(c => IsOfItsRow(r, c))).ToList())
        {
            Add(lost, new RollbackEvent.Closed(
                Outcome.Withdrawn, Reason.Resolved, $"every alert of \"{lost.Row.Name}\" resolved before anything was changed; those of other rows are decided by their own"));
            foreach (var cause in lost.FiringCauses)
                Fire($"anew {lost.Id}", cause, LabelSet.Of(cause.Labels), decide(LabelSet.Of(cause.Labels)));
        }
    }

    private bool IsOfItsRow(RollbackState r, Cause cause) => decide(LabelSet.Of(cause.Labels)) is Decision.Act act && IsOfRow(r, act.Row);

    private void Add(RollbackState rollback, RollbackEvent e)
    {
        _entries.Add(Entry.Of(rollback, e));
        _rollbacks[rollback.Id] = rollback.Apply(0, now, e);
    }

    // Derived, not random: a receipt that is decided a second time after a crash gives the same id.
    private string NewId(string service, string seed)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(seed)))[..6];
        return string.Create(CultureInfo.InvariantCulture, $"{service}-{now:yyyyMMdd-HHmm}-{hash}");
    }

    private Cause CauseOf(Alert alert, WebhookMessage message, DateTimeOffset receivedAt)
    {
        var (since, said) = FiringSince(alert, receivedAt);
        return new Cause(
            alert.Fingerprint,
            alert.Name,
            alert.Labels,
            Clip(alert.Annotations["summary"]),
            since,
            receivedAt,
            alert.GeneratorUrl.Length == 0 ? null : alert.GeneratorUrl,
            string.IsNullOrEmpty(message.ExternalUrl) ? null : message.ExternalUrl)
        {
            SaidToStartAt = said,
        };
    }

    // No alert begins long after it was heard of. Who does not say since when it fires, or by a clock that runs ahead, is taken to say so
    // from the first time on: a release that came later is not its cause.
    private (DateTimeOffset Since, DateTimeOffset? Said) FiringSince(Alert alert, DateTimeOffset receivedAt)
    {
        if (alert.StartsAt == DateTimeOffset.MinValue)
            return (Firing(alert.Fingerprint).Min(c => (DateTimeOffset?)c.StartsAt) ?? receivedAt, null);
        if (_saidToStart.Value.TryGetValue((alert.Fingerprint, alert.StartsAt), out var since))
            return (since, alert.StartsAt);
        return alert.StartsAt > receivedAt + LongestAhead ? (receivedAt, alert.StartsAt) : (alert.StartsAt, null);
    }

    // What a task was given for that is done is the same for as long as an episode lasts, as it may never be said that it resolved.
    private IEnumerable<Cause> Firing(string fingerprint) => _rollbacks.Values.Where(r => r.Knows(fingerprint)).SelectMany(r => r.FiringCauses)
        .Concat(_tasks.Values.Where(t => t.IsOpen || now - t.At < RollbackState.LongestEpisode).SelectMany(t => t.FiringCauses))
        .Where(c => c.Fingerprint == fingerprint);

    private static string? Clip(string text) => text.Length == 0 ? null : Clipped.Head(text, LongestSummary);
}
