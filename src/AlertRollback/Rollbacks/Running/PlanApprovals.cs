using AlertRollback.Matrix;

namespace AlertRollback.Rollbacks.Running;

/// <summary>Which yes a plan needs before it may be carried out. Pure.</summary>
public static class PlanApprovals
{
    public const string Severity = "severity";
    public const string Playbook = "playbook";
    public const string Method = "method";
    public const string Irreversible = "irreversible";
    public const string DestroysData = "destroys_data";

    /// <summary>
    /// What has to be asked about a plan of the rollback; empty: nothing. Severity and playbook ask once, about the first; what
    /// can hardly be taken back is asked about for every method of a ladder, each of which may undo another release, unless
    /// somebody is asked about that method anyway, who is told then. What can lose data for good is typed for in every plan that
    /// has it: who typed for an earlier one did not see this.
    /// </summary>
    public static IReadOnlyList<(string Ask, ApprovalDefinition Approval, string Why)> Needed(RollbackState rollback, Plan plan)
    {
        var needed = new List<(string, ApprovalDefinition, string)>();
        if (!rollback.HasActed)
        {
            if (rollback.Severity.Approval is { } bySeverity)
                needed.Add((Severity, bySeverity, $"severity {rollback.Severity.Name} asks for it"));
            if (rollback.Playbook.Approval is { } byPlaybook)
                needed.Add((Playbook, byPlaybook, $"playbook {rollback.Playbook.Name} asks for it"));
        }

        if (rollback.Playbook.Methods[plan.Method].Approval is { } byMethod)
            needed.Add((Method, byMethod, $"method {plan.MethodName} asks for it"));
        if (plan.DestroysData && !needed.Exists(n => IsTyped(n.Item2)) && Typed(rollback, plan) is { } typed)
            needed.Add(typed);
        return plan.Irreversible is { } why ? WithIrreversible(needed, rollback, plan, $"it can hardly be taken back: {why}") : needed;
    }

    // Silence must not be a yes to it.
    private static List<(string Ask, ApprovalDefinition Approval, string Why)> WithIrreversible(
        List<(string Ask, ApprovalDefinition Approval, string Why)> needed, RollbackState rollback, Plan plan, string why)
    {
        if (needed.FindLastIndex(n => n.Approval.Otherwise != OnSilence.Proceed) is >= 0 and var asked)
            needed[asked] = needed[asked] with { Why = $"{needed[asked].Why}; {why}" };
        else if (IrreversibleRole(rollback, plan) is { } role)
            needed.Add((Irreversible, new ApprovalDefinition(role, ApprovalDefinition.DefaultWithin, OnSilence.Deny, null, null, false), why));
        return needed;
    }

    // Who may type for it is the playbook's to say.
    private static (string Ask, ApprovalDefinition Approval, string Why)? Typed(RollbackState rollback, Plan plan)
    {
        var why = $"{plan.Steps.First(s => s.DestroysData).Action} can lose data for good";
        if (rollback.Playbook.Approval is { } byPlaybook && IsTyped(byPlaybook))
            return (Playbook, byPlaybook, $"playbook {rollback.Playbook.Name} asks for it: {why}");
        return IrreversibleRole(rollback, plan) is { } role
            ? (DestroysData, new ApprovalDefinition(role, ApprovalDefinition.DefaultWithin, OnSilence.Deny, "the service's name", null, false), why)
            : null;
    }

    private static bool IsTyped(ApprovalDefinition approval) => approval is { Type: not null, Otherwise: not OnSilence.Proceed };

    /// <summary>Who is asked about what can hardly be taken back; null: there is nobody, so it is not done.</summary>
    public static string? IrreversibleRole(RollbackState rollback, Plan plan) =>
        rollback.Playbook.Methods[plan.Method].Approval?.Role ?? rollback.Playbook.Approval?.Role ?? rollback.Playbook.Manual?.Roles.FirstOrDefault() ?? rollback.Severity.Approval?.Role ?? rollback.PageRoles.FirstOrDefault();

    public static RollbackEvent.ApprovalRequested Request(RollbackState rollback, string ask, ApprovalDefinition approval, string why, DateTimeOffset now) => new(
        rollback.CurrentPlan!.Digest,
        ask,
        approval.Role,
        why,
        Answer(rollback, approval),
        approval.Otherwise,
        approval.ByAnother,
        now + approval.Within,
        1)
    {
        Type = approval.Type,
        AlsoCalled = approval.Otherwise == OnSilence.Escalate && rollback.PageRoles.Where(r => r != approval.Role).ToList() is { Count: > 0 } others ? others : null,
    };

    // Only the text that is typed says that a person read what it is about.
    private static string? Answer(RollbackState rollback, ApprovalDefinition approval) =>
        approval.Type is null && approval.Answer is null
            ? null
            : Placeholders.Fill(approval.Answer ?? "${service}", rollback.Facts.Values(rollback.Service), v => v);
}
