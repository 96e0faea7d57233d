namespace AlertRollback.Playbooks;

/// <summary>An alert that fires now.</summary>
/// <param name="Suppressed">By a silence or an inhibition: it fires all the same.</param>
public sealed record FiringAlert(IReadOnlyDictionary<string, string> Labels, bool Suppressed)
{
    /// <summary>External labels are added on the way to Alertmanager and missing in Prometheus's own list: what there is has to agree.</summary>
    public bool Is(IReadOnlyDictionary<string, string> labels) => Labels.All(l => labels.TryGetValue(l.Key, out var value) && value == l.Value);

    /// <summary>Labels are dropped on the way to Alertmanager, too: whether nothing speaks against it, where an alert must not be called over by mistake.</summary>
    public bool MayBe(IReadOnlyDictionary<string, string> labels) => Labels.All(l => !labels.TryGetValue(l.Key, out var value) || value == l.Value);
}

/// <summary>Asks Alertmanager, else Prometheus, which alerts fire now (S11).</summary>
public interface IAlertSource
{
    /// <summary>All of them; null when nobody could be asked.</summary>
    Task<IReadOnlyList<FiringAlert>?> FiringAsync(CancellationToken cancellation);

    /// <summary>All that Alertmanager has; null when it could not be asked. What is missing here was not merely sent by another Prometheus.</summary>
    Task<IReadOnlyList<FiringAlert>?> AtAlertmanagerAsync(CancellationToken cancellation) => FiringAsync(cancellation);
}

/// <summary>Asks a source about certain alerts.</summary>
public static class AlertSources
{
    private const string Name = "alertname";

    /// <summary>Whether one of the alerts of these labels fires and nobody silenced it, asked once for all of them; null when nobody could be asked.</summary>
    public static async Task<bool?> IsAnyFiringAsync(
        this IAlertSource source, IReadOnlyList<IReadOnlyDictionary<string, string>> alerts, CancellationToken cancellation)
    {
        if (await source.FiringAsync(cancellation) is not { } firing)
            return null;

        // Ten thousand alerts of one outage are compared by name first.
        var byName = alerts.ToLookup(a => a.GetValueOrDefault(Name), StringComparer.Ordinal);
        return firing.Any(f => !f.Suppressed && (f.Labels.TryGetValue(Name, out var name) ? byName[name] : alerts).Any(f.Is));
    }
}
