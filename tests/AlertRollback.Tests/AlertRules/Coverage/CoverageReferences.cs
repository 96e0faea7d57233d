using System.CommandLine;
using System.Text.Json.Nodes;
using AlertRollback.CommandLine;
using AlertRollback.Matrix;
using AlertRollback.Matrix.Reference;
using AlertRollback.Playbooks;

namespace AlertRollback.Tests.AlertRules.Coverage;

/// <summary>What a reference of the coverage table points at.</summary>
internal static class CoverageReferences
{
    private static readonly Catalog Catalog = OfflineCatalog.Create();

    private static readonly Dictionary<string, TeamDefinition> Teams = TeamFiles.Teams.ToDictionary(t => t, t => TeamFiles.MatrixOf(t).Teams.Single());

    private static readonly HashSet<string> Alerts = [.. TeamFiles.Teams.SelectMany(t => TeamFiles.AlertsOf(t).Select(a => $"{t}/{a.Alert}"))];

    private static readonly Dictionary<string, Func<string, bool>> Kinds = new()
    {
        ["action"] = name => Catalog.Actions.ContainsKey(name),
        ["check"] = name => Catalog.Checks.ContainsKey(name),
        ["key"] = name => MatrixReference.Sections.SelectMany(s => s.Keys).Any(k => k.Name == name) || Parameters.Any(p => p.Name == name),
        ["command"] = IsCommand,
        ["file"] = path => Path.Exists(Path.Combine(TeamFiles.Repository, path)),
        ["alert"] = Alerts.Contains,
        ["row"] = name => Of(name, (team, row) => team.Rows.Any(r => r.Name == row)),
        ["service"] = name => Of(name, (team, service) => team.Services.Any(s => s.Name == service)),
        ["severity"] = name => Of(name, (team, severity) => team.Severities.Any(s => s.Name == severity)),
        ["playbook"] = name => Of(name, HasPlaybook),
        ["checks"] = name => Of(name, HasChecks),
    };

    private static IEnumerable<Parameter> Parameters =>
        Catalog.Actions.Values.SelectMany(a => a.Parameters.Concat(a.ServiceParameters)).Concat(Catalog.Checks.Values.SelectMany(c => c.Parameters.Concat(c.ServiceParameters)));

    public static bool Exists(string reference) =>
        reference.Split(':', 2) is [var kind, var name] && Kinds.TryGetValue(kind, out var has) && has(name);

    private static bool Of(string name, Func<TeamDefinition, string, bool> has) =>
        name.Split('/', 2) is [var team, var rest] && Teams.TryGetValue(team, out var found) && has(found, rest);

    // "undo" is there; "undo#scale" is there and makes use of that action, check or named step.
    private static bool HasPlaybook(TeamDefinition team, string reference) =>
        reference.Split('#') is [var name, .. var uses] && team.Playbooks.FirstOrDefault(p => p.Name == name) is { } playbook && uses.All(u => UsesOf(team, playbook).Contains(u));

    private static bool HasChecks(TeamDefinition team, string reference)
    {
        var (name, uses) = reference.Split('#') is [var first, .. var rest] ? (first, rest) : (reference, []);
        var sets = team.Playbooks.SelectMany(p => p.Verify).Concat(team.Services.SelectMany(s => s.Checks.Values)).Where(c => c.Name == name).ToList();
        return sets.Count > 0 && uses.All(u => sets.Any(s => s.All.Any(c => c.Check == u)));
    }

    private static IEnumerable<string> UsesOf(TeamDefinition team, PlaybookDefinition playbook)
    {
        var steps = playbook.Before.Concat(playbook.Meanwhile).Concat(playbook.Methods.SelectMany(m => m.Steps)).Concat(playbook.OnFailure).ToList();
        var checks = steps.SelectMany(s => team.Services.SelectMany(v => s.IfFor(v).Concat(s.UnlessFor(v)))).Concat(playbook.Verify.SelectMany(v => v.All)).Concat(playbook.Guards.SameAsAtTarget).Concat(playbook.Guards.AllZero);
        return steps.SelectMany(s => s.Name is { } named ? [named, s.Action] : new[] { s.Action })
            .Concat(steps.SelectMany(s => NamesIn(s.Parameters))).Concat(checks.Select(c => c.Check)).Concat(playbook.Methods.Select(m => m.Name));
    }

    // Checks asked within a step are its parameters.
    private static IEnumerable<string> NamesIn(JsonNode? node) => node switch
    {
        JsonObject o => o.SelectMany(m => NamesIn(m.Value).Prepend(m.Key)),
        JsonArray a => a.SelectMany(NamesIn),
        JsonValue v when v.TryGetValue<string>(out var text) => [text],
        _ => [],
    };

    private static bool IsCommand(string name)
    {
        IEnumerable<Command> level =
            [.. OperatorCommands.Create(), CheckCommand.Create(_ => Catalog, TimeProvider.System), TestCommand.Create(() => Catalog), ExplainCommand.Create(() => Catalog), ReferenceCommand.Create(() => Catalog)];
        foreach (var word in name.Split(' '))
        {
            if (level.FirstOrDefault(c => c.Name == word) is not { } found)
                return false;
            level = found.Subcommands;
        }

        return true;
    }
}
