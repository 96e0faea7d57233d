using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;

namespace AlertRollback.Playbooks.Flags;

/// <summary>Flags that are keys of a ConfigMap, to be read; they are written by compare and patch.</summary>
internal sealed class ConfigMapFlag(IKubernetesApi api, ObjectRef target) : IFlagReader
{
    public string Text => $"flags in {target}";

    public async Task<FlagReading> ReadAsync(IReadOnlyList<string> fields, CancellationToken cancellation)
    {
        try
        {
            return await api.GetAsync(target, cancellation) is { } live
                ? new FlagReading.Read(live.At("data") as JsonObject ?? [])
                : new FlagReading.NotHere($"{target} does not exist");
        }
        catch (KubernetesException fault)
        {
            return new FlagReading.Unreadable($"the Kubernetes API cannot be read: {fault.Message}");
        }
    }
}
