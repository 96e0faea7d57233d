using System.Collections.Immutable;
using AlertRollback.Playbooks;

namespace AlertRollback.Rollbacks;

/// <summary>What the journal knows of one workload's revisions, by template digest. A fold over <see cref="WorkloadEvent"/>s.</summary>
public sealed record WorkloadKnowledge(string Uid)
{
    // More revisions than a cluster keeps by itself (revisionHistoryLimit is 10).
    private const int KeptRecords = 12;

    public WorkloadEvent.BecameCurrent? Current { get; init; }
    public ImmutableDictionary<string, WorkloadEvent.KnownGood> Good { get; init; } = ImmutableDictionary<string, WorkloadEvent.KnownGood>.Empty;

    /// <summary>Since when each digest of <see cref="Good"/> is known to be good; anew after it was rolled back from.</summary>
    public ImmutableDictionary<string, DateTimeOffset> GoodSince { get; init; } = ImmutableDictionary<string, DateTimeOffset>.Empty;

    /// <summary>Whether it lasted or not: see <see cref="QuarantineAt"/>.</summary>
    public ImmutableDictionary<string, WorkloadEvent.Quarantined> Quarantine { get; init; } = ImmutableDictionary<string, WorkloadEvent.Quarantined>.Empty;

    /// <summary>Rolled back from in a storm, and left out of quarantine.</summary>
    public ImmutableDictionary<string, WorkloadEvent.QuarantineWithheld> Withheld { get; init; } = ImmutableDictionary<string, WorkloadEvent.QuarantineWithheld>.Empty;

    /// <summary>What must not be gone back to although its images are not to blame.</summary>
    public ImmutableDictionary<string, WorkloadEvent.Barred> Barred { get; init; } = ImmutableDictionary<string, WorkloadEvent.Barred>.Empty;

    /// <summary>What was current before, the newest last; each digest once.</summary>
    public ImmutableList<WorkloadEvent.BecameCurrent> Earlier { get; init; } = [];

    /// <summary>When each digest was rolled back from last, and where, whether it is in quarantine or not.</summary>
    public ImmutableDictionary<string, Leaving> Left { get; init; } = ImmutableDictionary<string, Leaving>.Empty;

    /// <summary>
    /// By when the current release had taken another one's place: when it did, or, where nobody watched, when that was seen. Null:
    /// it is the first that was seen.
    /// </summary>
    public DateTimeOffset? ChangedBy { get; init; }

    /// <summary>Whether the current revision was seen complete.</summary>
    public bool CurrentIsComplete { get; init; }

    // A rollback that is taken up again after a crash must not quarantine what a person let go meanwhile. The first that was left is the first here.
    private ImmutableList<(string Digest, string RollbackId)> Judged { get; init; } = [];

    private ImmutableHashSet<(string Digest, string RollbackId)> EverBarred { get; init; } = [];

    /// <summary>Whether this rollback barred the revision before, whether that lasts or not.</summary>
    public bool WasBarredBy(string digest, string rollbackId) => EverBarred.Contains((digest, rollbackId));

    /// <summary>Whether it was decided already what this rollback means for the revision's quarantine.</summary>
    public bool IsJudged(string digest, string rollbackId) => Judged.Contains((digest, rollbackId));

    /// <summary>Whether this rollback, or the one that it took over from and is named after, went away from the revision.</summary>
    public bool WasLeftBy(string digest, string rollbackId) =>
        Judged.Any(j => j.Digest == digest && RollbackIds.IsOwn(rollbackId, j.RollbackId));

    /// <summary>The revision that the same went away from first; null: from none.</summary>
    public string? FirstLeftBy(string rollbackId) => Judged.Find(j => RollbackIds.IsOwn(rollbackId, j.RollbackId)).Digest;

    /// <summary>Whether it was seen to be good since it was last rolled back from, if it ever was.</summary>
    public bool IsGoodSinceLeft(string digest) => GoodSince.TryGetValue(digest, out var good) && !(Left.GetValueOrDefault(digest)?.At >= good);

    /// <summary>The newest last.</summary>
    public ImmutableList<WorkloadEvent.Measured> Measured { get; init; } = [];

    /// <summary>The newest last.</summary>
    public ImmutableList<WorkloadEvent.ConfigurationSeen> Configurations { get; init; } = [];

    /// <summary>A revision that is or was current; null when it was not seen, or long ago.</summary>
    public WorkloadEvent.BecameCurrent? Seen(string digest) => Current?.Digest == digest ? Current : Earlier.LastOrDefault(e => e.Digest == digest);

    public static string Stream(string uid) => $"workload/{uid}";

    /// <summary>The quarantine of a revision, as far as it lasts at this time.</summary>
    public WorkloadEvent.Quarantined? QuarantineAt(string digest, DateTimeOffset now) =>
        Quarantine.GetValueOrDefault(digest) is { } found && !(found.Until <= now) ? found : null;

    /// <summary>What the checks answered while a revision ran; null when that was not recorded.</summary>
    public WorkloadEvent.Measured? MeasuredAt(string digest) => Measured.FirstOrDefault(m => m.Digest == digest);

    /// <summary>What a revision ran with; null when that was not recorded.</summary>
    public WorkloadEvent.ConfigurationSeen? ConfigurationAt(string digest) => Configurations.FirstOrDefault(c => c.Digest == digest);

    public WorkloadKnowledge Apply(DateTimeOffset at, WorkloadEvent e) => e switch
    {
        WorkloadEvent.BecameCurrent x => this with { Current = x, ChangedBy = Changed(at, x), CurrentIsComplete = CurrentIsComplete && x.Digest == Current?.Digest, Earlier = Before(x) },
        WorkloadEvent.Completed x => this with { CurrentIsComplete = x.Digest == Current?.Digest },
        WorkloadEvent.KnownGood x => this with { Good = Good.SetItem(x.Digest, x), GoodSince = IsGoodSinceLeft(x.Digest) ? GoodSince : GoodSince.SetItem(x.Digest, at) },
        WorkloadEvent.Quarantined x => this with { Quarantine = Quarantine.SetItem(x.Digest, x), Judged = Judged.Add((x.Digest, x.RollbackId)), Left = Left.SetItem(x.Digest, new(x.Workload, x.RollbackId, at)) },
        WorkloadEvent.QuarantineWithheld x => this with { Withheld = Withheld.SetItem(x.Digest, x), Judged = Judged.Add((x.Digest, x.RollbackId)), Left = Left.SetItem(x.Digest, new(x.Workload, x.RollbackId, at)) },
        WorkloadEvent.Barred x => this with { Barred = Barred.SetItem(x.Digest, x), EverBarred = EverBarred.Add((x.Digest, x.RollbackId)) },
        WorkloadEvent.Unbarred x => Barred.GetValueOrDefault(x.Digest)?.RollbackId == x.RollbackId ? this with { Barred = Barred.Remove(x.Digest) } : this,
        WorkloadEvent.Unpinned x => this with { Quarantine = Quarantine.Remove(x.Digest), Barred = Barred.Remove(x.Digest) },
        WorkloadEvent.Measured x => this with { Measured = Newest(Measured, x, m => m.Digest, m => m.Good) },
        WorkloadEvent.ConfigurationSeen x => this with { Configurations = Newest(Configurations, x, c => c.Digest, c => c.Good) },
        _ => this,
    };

    // A restart is no other release. Another number of the same revision: it came back while nobody looked. Its first one is only counted.
    private DateTimeOffset? Changed(DateTimeOffset at, WorkloadEvent.BecameCurrent now) => Current switch
    {
        { Release: { } release } before when before.Digest != now.Digest && release == now.Release => ChangedBy,
        _ when now.At is { } since => since,
        null => null,
        { } before when before.Digest != now.Digest || (before.Number != 0 && before.Number != now.Number) => at,
        _ => ChangedBy,
    };

    // A row of bad releases must not push out what the last good one ran with.
    private static int Oldest<T>(ImmutableList<T> records, Func<T, bool> good) => Math.Max(0, records.FindIndex(r => !good(r)));

    private ImmutableList<WorkloadEvent.BecameCurrent> Before(WorkloadEvent.BecameCurrent now)
    {
        var others = Earlier.RemoveAll(e => e.Digest == now.Digest || e.Digest == Current?.Digest);
        if (Current is null || Current.Digest == now.Digest)
            return others;
        return (others.Count >= KeptRecords ? others.RemoveAt(0) : others).Add(Current);
    }

    // What was recorded of a good time is not overwritten by what is there when the revision is only taken back to.
    private static ImmutableList<T> Newest<T>(ImmutableList<T> records, T newest, Func<T, string> digest, Func<T, bool> good)
    {
        var known = records.FindIndex(r => digest(r) == digest(newest));
        if (known >= 0 && good(records[known]) && !good(newest))
            return records;
        var others = known >= 0 ? records.RemoveAt(known) : records.Count >= KeptRecords ? records.RemoveAt(Oldest(records, good)) : records;
        return others.Add(newest);
    }
}

/// <summary>One time that a workload was taken away from a release.</summary>
public sealed record Leaving(string Workload, string RollbackId, DateTimeOffset At);
