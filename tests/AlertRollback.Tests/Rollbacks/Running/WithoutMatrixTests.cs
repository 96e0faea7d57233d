using System.Text;
using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Rollbacks;
using AlertRollback.Rollbacks.Running;
using Microsoft.Extensions.Logging.Abstractions;

namespace AlertRollback.Tests.Rollbacks.Running;

/// <summary>A start with a faulty matrix, and none from before that could be used.</summary>
public sealed class WithoutMatrixTests
{
    // More than are read at a time.
    private const int Earlier = 70;

    [Fact]
    public async Task S12_a_resolution_calls_off_what_waits_although_there_is_no_matrix_to_decide_by()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.PinAnswer = () => new PinOutcome.CannotTell("the API is away");
        await world.FireAsync();
        await world.UntilAsync(Phase.Parked);
        for (var i = 0; i < Earlier; i++)
            await ReceiveAsync(world, $"{i}", "firing");
        await ReceiveAsync(world, "a", "resolved");
        using var matrix = new MatrixSource(world.Operators, new Catalog([], []), world.Journal, world.Time, NullLogger<MatrixSource>.Instance);
        using var dispatcher = new Dispatcher(world.Journal, world.Chronicle, matrix, world.Operators, world.Next, world.Time, NullLogger<Dispatcher>.Instance);
        await dispatcher.StartAsync(Cancellation);

        await world.ClosedAsync(Outcome.Withdrawn);
        await dispatcher.StopAsync(Cancellation);
        world.Chronicle.Book.Rollbacks.ShouldHaveSingleItem();
        (await world.Journal.PendingReceiptsAsync(int.MaxValue, Cancellation)).Count.ShouldBe(Earlier + 1, "all are decided when there is a matrix");
    }

    private static Task ReceiveAsync(RollbackWorld world, string pod, string status) => world.Journal.ReceiveAsync(
        $"{pod} {status}",
        Encoding.UTF8.GetBytes($$$"""
            {"version": "4", "groupKey": "g", "status": "{{{status}}}", "receiver": "r", "groupLabels": {}, "commonLabels": {}, "commonAnnotations": {},
             "externalURL": "http://am", "truncatedAlerts": 0, "alerts": [{"status": "{{{status}}}", "annotations": {},
             "startsAt": "{{{world.Time.GetUtcNow():yyyy-MM-ddTHH:mm:ssZ}}}", "endsAt": "{{{world.Time.GetUtcNow():yyyy-MM-ddTHH:mm:ssZ}}}",
             "labels": {"alertname": "HighErrors", "severity": "critical", "service": "rental-api", "pod": "{{{pod}}}"}, "generatorURL": ""}]}
            """),
        [],
        world.Time.GetUtcNow(),
        Cancellation);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;
}
