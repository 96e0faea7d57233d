using System.Collections.Immutable;

namespace AlertRollback.Rollbacks;

/// <summary>What the journal knows of one workload's revisions, by template digest. A fold over <see cref="WorkloadEvent"/>s.</summary>
public sealed record WorkloadKnowledge(string Uid)
{
    // More revisions than a cluster keeps by itself (revisionHistoryLimit is 10).
    private const int KeptRecords = 12;

    public WorkloadEvent.BecameCurrent? Current { get; init; }
    public ImmutableDictionary<string, WorkloadEvent.KnownGood> Good { get; init; } = ImmutableDictionary<string, WorkloadEvent.KnownGood>.Empty;

    /// <summary>Since when each digest of <see cref="Good"/> is known to be good.</summary>
    public ImmutableDictionary<string, DateTimeOffset> GoodSince { get; init; } = ImmutableDictionary<string, DateTimeOffset>.Empty;

    /// <summary>Whether it lasted or not: see <see cref="QuarantineAt"/>.</summary>
    public ImmutableDictionary<string, WorkloadEvent.Quarantined> Quarantine { get; init; } = ImmutableDictionary<string, WorkloadEvent.Quarantined>.Empty;

    /// <summary>The newest last.</summary>
    public ImmutableList<WorkloadEvent.Measured> Measured { get; init; } = [];

    public static string Stream(string uid) => $"workload/{uid}";

    /// <summary>The quarantine of a revision, as far as it lasts at this time.</summary>
    public WorkloadEvent.Quarantined? QuarantineAt(string digest, DateTimeOffset now) =>
        Quarantine.GetValueOrDefault(digest) is { } found && !(found.Until <= now) ? found : null;

    /// <summary>What the checks answered while a revision ran; null when that was not recorded.</summary>
    public WorkloadEvent.Measured? MeasuredAt(string digest) => Measured.FirstOrDefault(m => m.Digest == digest);

    public WorkloadKnowledge Apply(DateTimeOffset at, WorkloadEvent e) => e switch
    {
        WorkloadEvent.BecameCurrent x => this with { Current = x },
        WorkloadEvent.KnownGood x => this with { Good = Good.SetItem(x.Digest, x), GoodSince = GoodSince.ContainsKey(x.Digest) ? GoodSince : GoodSince.Add(x.Digest, at) },
        WorkloadEvent.Quarantined x => this with { Quarantine = Quarantine.SetItem(x.Digest, x) },
        WorkloadEvent.Measured x => this with { Measured = Newest(Measured, x, m => m.Digest, m => m.Good) },
        _ => this,
    };

    // What was recorded of a good time is not overwritten by what is there when the revision is only taken back to.
    private static ImmutableList<T> Newest<T>(ImmutableList<T> records, T newest, Func<T, string> digest, Func<T, bool> good)
    {
        var known = records.FindIndex(r => digest(r) == digest(newest));
        if (known >= 0 && good(records[known]) && !good(newest))
            return records;
        var others = known >= 0 ? records.RemoveAt(known) : records.Count >= KeptRecords ? records.RemoveAt(0) : records;
        return others.Add(newest);
    }
}
