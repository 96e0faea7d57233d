using System.Text.Json;
using AlertRollback.CommandLine;
using AlertRollback.Matrix;
using AlertRollback.Rollbacks;
using AlertRollback.Web.Operators;
using static AlertRollback.Tests.Announcements.Happenings;

namespace AlertRollback.Tests.CommandLine;

public sealed class ShowCommandTests
{
    private static readonly RollbackEvent.ApprovalRequested Asked = new(
        PlanMade().Plan.Digest, "playbook", "devops-lead", "playbook undo asks for it", null, OnSilence.Deny, false, Noon + TimeSpan.FromDays(1), 1);

    [Fact]
    public void A_timeline_of_several_days_says_which_line_is_of_which()
    {
        var parked = Fold([Proposed(), new RollbackEvent.Parked(Reason.OutsideWindow, "waits for the window night", Noon + TimeSpan.FromDays(1))]);
        Shown(parked.Apply(3, Noon + TimeSpan.FromDays(1), new RollbackEvent.Unparked("outside_window is over"))).ShouldEndWith("""
              2026-11-23 UTC
              12:00:00  RentalErrors is firing — Errors at 12 %: row "critical band" decides
              12:00:10  waits (outside_window): waits for the window night
              2026-11-24 UTC
              12:00:00  goes on: outside_window is over

            """.ReplaceLineEndings("\n"));
    }

    [Fact]
    public void What_can_still_be_answered_is_shown_with_its_day_and_nothing_else()
    {
        Shown(Fold([.. UntilPlanned(), Asked])).ShouldContain("until 2026-11-24 12:00 UTC, otherwise deny\n");
        Shown(Fold([.. UntilPlanned(), Asked, Resolved(), Closed(Outcome.Withdrawn, Reason.Resolved, "every alert resolved")])).ShouldNotContain("Asked:");
    }

    private static string Shown(RollbackState rollback)
    {
        var output = new StringWriter { NewLine = "\n" };
        ShowCommand.Print(JsonSerializer.SerializeToNode(RollbackDetailView.Of(rollback), EventJson.Options)!, output);
        return output.ToString();
    }
}
