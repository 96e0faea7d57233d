using AlertRollback.Kubernetes.Workloads;

namespace AlertRollback.Playbooks;

/// <summary>What a revision ran with, as it was recorded.</summary>
/// <param name="Good">It had been healthy for the soak period with it.</param>
public sealed record RecordedConfiguration(ConfigurationSnapshot Configuration, bool Good);

/// <summary>
/// What is remembered of the configuration that revisions ran with, by the workload's uid and the digest of the pod
/// template. The memory lives with the rollbacks.
/// </summary>
public interface IConfigurationLedger
{
    /// <summary>Null when nothing was recorded.</summary>
    RecordedConfiguration? ConfigurationAt(string uid, string digest);

    /// <summary>What Secrets are hashed with, so that hashes say something within this journal alone (S19).</summary>
    Task<byte[]> SaltAsync(CancellationToken cancellation);
}
