using System.Text.Json.Nodes;
using AlertRollback.Operators;

namespace AlertRollback.Matrix.Reading;

/// <summary>Makes a draft without faults into what can decide: names become what they name.</summary>
internal static class TeamCompiler
{
    public static TeamMatrix Compile(TeamDraft draft, OperatorConfiguration? configuration)
    {
        var name = draft.Team.Text;
        // Whoever says shadow first wins: matrix, row, team's operator or operator.
        var shadow = draft.Shadow || configuration is not null && (configuration.Shadow || configuration.Teams.GetValueOrDefault(name) is { Shadow: true });
        var services = draft.Services.Select(s => Service(name, s)).ToList();
        var windows = draft.Windows.ToDictionary(w => w.Name.Text, w => w.Definition, StringComparer.Ordinal);
        var team = new TeamDefinition(
            name,
            draft.Team.Place.File,
            draft.Notes,
            services,
            [.. draft.Severities.Select(s => new SeverityDefinition(s.Name.Text, s.StartWithin) { Approval = s.Approval?.Definition, MajorOutage = s.MajorOutage })],
            [.. draft.Rows.Select((row, rank) => Row(name, row, rank, shadow, windows))],
            new PlaybookCompiler(draft, services).All())
        {
            Shadow = shadow,
        };
        return new TeamMatrix(team, [.. draft.Rows.Select(r => r.Matchers.Select(m => m.Matcher).ToArray())]);
    }

    public static CheckSetDefinition CheckSet(CheckSetDraft draft) => new(draft.Name.Text, draft.Within, draft.Every, Checks(draft.All));

    public static IReadOnlyList<CheckDefinition> Checks(IEnumerable<CheckDraft> drafts) =>
        [.. drafts.Select(c => c.Definition with { Parameters = (JsonObject)c.Parameters.Json.DeepClone() })];

    internal static ServiceDefinition Service(string team, ServiceDraft draft) => new(
        team,
        draft.Name.Text,
        draft.Workload is { } workload ? new WorkloadDefinition(workload.Kind, workload.Namespace, workload.Name, workload.Cluster?.Text ?? OperatorConfiguration.DefaultCluster) : null,
        draft.Url?.Text,
        draft.Slack?.Text,
        draft.Component is { } component ? new StatuspageTarget(component.Text, draft.PublishAfter) : null)
    {
        Namespace = draft.Namespace?.Text,
        Settings = draft.Settings,
        Checks = draft.CheckSets.ToDictionary(c => c.Name.Text, CheckSet, StringComparer.Ordinal),
    };

    private static RowDefinition Row(string team, RowDraft draft, int rank, bool shadow, Dictionary<string, WindowDefinition?> windows) => new(
        team,
        draft.Name.Text,
        rank,
        [.. draft.Matchers.Select(m => m.Matcher.ToString())],
        draft.Ending,
        draft.Subject.Text,
        draft.Role?.Text,
        shadow || draft.Shadow)
    {
        Severity = draft.Severity?.Text,
        ShadowAlone = draft.Shadow && !shadow,
        Window = draft.Window is { } window ? windows[window.Text] : null,
    };
}
