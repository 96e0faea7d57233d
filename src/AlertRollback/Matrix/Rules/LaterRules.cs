using AlertRollback.Matrix.Reading;
using AlertRollback.Yaml;
using FluentValidation;

namespace AlertRollback.Matrix.Rules;

/// <summary>Nobody relies on what a file may say already but nothing comes of yet.</summary>
internal sealed class LaterRules : AbstractValidator<TeamDraft>
{
    private static readonly Dictionary<string, (string Truth, string Instead)> Words = new(StringComparer.Ordinal)
    {
        ["email"] = ("no mail is sent", "tell people in the service's Slack channel"),
        ["updates"] = ("people are told with every event, not by the clock", "let people tell what they tell by the clock"),
        ["drills"] = ("no drill is started", "let people start one by hand"),
    };

    public LaterRules()
    {
        RuleFor(t => t).Custom((team, context) =>
        {
            foreach (var key in team.Later.Concat(team.Services.Select(s => s.Email).OfType<Placed>()))
            {
                var (truth, instead) = Words[key.Text];
                context.Warn(key.Place, $"nothing comes of {Shown.Quoted(key.Text)} yet: {truth}", $"remove it, and {instead}");
            }
        });
    }
}
