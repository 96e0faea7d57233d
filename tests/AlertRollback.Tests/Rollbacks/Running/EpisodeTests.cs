using AlertRollback.Playbooks;
using AlertRollback.Rollbacks;

namespace AlertRollback.Tests.Rollbacks.Running;

/// <summary>What belongs to an episode that is closed already, and what is a new one (S10).</summary>
public sealed class EpisodeTests
{
    private static readonly Func<PinOutcome> Paused = () => new PinOutcome.Refused(Reason.Paused, "paused");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task S9_an_alert_without_a_start_is_not_younger_on_the_next_day_unless_it_resolved(bool resolves)
    {
        await using var world = await RollbackWorld.StartAsync();
        world.PinAnswer = Paused;
        await world.FireAsync(startsAt: DateTimeOffset.MinValue);
        var first = await world.ClosedAsync(Outcome.Refused);
        world.PinAnswer = null;
        world.Time.Advance(TimeSpan.FromHours(24.2));
        if (resolves)
            await world.ResolveAsync();
        world.DeployedAt = world.Time.GetUtcNow();
        world.Time.Advance(TimeSpan.FromMinutes(20));
        await world.FireAsync(startsAt: DateTimeOffset.MinValue);

        var second = await world.UntilAsync(r => r.Id != first.Id && (r.Phase == Phase.Stabilising || r.Closed is not null));
        second.Closed?.Reason.ShouldBe(Reason.DeployedAfterAlert);
        second.HasActed.ShouldBe(resolves);
    }
}
