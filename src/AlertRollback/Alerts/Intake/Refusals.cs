using System.Globalization;
using System.Net;

namespace AlertRollback.Alerts.Intake;

/// <summary>
/// What the webhook refused lately: only its sender and the log know of it otherwise, and a night of refused messages looks like
/// a quiet one. In memory: Alertmanager sends again what was refused, also after a restart of ours.
/// </summary>
public sealed class Refusals(TimeProvider time)
{
    // Longer than Alertmanager's default group_interval, after which it sends again what was refused once.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(6);

    // What no sending again helps is shown for a day after the last time, and is told as long as it comes every hour.
    private static readonly TimeSpan ShownFor = TimeSpan.FromHours(24);
    private static readonly TimeSpan ToldFor = TimeSpan.FromHours(1);

    // After a start: what was refused before is sent again within this time.
    private static readonly TimeSpan SentAgain = TimeSpan.FromMinutes(15);

    // Who sends alerts sends again; one request of somebody else behind the same address does not.
    private static readonly TimeSpan Insisting = TimeSpan.FromMinutes(1);

    private const int MostSenders = 100;

    private readonly Lock _lock = new();
    private readonly HashSet<IPAddress> _senders = [];
    private readonly SortedDictionary<int, long> _totals = [];
    private readonly DateTimeOffset _begin = time.GetUtcNow();
    private readonly Dictionary<RefusalKind, Refused> _refused = [];
    private bool _hasAccepted;

    /// <summary>To be told of each message that was taken in, or was known: whoever may send can.</summary>
    public void Accepted(IPAddress? sender)
    {
        lock (_lock)
        {
            _refused.Remove(RefusalKind.Unheard);
            _hasAccepted = true;
            if (sender is not null && _senders.Count < MostSenders)
                _senders.Add(sender);
        }
    }

    /// <summary>To be told of each message that was not.</summary>
    /// <param name="isAdmitted">Whether its credential was good: a stranger is no sender of alerts.</param>
    public void Refuse(int status, string text, IPAddress? sender, bool isAdmitted)
    {
        lock (_lock)
        {
            _totals[status] = _totals.GetValueOrDefault(status) + 1;
            var (now, isSender) = (time.GetUtcNow(), isAdmitted || (sender is not null && _senders.Contains(sender)));
            var kind = KindOf(status);
            _refused[kind] = Refused.Again(Lately(kind, ShownFor), now, status, text, sender, isSender);
        }
    }

    /// <summary>For whoever asks: what was refused since a message was last accepted, and within the last day what cannot be accepted at all.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lock)
                return [.. Enum.GetValues<RefusalKind>().Select(kind => Lately(kind, ShownFor)).OfType<Refused>().Select(r => r.ToString())];
        }
    }

    /// <summary>How many were refused since this process began, by the status they were answered with.</summary>
    public IReadOnlyDictionary<int, long> Totals
    {
        get
        {
            lock (_lock)
                return new SortedDictionary<int, long>(_totals);
        }
    }

    /// <summary>
    /// What people have to hear of, null for nothing: a message that cannot be taken in however often it is sent, or that for
    /// minutes nothing was taken in from whoever sends alerts.
    /// </summary>
    /// <param name="nobodyIsKnown">No credential of the webhook can be read: then whoever asks may be the sender.</param>
    public string? Trouble(RefusalKind kind, bool nobodyIsKnown)
    {
        lock (_lock)
            return Lately(kind, ToldFor) is { } r && (kind != RefusalKind.Unheard || Insists(r, nobodyIsKnown)) ? r.ToString() : null;
    }

    /// <summary>Whether messages are taken in again, as far as this process can tell.</summary>
    /// <param name="nobodyIsKnown">As there.</param>
    public bool AreOver(RefusalKind kind, bool nobodyIsKnown)
    {
        lock (_lock)
        {
            return _hasAccepted && time.GetUtcNow() - _begin >= SentAgain
                && (Lately(kind, ToldFor) is not { } r || (kind == RefusalKind.Unheard && Since(r, nobodyIsKnown) is null));
        }
    }

    private static RefusalKind KindOf(int status) => status switch
    {
        StatusCodes.Status400BadRequest => RefusalKind.Unreadable,
        StatusCodes.Status413PayloadTooLarge => RefusalKind.TooLarge,
        _ => RefusalKind.Unheard,
    };

    private bool Insists(Refused refused, bool nobodyIsKnown) =>
        Since(refused, nobodyIsKnown) is { } since && time.GetUtcNow() - since >= Patience && refused.At - since >= Insisting;

    private static DateTimeOffset? Since(Refused refused, bool nobodyIsKnown) => nobodyIsKnown ? refused.Since : refused.SenderSince;

    // Whoever is not let in is so until a message of theirs is taken in, however long ago the last one was.
    private Refused? Lately(RefusalKind kind, TimeSpan within) =>
        _refused.GetValueOrDefault(kind) is { } r && (kind == RefusalKind.Unheard || time.GetUtcNow() - r.At < within) ? r : null;

    /// <param name="SenderSince">Since when one of those that send alerts is among them; null: none is.</param>
    private sealed record Refused(DateTimeOffset Since, DateTimeOffset? SenderSince, DateTimeOffset At, int Count, int Status, string Text, IPAddress? Sender)
    {
        public static Refused Again(Refused? before, DateTimeOffset now, int status, string text, IPAddress? sender, bool isSender) => new(
            before?.Since ?? now, before?.SenderSince ?? (isSender ? now : null), now, (before?.Count ?? 0) + 1, status, text, sender is { IsIPv4MappedToIPv6: true } ? sender.MapToIPv4() : sender);

        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture,
            $"{Count} message{(Count == 1 ? "" : "s")} refused since {Moment.WholeMinute(Since)} UTC, the last at {Moment.WholeMinute(At)} from {Sender?.ToString() ?? "an unknown sender"} with {Status}: {Text}");
    }
}
