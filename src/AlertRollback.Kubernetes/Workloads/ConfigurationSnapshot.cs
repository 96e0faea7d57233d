namespace AlertRollback.Kubernetes.Workloads;

/// <summary>What a revision's pod template read at one time: ConfigMaps by content, Secrets by a salted hash alone (S19).</summary>
public sealed record ConfigurationSnapshot(IReadOnlyList<ConfigMapRecord> ConfigMaps, IReadOnlyList<SecretRecord> Secrets)
{
    public bool SameAs(ConfigurationSnapshot other) =>
        ConfigMaps.Select(m => (m.Name, m.Hash, m.Unknown)).SequenceEqual(other.ConfigMaps.Select(m => (m.Name, m.Hash, m.Unknown))) && Secrets.SequenceEqual(other.Secrets);
}

/// <summary>One ConfigMap as it was.</summary>
/// <param name="Hash">Of all its content; null when it did not exist or could not be read.</param>
/// <param name="Data">Its texts; null when only the hash was kept, because of its size.</param>
/// <param name="Binary">Hashes of its binary values, by key: their content is not kept.</param>
/// <param name="Unknown">Why it could not be read; null when it could.</param>
public sealed record ConfigMapRecord(
    string Name, string? Hash, IReadOnlyDictionary<string, string>? Data, IReadOnlyDictionary<string, string>? Binary, string? Unknown)
{
    public static ConfigMapRecord Missing(string name) => new(name, null, null, null, null);
}

/// <summary>One Secret, recognised again but never known.</summary>
/// <param name="Hash">Salted; null when it did not exist or could not be read.</param>
/// <param name="Unknown">Why it could not be read; null when it could.</param>
public sealed record SecretRecord(string Name, string? Hash, string? Unknown);
