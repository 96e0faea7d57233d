using System.Collections.Frozen;
using AlertRollback.Alerts;

namespace AlertRollback.Matrix;

/// <summary>All teams' rows, ready to decide. Pure: alert and matrix make the decision, nothing else.</summary>
public sealed class DecisionMatrix
{
    public const string ServiceLabel = "service";

    private readonly FrozenDictionary<string, (TeamMatrix Team, ServiceDefinition Service)> _services;

    internal DecisionMatrix(IReadOnlyList<TeamMatrix> teams)
    {
        Teams = [.. teams.Select(t => t.Team)];
        _services = teams
            .SelectMany(t => t.Team.Services.Select(s => (Team: t, Service: s)))
            .ToFrozenDictionary(s => s.Service.Name, StringComparer.Ordinal);
    }

    public IReadOnlyList<TeamDefinition> Teams { get; }

    /// <summary>Whether a team is in shadow as a whole: everything is planned, nothing is changed.</summary>
    public bool OnlyPlans(string team) => Teams.Any(t => t.Name == team && t.Shadow);

    public IEnumerable<ServiceDefinition> Services => _services.Values.Select(s => s.Service);

    public ServiceDefinition? Service(string name) => _services.TryGetValue(name, out var found) ? found.Service : null;

    /// <summary>A playbook of the service's team, as it is for this service; null when the team has none of that name.</summary>
    public PlaybookDefinition? Playbook(ServiceDefinition service, string name) =>
        Teams.FirstOrDefault(t => t.Name == service.Team)?.Playbooks.FirstOrDefault(p => p.Name == name)?.For(service);

    /// <summary>
    /// The alert's <c>service</c> label names the service and so the team; that team's first row that matches decides.
    /// Other teams' rows are never looked at (S15).
    /// </summary>
    public Decision Decide(LabelSet labels) =>
        Find(labels, out var nothing) is var (team, service) ? team.Decide(service, labels) : nothing!;

    public Decision Decide(Alert alert) => Decide(alert.Labels);

    /// <summary>The decision, and what every row of the team says to these labels.</summary>
    public Explanation Explain(LabelSet labels) =>
        Find(labels, out var nothing) is var (team, service)
            ? new Explanation(team.Decide(service, labels), team.Explain(labels))
            : new Explanation(nothing!, []);

    private (TeamMatrix Team, ServiceDefinition Service)? Find(LabelSet labels, out Decision? nothing)
    {
        nothing = null;
        var name = labels[ServiceLabel];
        if (name.Length == 0)
            nothing = new Decision.DoNothing(Reason.NoServiceLabel, null, null, $"the alert has no label \"{ServiceLabel}\"");
        else if (_services.TryGetValue(name, out var found))
            return found;
        else
            nothing = new Decision.DoNothing(Reason.UnknownService, null, null, $"no team declares the service {Shown.Quoted(name)}");
        return null;
    }
}
