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
        var checkSets = draft.CheckSets.ToDictionary(c => c.Name.Text, CheckSet, StringComparer.Ordinal);
        var team = new TeamDefinition(
            name,
            draft.Team.Place.File,
            draft.Notes,
            [.. draft.Services.Select(s => Service(name, s))],
            [.. draft.Severities.Select(s => new SeverityDefinition(s.Name.Text, s.StartWithin))],
            [.. draft.Rows.Select((row, rank) => Row(name, row, rank, shadow))],
            [.. draft.Playbooks.Select(p => Playbook(p, checkSets))]);
        return new TeamMatrix(team, [.. draft.Rows.Select(r => r.Matchers.Select(m => m.Matcher).ToArray())]);
    }

    private static ServiceDefinition Service(string team, ServiceDraft draft) => new(
        team,
        draft.Name.Text,
        draft.Workload is { } workload ? new WorkloadDefinition(workload.Kind, workload.Namespace, workload.Name) : null,
        draft.Url?.Text,
        draft.Slack?.Text,
        draft.Component is { } component ? new StatuspageTarget(component.Text, draft.PublishAfter) : null);

    private static RowDefinition Row(string team, RowDraft draft, int rank, bool shadow) => new(
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
    };

    private static PlaybookDefinition Playbook(PlaybookDraft draft, Dictionary<string, CheckSetDefinition> checkSets) => new(
        draft.Name.Text,
        draft.Guards,
        Steps(draft.Before),
        [.. draft.Methods.Select(m => new MethodDefinition(m.Name.Text, m.Within, Steps(m.Steps)))],
        [.. draft.Verify.Select(v => checkSets[v.Text])],
        Steps(draft.OnFailure),
        draft.Stabilise);

    // A named step is one draft in many places; every use gets parameters of its own.
    private static List<StepDefinition> Steps(IReadOnlyList<StepDraft> drafts) =>
        [.. drafts.Select(s => new StepDefinition(s.Action.Name, (JsonObject)s.Parameters.Json.DeepClone()))];

    private static CheckSetDefinition CheckSet(CheckSetDraft draft) => new(
        draft.Name.Text,
        draft.Within,
        draft.Every,
        [.. draft.All.Select(c => new CheckDefinition(c.Check.Name, c.Parameters.Json, c.Report))]);
}
