using System.Text.Json.Nodes;
using AlertRollback.Alerts.Matching;
using AlertRollback.Matrix;

namespace AlertRollback.Playbooks;

/// <summary>One use of an action or a check that an alert, or a person, can lead to.</summary>
/// <param name="From">What leads to it, for people: <c>row "critical band"</c>.</param>
/// <param name="Service">The service it is carried out for.</param>
/// <param name="Does">The <see cref="IAction"/> or <see cref="ICheck"/>.</param>
/// <param name="Parameters">With those placeholders filled in that are known beforehand.</param>
public sealed record PossibleUse(string From, ServiceDefinition Service, object Does, JsonObject Parameters)
{
    /// <summary>The word in the matrix file.</summary>
    public string Word => Does is IAction action ? action.Name : ((ICheck)Does).Name;

    /// <summary>Who needs what these uses have in common: the first, and how many more.</summary>
    internal static string Need(IReadOnlyList<PossibleUse> uses)
    {
        var more = uses.Select(u => (u.From, u.Word)).Distinct().Count() - 1;
        return $"{uses[0].From} needs it for its {uses[0].Word}{(more > 0 ? $" (and {more} more)" : "")}";
    }
}

/// <summary>All that the rows and playbooks of a matrix can come to, before any alert is there.</summary>
public sealed class PossibleUses(DecisionMatrix matrix, Catalog catalog)
{
    public IEnumerable<PossibleUse> All() => matrix.Teams.SelectMany(OfTeam);

    // Rows come first: what an alert leads to is told before what a person might start.
    private IEnumerable<PossibleUse> OfTeam(TeamDefinition team) =>
    [
        .. from row in team.Rows
           where row.Ending == RowEnding.Playbook
           from service in team.Services.Where(s => MayBeFor(row, s))
           from use in OfPlaybook(team.Playbooks.First(p => p.Name == row.Subject), service, $"row \"{row.Name}\"", manual: false)
           select use,
        .. from playbook in team.Playbooks
           where playbook.Manual is not null
           from service in team.Services
           from use in OfPlaybook(playbook, service, $"the playbook \"{playbook.Name}\"", manual: true)
           select use,
    ];

    private static bool MayBeFor(RowDefinition row, ServiceDefinition service) =>
        row.Matchers.SelectMany(m => MatcherParser.Parse(m).Matchers).Where(m => m.Name == DecisionMatrix.ServiceLabel).All(m => m.Matches(service.Name));

    private IEnumerable<PossibleUse> OfPlaybook(PlaybookDefinition written, ServiceDefinition service, string origin, bool manual)
    {
        var playbook = written.For(service);
        var steps = playbook.Before.Concat(playbook.Meanwhile).Concat(playbook.Methods.Where(m => manual || !m.OnlyManual).SelectMany(m => m.Steps)).Concat(playbook.OnFailure);
        var checks = playbook.Guards.SameAsAtTarget.Concat(playbook.Guards.AllZero).Concat(playbook.Verify.SelectMany(v => v.All));
        return
        [
            .. steps.SelectMany(s => OfStep(s, service, origin)),
            .. checks.SelectMany(c => OfCheck(c, service, origin)),
            .. playbook.Then is { } then ? OfPlaybook(then, service, origin, manual: false) : [],
        ];
    }

    // What the service lacks the step for is passed over, or told when the matrix is loaded.
    private IEnumerable<PossibleUse> OfStep(StepDefinition step, ServiceDefinition own, string origin) =>
        from use in step.Uses("")
        let service = use.Service ?? own
        let action = catalog.Action(step.Action)
        where action.Missing(service, step.Parameters) is null
        from found in step.IfFor(service).Concat(step.UnlessFor(service)).Concat(Inline(action.Parameters, step.Parameters)).SelectMany(c => OfCheck(c, service, origin))
            .Prepend(new PossibleUse(origin, service, action, Filled(step.Parameters, service)))
        select found;

    private IEnumerable<PossibleUse> OfCheck(CheckDefinition check, ServiceDefinition service, string origin)
    {
        var kind = catalog.Check(check.Check);
        return kind.Missing(service, check.Parameters) is not null ? []
            : Inline(kind.Parameters, check.Parameters).SelectMany(c => OfCheck(c, service, origin)).Prepend(new PossibleUse(origin, service, kind, Filled(check.Parameters, service)));
    }

    private static IEnumerable<CheckDefinition> Inline(IReadOnlyList<Parameter> known, JsonObject written) =>
        known.Where(p => p.Type == ParameterType.Checks).SelectMany(p => InlineChecks.Read(written[p.Name]));

    // The rest is only known when it runs.
    internal static JsonObject Filled(JsonObject parameters, ServiceDefinition service)
    {
        var values = RunFacts.None.Values(service);
        return (JsonObject)FilledJson.Of(parameters, text =>
            Placeholders.Names(text).All(Placeholders.WhenLoaded.Contains) ? Placeholders.Fill(text, values, Placeholders.AsIs) : text)!;
    }
}
