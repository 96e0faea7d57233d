using AlertRollback.Announcements.Wording;
using AlertRollback.Matrix;
using AlertRollback.Rollbacks;
using static AlertRollback.Tests.Announcements.Happenings;

namespace AlertRollback.Tests.Announcements.Wording;

/// <summary>Whoever is called learns what they, and nobody else, have to do.</summary>
public sealed class AdviceTests
{
    [Fact]
    public void Everybody_who_has_to_agree_is_told_until_when_and_what_has_to_be_typed()
    {
        var digest = PlanMade().Plan.Digest;
        var manager = new RollbackEvent.ApprovalRequested(digest, "severity", "manager", "severity critical asks for it", null, OnSilence.Proceed, false, Noon + TimeSpan.FromMinutes(5), 1);
        var admin = new RollbackEvent.ApprovalRequested(digest, "playbook", "database-admin", "playbook undo asks for it", "0042", OnSilence.Deny, false, Noon + TimeSpan.FromMinutes(15), 1);

        Advice.For(Fold([.. UntilPlanned(), manager, admin])).ShouldBe(
            "manager: say yes or no until 12:05 UTC (it is done if nobody answers); "
            + "database-admin, with --type: say yes or no until 12:15 UTC (it is not done if nobody answers): "
            + $"alertrollback approve {Id} --digest {digest[..12]} [--type …], or alertrollback reject {Id} --digest {digest[..12]}");
        Advice.For(Fold([.. UntilPlanned(), manager, admin, new RollbackEvent.ApprovalGiven(digest, "severity", "kim", null)])).ShouldBe(
            "database-admin: say yes or no until 12:15 UTC (it is not done if nobody answers): "
            + $"alertrollback approve {Id} --digest {digest[..12]} --type …, or alertrollback reject {Id} --digest {digest[..12]}");
    }
}
