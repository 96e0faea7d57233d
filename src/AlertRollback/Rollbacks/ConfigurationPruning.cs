using System.Collections.Immutable;
using AlertRollback.Storage;

namespace AlertRollback.Rollbacks;

/// <summary>
/// Forgets the configurations of revisions that nobody can go back to any more: those that a newer record of the same revision
/// replaced, and those of more revisions ago than are remembered. They hold the texts of ConfigMaps; what is remembered
/// (<see cref="WorkloadKnowledge.Configurations"/>) is the same without them.
/// </summary>
public sealed class ConfigurationPruning(IJournal journal, TimeProvider time) : IPruning
{
    private static readonly TimeSpan Keep = TimeSpan.FromDays(7);

    private static readonly string Word = EventJson.Word(typeof(WorkloadEvent.ConfigurationSeen));

    public string What => "old configurations";

    // It reads the whole journal, as the chronicle does at the start; yet a service that is started anew daily has to get here.
    public TimeSpan FirstAfter => TimeSpan.FromHours(3);

    public async Task PruneAsync(CancellationToken cancellation)
    {
        var limit = time.GetUtcNow() - Keep;
        var old = new Dictionary<WorkloadEvent.ConfigurationSeen, long>(ReferenceEqualityComparer.Instance);
        var remembered = ImmutableDictionary<string, WorkloadKnowledge>.Empty;
        await foreach (var stored in journal.ReadAsync(0, cancellation))
        {
            if (stored.Type != Word || EventJson.FromStore<WorkloadEvent>(stored) is not WorkloadEvent.ConfigurationSeen seen)
                continue;
            remembered = remembered.SetItem(stored.Stream, (remembered.GetValueOrDefault(stored.Stream) ?? new WorkloadKnowledge(stored.Stream)).Apply(stored.At, seen));
            if (stored.At < limit)
                old[seen] = stored.Sequence;
        }

        foreach (var needed in remembered.Values.SelectMany(k => k.Configurations))
            old.Remove(needed);
        if (old.Count > 0)
            await journal.ForgetAsync([.. old.Values], cancellation);
    }
}
