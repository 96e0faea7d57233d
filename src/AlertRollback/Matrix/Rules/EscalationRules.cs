using AlertRollback.Matrix.Reading;
using AlertRollback.Matrix.Yaml;
using FluentValidation;

namespace AlertRollback.Matrix.Rules;

/// <summary>What escalates calls somebody who was not asked yet: else it is found out at night that nobody else comes.</summary>
internal sealed class EscalationRules : AbstractValidator<TeamDraft>
{
    public EscalationRules()
    {
        RuleForEach(t => t.Playbooks).Custom((playbook, context) =>
        {
            foreach (var approval in playbook.Approvals.Where(a => ReachesNobodyNew(a, playbook)))
                Warn(context, approval, $"an approval of playbook {Shown.Quoted(playbook.Name.Text)}");
        });

        RuleFor(t => t).Custom((team, context) =>
        {
            foreach (var severity in team.Severities)
            {
                if (severity.Approval is { } approval && Started(team, severity.Name.Text).FirstOrDefault(p => ReachesNobodyNew(approval, p)) is { } playbook)
                    Warn(context, approval, $"the approval of severity {Shown.Quoted(severity.Name.Text)}, asked before playbook {Shown.Quoted(playbook.Name.Text)},");
            }
        });
    }

    private static void Warn<T>(ValidationContext<T> context, ApprovalDraft approval, string what) => context.Warn(
        approval.Place,
        $"{what} escalates to nobody new: where nobody answers, {Shown.Quoted(approval.Role.Text)} alone is called once more",
        "let on_failure of the playbook page another role as well, or let silence deny: otherwise: deny");

    // Besides the role itself, an escalation calls whom on_failure pages.
    private static bool ReachesNobodyNew(ApprovalDraft approval, PlaybookDraft playbook) =>
        approval.Definition.Otherwise == OnSilence.Escalate
        && playbook.OnFailure.Where(s => s.Action.Name == "page").All(s => s.Parameters.Json["role"]?.GetValue<string>() == approval.Role.Text);

    private static IEnumerable<PlaybookDraft> Started(TeamDraft team, string severity) =>
        team.Playbooks.Where(p => team.Rows.Any(r => r.Ending == RowEnding.Playbook && r.Subject.Text == p.Name.Text && MayBe(r, severity)));

    private static bool MayBe(RowDraft row, string severity) =>
        row.Severity is { } named ? named.Text == severity : row.Matchers.All(m => m.Matcher.Name != "severity" || m.Matcher.Matches(severity));
}
