using System.Collections.Immutable;
using System.Globalization;
using AlertRollback.Matrix;

namespace AlertRollback.Playbooks;

/// <summary>What every step and check of a rollback may fill into its texts.</summary>
/// <param name="Started">When the rollback was proposed: the same in every step and after every restart (S17).</param>
/// <param name="Initiator">Who started it by hand; <c>alertmanager</c> for an alert.</param>
/// <param name="Inputs">What was given when it was started by hand, and the defaults of what was not.</param>
public sealed record RunFacts(DateTimeOffset Started, string Initiator, ImmutableSortedDictionary<string, string> Inputs)
{
    public const string Alertmanager = "alertmanager";

    public static readonly RunFacts None = new(DateTimeOffset.UnixEpoch, Alertmanager, ImmutableSortedDictionary<string, string>.Empty);

    /// <summary>The labels of the alerts that called for the rollback; empty when a person started it.</summary>
    public IReadOnlyList<IReadOnlyDictionary<string, string>> Alerts { get; init; } = [];

    /// <summary>Values by placeholder, without the one that only checks have (<c>${since_change}</c>).</summary>
    public Dictionary<string, string> Values(ServiceDefinition service)
    {
        var values = new Dictionary<string, string>(Inputs, StringComparer.Ordinal)
        {
            [Placeholders.Service] = service.Name,
            [Placeholders.Namespace] = service.Workload?.Namespace ?? service.Namespace ?? "",
            [Placeholders.Started] = Started.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
            [Placeholders.Initiator] = Initiator,
        };
        return values;
    }
}
