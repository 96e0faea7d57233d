using System.Text.Json.Nodes;
using AlertRollback.Playbooks;
using AlertRollback.Rollbacks;

namespace AlertRollback.Tests.Rollbacks.Running;

/// <summary>What a rollback went back to is no new release for the next alert.</summary>
public sealed class UndoneOnceTests
{
    [Fact]
    public async Task S9_another_rows_alert_after_an_undo_does_not_undo_what_that_brought_back()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.Rows["high"] = world.Row("high", 1, "assess");
        var ledger = new RevisionLedger(world.Chronicle, world.Operators, world.Time);
        var (running, since) = ("v2", world.DeployedAt!.Value);
        world.PinAnswer = () => new PinOutcome.Pinned(new JsonObject { ["from"] = running }, running, "good", [], [], [])
        {
            HasSuspect = true,
            Suspect = $"u/{running}",
            SuspectSince = since,
            WasPutBack = ledger.WasPutBack("u", running, since),
        };
        world.BeforeApply = async context =>
        {
            (running, since) = ("v1", world.Time.GetUtcNow());
            await ledger.QuarantineAsync("u", "deployment/production/rental-api", "v2", ["v2"], context.RollbackId, CancellationToken.None);
        };
        await world.FireAsync();
        await world.UntilAsync(Phase.Stabilising);
        await world.ResolveAsync();
        await world.ClosedAsync(Outcome.RolledBack, after: TimeSpan.FromMinutes(31));

        await world.FireAsync("high", startsAt: world.Time.GetUtcNow());

        var refused = (await world.UntilAsync(r => r is { Row.Name: "high", Closed: not null })).Closed!;
        (refused.Outcome, refused.Reason).ShouldBe((Outcome.Refused, Reason.NoNewRelease), refused.Text);
        refused.Text.ShouldStartWith("v1 had run here before and came back ");
        world.Writes.ShouldHaveSingleItem();
    }
}
