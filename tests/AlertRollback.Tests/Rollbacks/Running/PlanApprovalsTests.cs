using AlertRollback.Matrix;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Rollbacks;
using AlertRollback.Rollbacks.Running;
using AlertRollback.Tests.Rollbacks.Guards;

namespace AlertRollback.Tests.Rollbacks.Running;

public sealed class PlanApprovalsTests
{
    [Theory]
    [InlineData(false, "severity playbook method")]
    [InlineData(true, "method")]
    public void Severity_and_playbook_ask_once_and_each_method_for_itself(bool hasActed, string asks)
    {
        var run = Run(By("s"), By("p"), By("m"));
        Asks(hasActed ? run.Acted(1) : run, Planned(irreversible: false)).ShouldBe(asks);
    }

    [Theory]
    // what silence means to the severity's and to the playbook's question | what is asked about what can hardly be taken back
    [InlineData(OnSilence.Deny, OnSilence.Proceed, "severity(it is gone) playbook")]
    [InlineData(OnSilence.Deny, OnSilence.Escalate, "severity playbook(it is gone)")]
    [InlineData(OnSilence.Proceed, OnSilence.Proceed, "severity playbook irreversible(it is gone)")]
    public void Silence_is_no_yes_to_what_can_hardly_be_taken_back(OnSilence severity, OnSilence playbook, string asks)
    {
        var needed = PlanApprovals.Needed(Run(By("s", severity), By("p", playbook), null), Planned(irreversible: true));
        string.Join(' ', needed.Select(n => n.Why.Contains("it is gone", StringComparison.Ordinal) ? $"{n.Ask}(it is gone)" : n.Ask)).ShouldBe(asks);
        needed.Single(n => n.Why.Contains("it is gone", StringComparison.Ordinal)).Approval.Otherwise.ShouldBeOneOf(OnSilence.Deny, OnSilence.Escalate);
    }

    [Theory]
    // whether it acted | what the playbook and the method ask for | what is asked about a plan that can lose data
    [InlineData(false, "typed", null, "playbook(p types)")]
    [InlineData(true, "typed", null, "playbook(p types)")]
    [InlineData(true, "typed", "yes", "method(m) playbook(p types)")]
    [InlineData(true, "typed", "typed", "method(m types)")]
    [InlineData(true, null, "typed", "method(m types)")]
    [InlineData(true, "yes", null, "destroys_data(p types)")]
    [InlineData(true, null, "yes", "method(m) destroys_data(m types)")]
    [InlineData(false, null, null, "destroys_data(on-call types)")]
    public void What_can_lose_data_for_good_is_typed_for_in_every_plan_that_has_it(bool hasActed, string? playbook, string? method, string asks)
    {
        static ApprovalDefinition? Of(string role, string? how) => how is null ? null : By(role) with { Type = how == "typed" ? "its name" : null };
        var run = Run(null, Of("p", playbook), Of("m", method));
        var plan = Planned(irreversible: false);
        plan = plan with { Steps = [plan.Steps[0] with { DestroysData = true }] };
        var needed = PlanApprovals.Needed(hasActed ? run.Acted(1) : run, plan);
        string.Join(' ', needed.Select(n => $"{n.Ask}({n.Approval.Role}{(n.Approval.Type is null ? "" : " types")})")).ShouldBe(asks);
        needed.ShouldAllBe(n => n.Approval.Otherwise == OnSilence.Deny);
    }

    [Theory]
    [InlineData("m", "p", "h", "s", "m")]
    [InlineData(null, "p", "h", "s", "p")]
    [InlineData(null, null, "h", "s", "h")]
    [InlineData(null, null, null, "s", "s")]
    [InlineData(null, null, null, null, "on-call")]
    public void About_what_can_hardly_be_taken_back_the_nearest_role_is_asked(string? method, string? playbook, string? byHand, string? severity, string role)
    {
        static ApprovalDefinition? Of(string? asked) => asked is null ? null : By(asked, OnSilence.Proceed);
        var run = Run(Of(severity), Of(playbook), Of(method));
        run = run with { Playbook = run.Playbook with { Manual = byHand is null ? null : new ManualDefinition([byHand], [], false) } };
        PlanApprovals.IrreversibleRole(run, Planned(irreversible: true)).ShouldBe(role);
    }

    [Theory]
    [InlineData(OnSilence.Escalate, "on-call", null)]
    [InlineData(OnSilence.Escalate, "p", "on-call")]
    [InlineData(OnSilence.Deny, "p", null)]
    public void An_escalation_calls_the_others_as_well(OnSilence otherwise, string role, string? also) =>
        Request(By(role, otherwise)).AlsoCalled.ShouldBe(also is null ? null : [also]);

    [Theory]
    [InlineData(null, null, null)]
    [InlineData("the service", null, "rental")]
    [InlineData(null, "drop it", "drop it")]
    [InlineData("the service twice", "${service} ${service}", "rental rental")]
    public void What_has_to_be_typed_is_the_services_name_unless_it_is_said(string? type, string? answer, string? typed) =>
        Request(By("p") with { Type = type, Answer = answer }).Answer.ShouldBe(typed);

    private static RollbackEvent.ApprovalRequested Request(ApprovalDefinition approval)
    {
        var planned = Run(null, approval, null).Apply(2, Runs.Noon, new RollbackEvent.PlanMade(Planned(irreversible: false)));
        return PlanApprovals.Request(planned, PlanApprovals.Playbook, approval, "because", Runs.Noon);
    }

    private static string Asks(RollbackState run, Plan plan) => string.Join(' ', PlanApprovals.Needed(run, plan).Select(n => n.Ask));

    private static ApprovalDefinition By(string role, OnSilence otherwise = OnSilence.Deny) => new(role, TimeSpan.FromMinutes(15), otherwise, null, null, false);

    private static Plan Planned(bool irreversible) => Plan.Of(0, "kubernetes", [Runs.PlanOf(null).Steps[0] with { Irreversible = irreversible ? "it is gone" : null }]);

    private static RollbackState Run(ApprovalDefinition? severity, ApprovalDefinition? playbook, ApprovalDefinition? method)
    {
        var run = Runs.Proposed("r");
        return run with
        {
            Severity = run.Severity with { Approval = severity },
            Playbook = run.Playbook with
            {
                Approval = playbook,
                Methods = [new MethodDefinition("kubernetes", TimeSpan.FromMinutes(1), []) { Approval = method }],
                OnFailure = [new StepDefinition(new PageAction().Name, new System.Text.Json.Nodes.JsonObject { ["role"] = "on-call" })],
            },
        };
    }
}
