using System.Text.Json.Nodes;
using AlertRollback.Matrix;

namespace AlertRollback.Playbooks.Checks;

/// <summary><c>alert_resolved</c>: what called for the rollback no longer fires.</summary>
public sealed class AlertResolvedCheck(IAlertSource alerts) : ICheck
{
    public string Name => "alert_resolved";

    public string Summary => "The alerts that called for the rollback no longer fire, as Alertmanager says, else Prometheus; silencing one does not resolve it. Started by hand: no alert of the service fires.";

    public IReadOnlyList<Parameter> Parameters => [];

    public async Task<IReadOnlyList<CheckResult>> AskAsync(CheckContext context, JsonObject parameters, CancellationToken cancellation)
    {
        var causes = context.Run.Alerts;
        var what = causes.Count == 0 ? $"alerts of {context.Service.Name}" : causes.Count == 1 ? $"alert {NameOf(causes[0])}" : $"{causes.Count} alerts";
        if (await alerts.FiringAsync(cancellation) is not { } firing)
            return [new CheckResult(Verdict.Inconclusive, what, "neither Alertmanager nor Prometheus could be asked", "resolved")];

        // Ten thousand alerts of one outage are compared by name first.
        var byName = causes.ToLookup(NameOf, StringComparer.Ordinal);
        var left = firing
            .Where(f => causes.Count == 0 ? f.Labels.GetValueOrDefault("service") == context.Service.Name : byName[NameOf(f.Labels)].Any(f.Is))
            .ToList();
        return left.Count == 0
            ? [new CheckResult(Verdict.Pass, what, "resolved", "resolved")]
            : [new CheckResult(Verdict.Fail, what, $"{left.Count} still firing: {string.Join(", ", left.Select(f => NameOf(f.Labels)).Distinct().Take(3))}", "resolved")];
    }

    private static string NameOf(IReadOnlyDictionary<string, string> labels) => labels.GetValueOrDefault("alertname") ?? "";
}
