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

    /// <summary>What whoever changes the service's workload locks.</summary>
    public static string Target(string service) => $"default/deployment/production/{service}";

    private readonly Lock _lock = new();
    // As a cluster numbers them: what is gone back to comes last.
    private readonly Dictionary<string, List<Release>> _releases = Services.ToDictionary(s => s, _ => new List<Release>());
    private readonly HashSet<string> _cameBack = [];
    private readonly HashSet<string> _undone = [];
    private readonly Dictionary<string, string> _switches = [];
    private readonly Queue<Weather> _weather = [];
    private readonly HashSet<string> _busy = [];
    private readonly HashSet<string> _wiped = [];
    private readonly List<string> _violations = [];

    /// <summary>Whether the alert of this fingerprint fires now.</summary>
    public required Func<string, bool> Fires { get; init; }

    public bool CannotBeMeasured { get; set; }

    public bool CannotBeRead { get; set; }

    public bool AlertmanagerIsAway { get; set; }

    /// <summary>What must not be in use is.</summary>
    public bool IsInUse { get; set; }

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
            return _releases[service][^1];
    }

    public void Deploy(string service, bool good)
    {
        lock (_lock)
        {
            _releases[service].Add(new Release($"{service}-v{_releases[service].Count + 1}", good, time.GetUtcNow()));
        }
    }

    /// <summary>A person's own rollback.</summary>
    public void Back(string service)
    {
        lock (_lock)
        {
            GoBack(service, _releases[service][^2].Version);
        }
    }

    /// <summary>What ran before what is live, the newest first.</summary>
    public IReadOnlyList<Release> Earlier(string service)
    {
        lock (_lock)
            return [.. _releases[service].AsEnumerable().Reverse().Skip(1)];
    }

    /// <summary>Whether it was deployed and never gone back to.</summary>
    public bool IsNew(string version)
    {
        lock (_lock)
            return !_cameBack.Contains(version);
    }

    /// <summary>A person says that it was not to blame.</summary>
    public void LetGo(string version)
    {
        lock (_lock)
            _undone.Remove(version);
    }

    private void GoBack(string service, string version)
    {
        var found = _releases[service].First(r => r.Version == version);
        _releases[service].Remove(found);
        _releases[service].Add(found with { At = time.GetUtcNow() });
        _cameBack.Add(version);
    }

    public void Brew(Weather weather)
    {
        lock (_lock)
            _weather.Enqueue(weather);
    }

    public void ClearUp()
    {
        lock (_lock)
            _weather.Clear();
        (CannotBeMeasured, CannotBeRead, AlertmanagerIsAway, IsInUse) = (false, false, false, false);
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
            return (_releases[service][^1].Version == from, _releases[service][^1].Version == to);
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
            if (_undone.Contains(to))
                _violations.Add($"{service} goes back to {to}, which was undone before");
            _undone.Add(_releases[service][^1].Version);
            GoBack(service, to);
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

    /// <summary>Loses what was there for good.</summary>
    /// <param name="use">The rollback and the step: no other may ever do the same again.</param>
    public void Wipe(string use)
    {
        lock (_lock)
        {
            if (!_wiped.Add(use))
                _violations.Add($"{use} wipes twice");
        }
    }

    public bool IsWiped(string use)
    {
        lock (_lock)
            return _wiped.Contains(use);
    }

    public void Violated(string what)
    {
        lock (_lock)
            _violations.Add(what);
    }
}
