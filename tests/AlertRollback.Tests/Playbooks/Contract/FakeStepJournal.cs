using System.Text.Json.Nodes;
using AlertRollback.Playbooks;

namespace AlertRollback.Tests.Playbooks.Contract;

/// <summary>Keeps a step's marks in memory; writing is allowed until <see cref="Stop"/> says why not.</summary>
internal sealed class FakeStepJournal : IStepJournal
{
    private readonly Dictionary<string, JsonObject> _marks = [];

    public IReadOnlyDictionary<string, JsonObject> Marks => _marks;

    /// <summary>Those of the marks that only come before a write.</summary>
    public HashSet<string> Prepared { get; } = [];

    public StepOutcome? Stop { get; set; }

    public List<(string Role, string Text)> Pages { get; } = [];

    public List<string> Progress { get; } = [];

    /// <summary>Writing stops only from this mark on; null: at once.</summary>
    public string? StopsAfter { get; set; }

    /// <summary>Happens whenever it is asked whether a write may be made.</summary>
    public Action BeforeWrite { get; set; } = () => { };

    public StepOutcome? MayWrite()
    {
        BeforeWrite();
        return StopsAfter is null || _marks.ContainsKey(StopsAfter) ? Stop : null;
    }

    public Task MarkAsync(string name, JsonObject data, string text, CancellationToken cancellation)
    {
        _marks[name] = data;
        return Task.CompletedTask;
    }

    public Task PrepareAsync(string name, JsonObject data, string text, CancellationToken cancellation)
    {
        Prepared.Add(name);
        return MarkAsync(name, data, text, cancellation);
    }

    public string? Unheard { get; init; }

    public Task<string?> PageAsync(string role, string text, CancellationToken cancellation)
    {
        Pages.Add((role, text));
        return Task.FromResult(Unheard);
    }

    public Task ProgressAsync(int percent, string text, CancellationToken cancellation)
    {
        Progress.Add(text);
        return Task.CompletedTask;
    }
}

/// <summary>A ledger without a memory.</summary>
internal sealed class FakeRevisionLedger : IRevisionLedger
{
    public bool IsQuarantined(string uid, string digest) => false;

    public bool IsKnownGood(string uid, string digest) => false;

    public IReadOnlyCollection<string> KnownGood(string uid) => [];

    /// <summary>When each digest was seen to become current.</summary>
    public Dictionary<string, DateTimeOffset> BecameCurrent { get; } = [];

    public DateTimeOffset? BecameCurrentAt(string uid, string digest) => BecameCurrent.TryGetValue(digest, out var at) ? at : null;

    /// <summary>The images that were rolled back from.</summary>
    public List<string> Quarantined { get; } = [];

    /// <summary>The controller's number that each digest was seen with.</summary>
    public Dictionary<string, long> Numbers { get; } = [];

    public long NumberSeen(string uid, string digest) => Numbers.GetValueOrDefault(digest);

    /// <summary>When the workload was taken away from what it ran.</summary>
    public List<LeftTime> Left { get; } = [];

    public IReadOnlyList<LeftTime> TimesLeft(string workload) => Left;

    public Task<string?> QuarantineAsync(string uid, string workload, string digest, IReadOnlyList<string> images, string rollbackId, CancellationToken cancellation)
    {
        Quarantined.AddRange(images);
        return Task.FromResult<string?>(null);
    }
}

/// <summary>Says of every revision that it ran with one configuration.</summary>
internal sealed class FakeConfigurationLedger(RecordedConfiguration? recorded = null) : IConfigurationLedger
{
    public static readonly byte[] Salt = [1, 2, 3];

    public RecordedConfiguration? ConfigurationAt(string uid, string digest) => recorded;

    public Task<byte[]> SaltAsync(CancellationToken cancellation) => Task.FromResult(Salt);
}
