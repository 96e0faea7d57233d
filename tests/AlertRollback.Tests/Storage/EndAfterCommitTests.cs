using AlertRollback.Storage;

namespace AlertRollback.Tests.Storage;

public sealed class EndAfterCommitTests
{
    [Fact]
    public void Whatever_a_journal_may_leave_out_is_passed_on()
    {
        var map = typeof(EndAfterCommit).GetInterfaceMap(typeof(IJournal));

        map.InterfaceMethods.Zip(map.TargetMethods).Where(m => m.Second.DeclaringType != typeof(EndAfterCommit)).Select(m => m.First.Name).ShouldBeEmpty();
    }
}
