using AlertRollback.Playbooks;

namespace AlertRollback.Rollbacks;

/// <summary>The memory of configurations, kept as events of the workload they belong to.</summary>
public sealed class ConfigurationLedger(Chronicle chronicle, JournalSalt salt) : IConfigurationLedger
{
    public RecordedConfiguration? ConfigurationAt(string uid, string digest) =>
        chronicle.Book.Knowledge(uid).ConfigurationAt(digest) is { } seen ? new RecordedConfiguration(seen.Configuration, seen.Good) : null;

    public Task<byte[]> SaltAsync(CancellationToken cancellation) => salt.GetAsync(cancellation);
}
