using AlertRollback.Rollbacks;
using AlertRollback.Tests.Announcements.Wording;
using static AlertRollback.Tests.Announcements.Happenings;

namespace AlertRollback.Tests.Announcements.Slack;

/// <summary>What a message says of the steps is what is there now, not only what was done once.</summary>
public sealed class SlackStepsTests
{
    [Theory]
    [InlineData(StepResult.Done, Reason.Applied, "3 replicas again", "; put back: 3 replicas again\n")]
    [InlineData(StepResult.Failed, Reason.Superseded, "somebody set 5", "; *NOT put back* (superseded): somebody set 5\n")]
    public void What_was_changed_meanwhile_is_said_to_be_put_back_or_not(StepResult result, Reason reason, string text, string said) =>
        MessageTests.Shown(Fold(Meanwhile(new RollbackEvent.StepRestored("kubernetes/meanwhile/0", "scale", result, reason, text))))
            .ShouldContain($"scale: `3 replicas` → `0 replicas` — 0 of 0 pods run{said}");
}
