using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Edits;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Playbooks.Actions;

namespace AlertRollback.Playbooks.Configurations;

/// <summary>What lies between the configuration as it is and as it was recorded.</summary>
/// <param name="Maps">The ConfigMaps that have to be changed.</param>
/// <param name="Asks">Why a person has to agree: what cannot be put back; null: nothing.</param>
/// <param name="Refused">Why it must not be done; null when it may.</param>
internal sealed record ConfigurationWay(IReadOnlyList<Wanted> Maps, IReadOnlyList<string> Warnings, string? Asks, PinOutcome.Refused? Refused);

/// <summary>
/// Finds the way back to a recorded configuration: ConfigMaps by their content, Secrets only by whether they are still the
/// same (S19). Nothing is put back that was not recorded.
/// </summary>
internal sealed class ConfigurationReturn(IKubernetesApi api, byte[] salt)
{
    private static readonly ObjectPath Data = ObjectPath.Of("data");

    /// <exception cref="KubernetesException">The present configuration cannot be read.</exception>
    public async Task<ConfigurationWay> FindAsync(string @namespace, RecordedConfiguration recorded, CancellationToken cancellation)
    {
        var (maps, warnings) = (new List<Wanted>(), new List<string>());
        foreach (var record in recorded.Configuration.ConfigMaps)
        {
            var target = new ObjectRef(ResourceKind.ConfigMap, @namespace, record.Name);
            var live = await api.GetAsync(target, cancellation);
            var now = ConfigurationReader.Record(record.Name, live);
            if (record.Hash == now.Hash && record.Unknown is null)
                continue;
            if (record.Hash is null)
                warnings.Add(record.Unknown is { } why ? $"What {target} was then is not known ({why}): it stays as it is." : $"{target} did not exist then: it stays as it is.");
            else if (Lost(record, now) is { } lost)
                return new ConfigurationWay([], [], null, new PinOutcome.Refused(Reason.ValuesGone, $"{target} cannot be put back: {lost}"));
            else
                maps.Add(live is null ? new Wanted(target, null, []) { Body = new JsonObject { ["data"] = Texts(record) } } : new Wanted(target, live, Changes(record, live)));
        }

        if (!recorded.Good)
            warnings.Add("This configuration was recorded, but never proven good for the soak period.");
        var secrets = await SecretsAsync(@namespace, recorded.Configuration, warnings, cancellation);
        return new ConfigurationWay(maps, warnings, secrets, null);
    }

    private static string? Lost(ConfigMapRecord record, ConfigMapRecord now)
    {
        if (record.Data is null)
            return "it was too large to be kept";
        return record.Binary is { } binary && !(now.Binary is { } present && binary.Count == present.Count && binary.All(b => present.GetValueOrDefault(b.Key) == b.Value))
            ? "its binary values changed, and those are not kept"
            : record.Binary is null && now.Binary is not null ? "it has binary values by now, which could not be put back again" : null;
    }

    private static JsonObject Texts(ConfigMapRecord record) => new(record.Data!.Select(v => KeyValuePair.Create(v.Key, (JsonNode?)v.Value)));

    private static IReadOnlyList<Change> Changes(ConfigMapRecord record, KubernetesObject live)
    {
        var present = (live.At("data") as JsonObject ?? []).Select(v => v.Key);
        return
        [
            .. record.Data!.Where(v => live.Text("data", v.Key) != v.Value).Select(v => new Change(Data.Member(v.Key), v.Value)),
            .. present.Where(k => !record.Data!.ContainsKey(k)).Select(k => new Change(Data.Member(k), null)),
        ];
    }

    private async Task<string?> SecretsAsync(string @namespace, ConfigurationSnapshot recorded, List<string> warnings, CancellationToken cancellation)
    {
        var now = await new ConfigurationReader(api, salt).ReadAsync(@namespace, new ConfigurationReferences([], [.. recorded.Secrets.Select(s => s.Name)]), cancellation);
        var changed = new List<string>();
        foreach (var (then, present) in recorded.Secrets.Zip(now.Secrets))
        {
            if ((then.Unknown ?? present.Unknown) is { } why)
                warnings.Add($"Whether secret {then.Name} changed since is not known: it {why}.");
            else if (then.Hash != present.Hash)
                changed.Add(present.Hash is null ? $"{then.Name} (it does not exist any more)" : then.Name);
        }

        return changed.Count == 0 ? null : $"these Secrets changed since and are never put back from memory: {string.Join(", ", changed)}";
    }
}
