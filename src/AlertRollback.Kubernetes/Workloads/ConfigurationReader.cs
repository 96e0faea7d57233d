using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace AlertRollback.Kubernetes.Workloads;

/// <summary>Reads the ConfigMaps and Secrets that a pod template refers to. What may not be read is recorded as unknown.</summary>
/// <param name="salt">Of this journal alone, so that a hash of a Secret says nothing to anybody else.</param>
public sealed class ConfigurationReader(IKubernetesApi api, byte[] salt)
{
    /// <summary>Texts of one revision that are kept, bytes; what is larger is known by its hash alone.</summary>
    public const int MaxContent = 256 * 1024;

    /// <exception cref="KubernetesException">The API could not be read; worth asking again.</exception>
    public async Task<ConfigurationSnapshot> ReadAsync(string @namespace, ConfigurationReferences references, CancellationToken cancellation)
    {
        var maps = new List<ConfigMapRecord>();
        foreach (var name in references.ConfigMaps)
            maps.Add(await AllowedAsync(new ObjectRef(ResourceKind.ConfigMap, @namespace, name), o => Record(name, o), why => ConfigMapRecord.Missing(name) with { Unknown = why }, cancellation));
        var secrets = new List<SecretRecord>();
        foreach (var name in references.Secrets)
            secrets.Add(await AllowedAsync(new ObjectRef(ResourceKind.Secret, @namespace, name), o => new SecretRecord(name, o is null ? null : SaltedHash(o), null), why => new SecretRecord(name, null, why), cancellation));
        return new ConfigurationSnapshot(Capped(maps), secrets);
    }

    /// <summary>A ConfigMap as it is recorded; null for none.</summary>
    public static ConfigMapRecord Record(string name, KubernetesObject? live)
    {
        if (live is null)
            return ConfigMapRecord.Missing(name);
        var data = Texts(live, "data");
        var binary = Texts(live, "binaryData").ToDictionary(v => v.Key, v => Hash(v.Value), StringComparer.Ordinal);
        return new ConfigMapRecord(name, CanonicalJson.Digest(Content(live)), data, binary.Count == 0 ? null : binary, null);
    }

    private async Task<T> AllowedAsync<T>(ObjectRef target, Func<KubernetesObject?, T> record, Func<string, T> unknown, CancellationToken cancellation)
    {
        try
        {
            return record(await api.GetAsync(target, cancellation));
        }
        catch (KubernetesException fault) when (fault.Fault is KubernetesFault.Forbidden)
        {
            return unknown("may not be read");
        }
    }

    // The largest lose their content first.
    private static List<ConfigMapRecord> Capped(List<ConfigMapRecord> maps)
    {
        var size = maps.Sum(Size);
        foreach (var large in maps.OrderByDescending(Size).TakeWhile(m => size > MaxContent && (size -= Size(m)) >= 0).ToList())
            maps[maps.IndexOf(large)] = large with { Data = null };
        return maps;
    }

    private static int Size(ConfigMapRecord map) => map.Data?.Sum(v => Encoding.UTF8.GetByteCount(v.Key) + Encoding.UTF8.GetByteCount(v.Value)) ?? 0;

    private string SaltedHash(KubernetesObject secret)
    {
        var content = CanonicalJson.Digest(Content(secret));
        return $"hmac-sha256:{Convert.ToHexStringLower(HMACSHA256.HashData(salt, Encoding.UTF8.GetBytes(content)))}";
    }

    private static JsonObject Content(KubernetesObject live) => new() { ["data"] = live.At("data")?.DeepClone(), ["binaryData"] = live.At("binaryData")?.DeepClone() };

    private static SortedDictionary<string, string> Texts(KubernetesObject live, string member) => new(
        (live.At(member) as JsonObject ?? []).ToDictionary(v => v.Key, v => v.Value?.GetValue<string>() ?? "", StringComparer.Ordinal), StringComparer.Ordinal);

    private static string Hash(string value) => $"sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(value)))}";
}
