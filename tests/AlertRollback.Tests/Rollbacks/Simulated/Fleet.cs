namespace AlertRollback.Tests.Rollbacks.Simulated;

/// <summary>How the next write goes.</summary>
internal enum Weather
{
    Fair,

    /// <summary>It is made, and nobody hears of it.</summary>
    AnswerLost,

    /// <summary>The API says no and nothing is made.</summary>
    Away,

    /// <summary>A measured failure.</summary>
    Failing,

    /// <summary>A bug.</summary>
    Throwing,

    /// <summary>It takes minutes until it is made.</summary>
    Slow,
}

/// <summary>A release of a service.</summary>
internal sealed record Release(string Version, bool Good, DateTimeOffset At);

/// <summary>The world outside: which release runs where, which alerts fire. Asked and changed by many threads.</summary>
internal sealed class Fleet(TimeProvider time)
{
    public static readonly IReadOnlyList<string> Services = ["api", "web", "worker"];

    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<Release>> _releases = Services.ToDictionary(s => s, _ => new List<Release>());
    private readonly Dictionary<string, Release> _live = [];
    private readonly HashSet<string> _quarantined = [];
    private readonly Dictionary<string, string> _switches = [];
    private readonly Queue<Weather> _weather = [];
    private readonly HashSet<string> _busy = [];
    private readonly List<string> _violations = [];

    /// <summary>Whether the alert of this fingerprint fires now.</summary>
    public required Func<string, bool> Fires { get; init; }

    public bool CannotBeMeasured { get; set; }

    public bool CannotBeRead { get; set; }

    public bool AlertmanagerIsAway { get; set; }

    public IReadOnlyList<string> Violations
    {
        get
        {
            lock (_lock)
                return [.. _violations];
        }
    }

    public Release Live(string service)
    {
        lock (_lock)
            return _live[service];
    }

    public void Deploy(string service, bool good)
    {
        lock (_lock)
        {
            var release = new Release($"{service}-v{_releases[service].Count + 1}", good, time.GetUtcNow());
            _releases[service].Add(release);
            _live[service] = release;
        }
    }

    /// <summary>A person's own rollback.</summary>
    public void Back(string service)
    {
        lock (_lock)
        {
            if (Before(service) is { } before)
                _live[service] = before with { At = time.GetUtcNow() };
        }
    }

    /// <summary>Where to go back to; null: nowhere.</summary>
    public Release? Target(string service)
    {
        lock (_lock)
            return Before(service);
    }

    private Release? Before(string service) =>
        _releases[service].TakeWhile(r => r.Version != _live[service].Version).LastOrDefault(r => !_quarantined.Contains(r.Version));

    public void Brew(Weather weather)
    {
        lock (_lock)
            _weather.Enqueue(weather);
    }

    public void ClearUp()
    {
        lock (_lock)
            _weather.Clear();
        (CannotBeMeasured, CannotBeRead, AlertmanagerIsAway) = (false, false, false);
    }

    public Weather Next()
    {
        lock (_lock)
            return _weather.TryDequeue(out var next) ? next : Weather.Fair;
    }

    /// <summary>Whether the release that a plan is about is there, or its target already.</summary>
    public (bool IsFrom, bool IsTo) Look(string service, string from, string to)
    {
        lock (_lock)
            return (_live[service].Version == from, _live[service].Version == to);
    }

    /// <summary>Notes that one run works on a service, and that another does already.</summary>
    public void Enter(string service, string run)
    {
        lock (_lock)
        {
            if (!_busy.Add(service))
                _violations.Add($"{run} works on {service} while another does");
        }
    }

    public void Leave(string service)
    {
        lock (_lock)
            _busy.Remove(service);
    }

    public void Undo(string service, string to)
    {
        lock (_lock)
        {
            _quarantined.Add(_live[service].Version);
            _live[service] = _releases[service].First(r => r.Version == to) with { At = time.GetUtcNow() };
        }
    }

    public string Switch(string name)
    {
        lock (_lock)
            return _switches.GetValueOrDefault(name, "off");
    }

    public void Turn(string name, string value)
    {
        lock (_lock)
            _switches[name] = value;
    }

    public void Violated(string what)
    {
        lock (_lock)
            _violations.Add(what);
    }
}
