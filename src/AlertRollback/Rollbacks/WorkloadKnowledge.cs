using System.Collections.Immutable;

namespace AlertRollback.Rollbacks;

/// <summary>What the journal knows of one workload's revisions, by template digest. A fold over <see cref="WorkloadEvent"/>s.</summary>
public sealed record WorkloadKnowledge(string Uid)
{
    public WorkloadEvent.BecameCurrent? Current { get; init; }
    public ImmutableDictionary<string, WorkloadEvent.KnownGood> Good { get; init; } = ImmutableDictionary<string, WorkloadEvent.KnownGood>.Empty;
    public ImmutableDictionary<string, WorkloadEvent.Quarantined> Quarantine { get; init; } = ImmutableDictionary<string, WorkloadEvent.Quarantined>.Empty;

    public static string Stream(string uid) => $"workload/{uid}";

    public WorkloadKnowledge Apply(WorkloadEvent e) => e switch
    {
        WorkloadEvent.BecameCurrent x => this with { Current = x },
        WorkloadEvent.KnownGood x => this with { Good = Good.SetItem(x.Digest, x) },
        WorkloadEvent.Quarantined x => this with { Quarantine = Quarantine.SetItem(x.Digest, x) },
        _ => this,
    };
}
