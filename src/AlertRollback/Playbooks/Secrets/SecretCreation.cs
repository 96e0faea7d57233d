using System.Text;
using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Edits;

namespace AlertRollback.Playbooks.Secrets;

/// <summary>
/// Creates a Secret once. Its values exist only in the request: after a lost answer the Secret of our mark is found and
/// taken as it is, because nobody could make the same values again.
/// </summary>
/// <param name="root">The Secret that the matrix names.</param>
internal sealed class SecretCreation(IKubernetesApi api, ObjectRef target, string root, StepMark mark)
{
    private const int MostAttempts = 8;

    /// <summary>Whether the Secret is there and ours; null when it is not there, else who has its name.</summary>
    /// <exception cref="KubernetesException">It cannot be read.</exception>
    public async Task<StepOutcome?> FoundAsync(CancellationToken cancellation) => await api.GetAsync(target, cancellation) switch
    {
        null => null,
        var live when live.Annotation(mark.Annotation) == mark.Value && !live.BeingDeleted => new StepOutcome.Done(Reason.AlreadyAtTarget, $"{target} is there"),
        _ => new StepOutcome.Superseded($"{target} is there, but not from us"),
    };

    /// <param name="values">By key, as the application reads them.</param>
    public async Task<StepOutcome> CreateAsync(string? type, string replaces, IReadOnlyDictionary<string, byte[]> values, CancellationToken cancellation)
    {
        for (var attempt = 1; attempt <= MostAttempts; attempt++)
        {
            try
            {
                await api.CreateAsync(ResourceKind.Secret, target.Namespace, Body(type, replaces, values), new WriteOptions(), cancellation);
                return new StepOutcome.Done(Reason.Applied, $"{target} was created");
            }
            catch (KubernetesException e) when (e.Fault is KubernetesFault.Conflict or KubernetesFault.OutcomeUnknown)
            {
                try
                {
                    if (await FoundAsync(cancellation) is { } found)
                        return found;
                }
                catch (KubernetesException unread)
                {
                    return new StepOutcome.CannotTell(Reason.OutcomeUnknown, Without(values, unread.Message));
                }
            }
            catch (KubernetesException e)
            {
                return new StepOutcome.CannotTell(e.Fault is KubernetesFault.Invalid or KubernetesFault.Forbidden ? Reason.RejectedByApi : Reason.ApiError, $"nothing was changed: {Without(values, e.Message)}");
            }
        }

        return new StepOutcome.CannotTell(Reason.ApiError, $"{target} could not be created in {MostAttempts} tries");
    }

    /// <summary>Has the API server say whether it would let us, with values that are none.</summary>
    /// <exception cref="KubernetesException">It would not, or cannot be asked.</exception>
    public Task DryRunAsync(string? type, string replaces, IEnumerable<string> keys, CancellationToken cancellation) => api.CreateAsync(
        ResourceKind.Secret, target.Namespace, Body(type, replaces, keys.ToDictionary(k => k, _ => Array.Empty<byte>())), new WriteOptions(DryRun: true), cancellation);

    private JsonObject Body(string? type, string replaces, IReadOnlyDictionary<string, byte[]> values) => new()
    {
        ["apiVersion"] = ResourceKind.Secret.ApiVersion,
        ["kind"] = ResourceKind.Secret.Kind,
        ["metadata"] = new JsonObject
        {
            ["name"] = target.Name,
            ["namespace"] = target.Namespace,
            ["annotations"] = new JsonObject { [mark.Annotation] = mark.Value, [SecretLineage.Replaces] = replaces, [SecretLineage.Root] = root },
        },
        ["type"] = type ?? "Opaque",
        ["data"] = new JsonObject(values.OrderBy(v => v.Key, StringComparer.Ordinal).Select(v => KeyValuePair.Create(v.Key, (JsonNode?)Convert.ToBase64String(v.Value)))),
    };

    // An admission webhook may repeat what it was sent (S19).
    private static string Without(IReadOnlyDictionary<string, byte[]> values, string message) => values.Values
        .SelectMany(v => new[] { Convert.ToBase64String(v), Encoding.UTF8.GetString(v) })
        .Where(v => v.Length > 0)
        .Aggregate(message, (text, value) => text.Replace(value, "***", StringComparison.Ordinal));
}
