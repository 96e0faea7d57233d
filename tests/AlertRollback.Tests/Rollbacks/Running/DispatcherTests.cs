using AlertRollback.Rollbacks;
using AlertRollback.Tests.Matrix;
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

    // Alertmanager says again what it said before; how lately the alert was heard of when it resolved changes nothing.
    [Theory]
    [InlineData(600, 20)]
    [InlineData(30, 20)]
    [InlineData(30, 59)]
    public async Task S11_an_alert_that_fires_on_right_after_a_false_resolution_is_decided_once_more(int resolves, int again)
    {
        await using var service = await OperatorsUnderTest.StartAsync(time: _time);
        await service.PostAsync("kill-switch", """{"on": true, "why": "so that it waits"}""");
        (await service.FireAsync("critical")).ShouldBe("accepted");
        var first = await ParkedAsync(service);
        _time.Advance(TimeSpan.FromSeconds(resolves));
        (await service.ResolveAsync("critical", _time.GetUtcNow())).ShouldBe("accepted");
        await WithdrawnAsync(service, first);

        _time.Advance(TimeSpan.FromSeconds(again));
        (await service.FireAsync("critical")).ShouldBe("known already");
        await PassUntilAsync(service, b => b.Open.Any(r => r.Phase == Phase.Parked));
        var second = service.Chronicle.Book.Open.ShouldHaveSingleItem();
        second.Id.ShouldNotBe(first);
        second.Causes.ShouldHaveSingleItem().MayBeLate.ShouldBeTrue("a second Alertmanager may have said it");
    }

    [Fact]
    public async Task S11_an_alert_that_gave_a_task_and_fires_on_after_a_false_resolution_is_known_to_fire()
    {
        await using var service = await OperatorsUnderTest.StartAsync(time: _time);
        (await service.FireAsync("low")).ShouldBe("accepted");
        await service.UntilAsync(b => b.Tasks.Values.Any(t => t.StillFires));
        _time.Advance(TimeSpan.FromMinutes(10));
        (await service.ResolveAsync("low", _time.GetUtcNow())).ShouldBe("accepted");
        await service.UntilAsync(b => b.Tasks.Values.All(t => !t.StillFires));

        _time.Advance(TimeSpan.FromMinutes(5));
        (await service.FireAsync("low")).ShouldBe("known already");
        (await PassUntilAsync(service, b => b.Tasks.Values.Any(t => t.StillFires))).Tasks.ShouldHaveSingleItem();
    }

    // The disk is full for a while, say: what was acknowledged meanwhile is decided afterwards.
    [Fact]
    public async Task S11_what_is_heard_after_a_resolution_and_before_that_is_decided_is_not_lost()
    {
        await using var service = await OperatorsUnderTest.StartAsync(time: _time);
        await service.PostAsync("kill-switch", """{"on": true, "why": "so that it waits"}""");
        await service.FireAsync("critical");
        var first = await ParkedAsync(service);
        _time.Advance(TimeSpan.FromMinutes(10));
        using var held = new ManualResetEventSlim();
        using var end = new ManualResetEventSlim();
        var busy = Task.Run(() => service.Chronicle.ChangeAsync(_ => Hold(held, end), TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);
        held.Wait(TestContext.Current.CancellationToken);
        (await service.ResolveAsync("critical", _time.GetUtcNow())).ShouldBe("accepted");
        _time.Advance(TimeSpan.FromSeconds(20));
        (await service.FireAsync("critical")).ShouldBe("known already");
        _time.Advance(TimeSpan.FromSeconds(1));
        end.Set();
        await busy;

        await WithdrawnAsync(service, first);
        (await ParkedAsync(service)).ShouldNotBe(first);
    }

    private static IReadOnlyList<Entry> Hold(ManualResetEventSlim held, ManualResetEventSlim end)
    {
        held.Set();
        end.Wait(TestContext.Current.CancellationToken);
        return [];
    }

    [Fact]
    public async Task What_was_heard_by_a_clock_that_was_ahead_and_has_resolved_does_not_fire_again()
    {
        await using var service = await OperatorsUnderTest.StartAsync(time: _time);
        await service.PostAsync("kill-switch", """{"on": true, "why": "so that it waits"}""");
        _time.Advance(TimeSpan.FromMinutes(10));
        await service.FireAsync("critical");
        var rollback = await ParkedAsync(service);
        _time.AdjustTime(_time.GetUtcNow() - TimeSpan.FromMinutes(5));
        await service.ResolveAsync("critical", _time.GetUtcNow());
        await WithdrawnAsync(service, rollback);

        await DecidedAsync(service, 1);
        (await DecidedAsync(service, 2)).Rollbacks.Keys.ShouldBe([rollback]);
    }

    [Fact]
    public async Task An_alert_that_no_row_matched_is_decided_once_more_by_the_corrected_matrix()
    {
        await using var service = await OperatorsUnderTest.StartAsync(time: _time);
        await service.PostAsync("kill-switch", """{"on": true, "why": "so that it waits"}""");
        await service.FireAsync("urgent");
        await service.UntilAsync(b => !b.NotActedOn.IsEmpty);
        (await service.FireAsync("urgent")).ShouldBe("known already");

        await service.ReloadAsync(OperatorsUnderTest.Content.Replace("severity=\"critical\"", "severity=~\"critical|urgent\"", StringComparison.Ordinal));
        (await service.FireAsync("urgent")).ShouldBe("accepted");
        await ParkedAsync(service);
        (await service.FireAsync("urgent")).ShouldBe("known already");
        service.Chronicle.Book.Rollbacks.ShouldHaveSingleItem();
        service.Chronicle.Book.NotActedOn.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Of_a_message_that_was_decided_the_events_are_kept_and_of_one_that_cannot_be_read_the_message()
    {
        await using var service = await OperatorsUnderTest.StartAsync(time: _time);
        await service.Journal.ReceiveAsync("broken", "{\"alerts\""u8.ToArray(), [], _time.GetUtcNow(), TestContext.Current.CancellationToken);
        await service.FireAsync("low");
        var book = await service.UntilAsync(b => !b.Tasks.IsEmpty);
        book.NotActedOn.Select(n => n.Event).ShouldHaveSingleItem().ShouldBeOfType<AlertEvent.Unreadable>();

        // The bodies go in a write of their own, after what was decided is on the disk.
        var bodies = "";
        for (var look = 0; look < 10_000 && bodies != "{\"alerts\"|"; look++)
            bodies = await service.Journal.Writer.WriteAsync(s => s.Text("SELECT group_concat(body, '|') FROM (SELECT body FROM receipts ORDER BY number)"));
        bodies.ShouldBe("{\"alerts\"|");
        (await service.FireAsync("low")).ShouldBe("known already");
    }

    [Fact]
    public async Task An_alert_that_no_row_matches_is_recorded_once_while_its_group_changes()
    {
        await using var service = await OperatorsUnderTest.StartAsync(time: _time);
        await service.FireTogetherAsync("urgent", "high");
        await service.FireTogetherAsync("urgent", "higher");
        await service.FireAsync("last");

        var book = await service.UntilAsync(b => b.NotActedOn.Select(n => ((AlertEvent.NotActedOn)n.Event).Fingerprint).Distinct().Count() == 4);
        book.NotActedOn.Count().ShouldBe(4);
    }

    [Fact]
    public async Task What_no_row_decides_is_warned_of_once_for_each_matrix_and_what_a_row_only_logs_never()
    {
        await using var service = await OperatorsUnderTest.StartAsync(matrix: Matrices.Rental, time: _time);
        await service.FireAsync("low");
        // What is said of the last one may still be on its way.
        await DecidedAsync(service, 2);
        await DecidedAsync(service, 3);
        await DecidedAsync(service, 4);
        Warnings().ShouldBe(["Warning: The alert HighErrors was not acted on (no_row_matched): no row of team rental matches; severity \"unheard-of 2\" fits none "]);

        await service.ReloadAsync(Matrices.Rental + "# only a word\n");
        await DecidedAsync(service, 5);
        await DecidedAsync(service, 6);
        Warnings().Count.ShouldBe(2);

        List<string> Warnings() => [.. service.Log.Where(l => l.Contains("not acted on", StringComparison.Ordinal))];
    }

    [Fact]
    public async Task S14_an_edit_of_the_matrix_that_is_taken_back_costs_no_alert()
    {
        await using var service = await OperatorsUnderTest.StartAsync(time: _time);
        await service.PostAsync("kill-switch", """{"on": true, "why": "so that it waits"}""");
        await service.FireAsync("critical");
        var first = await ParkedAsync(service);
        await service.ReloadAsync(OperatorsUnderTest.Content.Replace("severity=\"critical\"", "severity=~\"crit\"", StringComparison.Ordinal));
        await PassUntilAsync(service, b => !b.Rollbacks[first].IsOpen);
        await service.ReloadAsync(OperatorsUnderTest.Content);

        (await service.FireAsync("critical")).ShouldBe("accepted");
        (await ParkedAsync(service)).ShouldNotBe(first);
        (await service.FireAsync("critical")).ShouldBe("known already");
    }

    [Fact]
    public async Task A_changed_matrix_gives_nothing_a_second_time()
    {
        await using var service = await OperatorsUnderTest.StartAsync(time: _time);
        await service.PostAsync("kill-switch", """{"on": true, "why": "so that it waits"}""");
        await service.FireAsync("critical");
        var rollback = await ParkedAsync(service);
        await service.FireAsync("low");
        await DoneAsync(service);
        await service.ReloadAsync(OperatorsUnderTest.Content + "# only a word\n");

        (await service.FireAsync("critical")).ShouldBe("accepted");
        (await service.FireAsync("low")).ShouldBe("accepted");
        var book = await DecidedAsync(service, 1);
        book.Rollbacks.Keys.ShouldBe([rollback]);
        book.Rollbacks[rollback].Timeline.ShouldNotContain(t => t.Event is RollbackEvent.CauseAttached);
        book.Tasks.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task An_alert_without_a_start_is_decided_again_every_hour_and_leads_to_nothing_new_while_it_fires()
    {
        await using var service = await OperatorsUnderTest.StartAsync(time: _time);
        await service.PostAsync("kill-switch", """{"on": true, "why": "so that it waits"}""");
        await service.FireWithoutStartAsync("critical");
        var rollback = await ParkedAsync(service);
        await service.FireWithoutStartAsync("low");
        await DoneAsync(service);

        _time.Advance(TimeSpan.FromHours(1));
        (await service.FireWithoutStartAsync("critical")).ShouldBe("accepted");
        (await service.FireWithoutStartAsync("low")).ShouldBe("accepted");
        var book = await DecidedAsync(service, 1);
        (book.Rollbacks.Keys.Single(), book.Tasks.Count).ShouldBe((rollback, 1));
        book.Rollbacks[rollback].Timeline.ShouldNotContain(t => t.Event is RollbackEvent.CauseAttached);

        await service.ResolveAsync("critical", _time.GetUtcNow());
        await service.ResolveAsync("low", _time.GetUtcNow());
        await WithdrawnAsync(service, rollback);
        _time.Advance(TimeSpan.FromHours(1));
        await service.FireWithoutStartAsync("critical");
        await service.FireWithoutStartAsync("low");
        book = await DecidedAsync(service, 2);
        (book.Rollbacks.Count, book.Tasks.Count).ShouldBe((2, 2));
    }

    private static async Task DoneAsync(OperatorsUnderTest service)
    {
        var book = await service.UntilAsync(b => b.Tasks.Values.Any(t => t.IsOpen));
        await service.PostAsync($"tasks/{book.Tasks.Values.Single(t => t.IsOpen).Given.Id}/done", "{}");
    }

    // Receipts are decided in their order: after one more that no row matches, those before it are.
    private static async Task<Book> DecidedAsync(OperatorsUnderTest service, int round)
    {
        await service.FireAsync($"unheard-of {round}");
        return await service.UntilAsync(b => b.NotActedOn.Count() == round);
    }

    private async Task<string> ParkedAsync(OperatorsUnderTest service) =>
        (await PassUntilAsync(service, b => b.Open.Any(r => r.Phase == Phase.Parked))).Open.Single().Id;

    private Task<Book> PassUntilAsync(OperatorsUnderTest service, Func<Book, bool> wanted) => FakeTime.PassAsync(_time, TimeSpan.Zero, service.Chronicle, wanted);

    private static async Task WithdrawnAsync(OperatorsUnderTest service, string id) =>
        (await service.UntilAsync(b => !b.Rollbacks[id].IsOpen)).Rollbacks[id].Closed!.Outcome.ShouldBe(Outcome.Withdrawn);
}
