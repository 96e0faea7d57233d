using AlertRollback.Rollbacks;
using AlertRollback.Tests.Web.Operators;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.Rollbacks.Running;

/// <summary>The way from the webhook into the book, with all that recognises repeats on it.</summary>
public sealed class DispatcherTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 1, 0, TimeSpan.Zero));

    [Fact]
    public async Task An_alert_that_resolves_after_a_false_resolution_withdraws_the_second_rollback_too()
    {
        await using var service = await OperatorsUnderTest.StartAsync(time: _time);
        await service.PostAsync("kill-switch", """{"on": true, "why": "so that it waits"}""");
        (await service.FireAsync("critical")).ShouldBe("accepted");
        var first = await ParkedAsync(service);
        (await service.ResolveAsync("critical", _time.GetUtcNow())).ShouldBe("accepted");
        await WithdrawnAsync(service, first);

        _time.Advance(TimeSpan.FromMinutes(5));
        (await service.FireAsync("critical")).ShouldBe("known already");
        var second = await ParkedAsync(service);
        (await service.ResolveAsync("critical", _time.GetUtcNow())).ShouldBe("accepted");

        await WithdrawnAsync(service, second);
        service.Chronicle.Book.Rollbacks.Keys.ShouldBe([first, second], ignoreOrder: true);
    }

    private async Task<string> ParkedAsync(OperatorsUnderTest service) =>
        (await FakeTime.PassAsync(_time, TimeSpan.Zero, service.Chronicle, b => b.Open.Any(r => r.Phase == Phase.Parked))).Open.Single().Id;

    private static async Task WithdrawnAsync(OperatorsUnderTest service, string id) =>
        (await service.UntilAsync(b => !b.Rollbacks[id].IsOpen)).Rollbacks[id].Closed!.Outcome.ShouldBe(Outcome.Withdrawn);
}
