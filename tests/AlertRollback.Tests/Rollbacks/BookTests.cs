using AlertRollback.Rollbacks;
using AlertRollback.Tests.Rollbacks.Guards;

namespace AlertRollback.Tests.Rollbacks;

public sealed class BookTests
{
    [Theory]
    // open | hours since it was proposed | fires
    [InlineData(true, 1, true)]
    [InlineData(true, 25, true)]
    [InlineData(false, 1, true)]
    [InlineData(false, 25, false)]
    public void S3_S9_the_alert_of_a_run_that_is_parked_fires_however_long_that_takes(bool open, double hours, bool fires)
    {
        var parked = Runs.Proposed("r").Apply(2, Runs.At(1), new RollbackEvent.Parked(Reason.KillSwitch, "on", null));
        var book = Runs.BookOf(open ? parked : parked.Closed(2));
        var now = Runs.At(hours * 60);

        book.IsCalledFor(s => s.Name == "rental", now).ShouldBe(fires);
        book.Firing(now).Select(f => f.Cause.Fingerprint).ShouldBe(fires ? ["f-r"] : []);
        book.IsCalledFor(s => s.Name == "other", now).ShouldBeFalse();
    }
}
