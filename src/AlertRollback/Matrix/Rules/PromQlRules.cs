using AlertRollback.Matrix.Reading;
using AlertRollback.Operators;
using AlertRollback.Yaml;
using FluentValidation;

namespace AlertRollback.Matrix.Rules;

/// <summary>What is asked of Prometheus can be answered: it has to be there, and a query with a bracket missing is refused whenever it is asked.</summary>
internal sealed class PromQlRules : AbstractValidator<TeamDraft>
{
    /// <param name="configuration">Null: whether there is a Prometheus is not known.</param>
    public PromQlRules(OperatorConfiguration? configuration)
    {
        // No fault: a matrix that was in use, the last good one of the journal too, stays usable.
        RuleFor(t => t).Custom((team, context) =>
        {
            var asked = Asked(team).ToList();
            foreach (var (place, name, query) in asked)
            {
                if (PromQlBrackets.Fault(query) is { } fault)
                    context.Warn(place, $"Prometheus will refuse the query of {name}: {fault} in {Shown.Quoted(query)}", "put it right: until then nothing can be told by it");
            }

            var places = asked.Select(a => a.Place).Distinct().ToList();
            if (configuration is { Prometheus: null } && places.Count > 0)
                context.Warn(places[0], $"{asked[0].Name} asks Prometheus{More(places.Count - 1)}, but the operator configured none: nothing can be told by it", "ask the operator for prometheus: {url: …}");
        });
    }

    private static string More(int others) => others == 0 ? "" : $", as {others} more in this file {(others == 1 ? "does" : "do")}";

    private static IEnumerable<(Place Place, string Name, string Query)> Asked(TeamDraft team)
    {
        var steps = team.Playbooks.SelectMany(p => p.Steps).ToList();
        var checks = team.CheckSets.Concat(team.Services.SelectMany(s => s.CheckSets)).SelectMany(c => c.All)
            .Concat(team.Playbooks.SelectMany(p => p.OwnChecks)).Concat(steps.SelectMany(s => s.Parameters.Checks));
        return checks.SelectMany(c => c.Check.PromQl(c.Parameters.Json).Select(q => (c.Place, c.Check.Name, q)))
            .Concat(steps.SelectMany(s => s.Action.PromQl(s.Parameters.Json).Select(q => (s.Place, s.Action.Name, q))))
            .OrderBy(a => a.Place.Line).ThenBy(a => a.Place.Column);
    }
}
