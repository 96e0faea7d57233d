using AlertRollback.Matrix.Reading;
using FluentValidation;

namespace AlertRollback.Matrix.Rules;

/// <summary>What a check may take should fit into the time of its set: the set may end first otherwise, and nothing is measured.</summary>
internal sealed class CheckTimeRules : AbstractValidator<TeamDraft>
{
    private const string Timeout = "timeout";

    public CheckTimeRules()
    {
        RuleFor(t => t).Custom((team, context) =>
        {
            foreach (var set in team.CheckSets.Concat(team.Services.SelectMany(s => s.CheckSets)))
            {
                foreach (var check in set.All)
                {
                    if (DeclaredBy(check) is not { } longest || longest <= set.Within) continue;
                    // No fault: a matrix that was in use, the last good one of the journal too, stays usable.
                    context.Warn(
                        check.Place,
                        $"{check.Check.Name} in check set {Shown.Quoted(set.Name.Text)} may take {Durations.Format(longest)}, but the set has no more than {Durations.Format(set.Within)}",
                        $"give the set more time: within: {Durations.Format(longest * 2)}, or the check less");
                }
            }
        });
    }

    private static TimeSpan? DeclaredBy(CheckDraft check) =>
        check.Check.Parameters.Any(p => p.Name == Timeout) && check.Parameters.Json[Timeout]?.GetValue<string>() is { } text && Durations.TryParse(text, out var longest) ? longest : null;
}
