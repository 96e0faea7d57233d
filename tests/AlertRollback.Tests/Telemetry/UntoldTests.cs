using AlertRollback.Rollbacks;
using AlertRollback.Telemetry;
using AlertRollback.Tests.Announcements;
using static AlertRollback.Tests.Announcements.Happenings;

namespace AlertRollback.Tests.Telemetry;

/// <summary>Since when an announcer could have told what it has not: five minutes lie between what happens here.</summary>
public sealed class UntoldTests
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(5);

    private static double? Minutes(AnnouncementWorld world, string stream, long told) => (Untold.Since(world.Chronicle.Book, stream, told) - Noon)?.TotalMinutes;

    [Fact]
    public async Task Of_a_rollback_the_first_event_counts_that_was_not_told()
    {
        await using var world = await AnnouncementWorld.StartAsync(Proposed());
        await LaterAsync(world, Journalled, GuardsPass());
        await LaterAsync(world, Journalled, PlanMade());

        ((double?[])[Minutes(world, Journalled, 0), Minutes(world, Journalled, 1), Minutes(world, Journalled, 2), Minutes(world, Journalled, 3)]).ShouldBe([0, 5, 10, null]);
    }

    [Fact]
    public async Task What_took_over_is_told_of_in_the_stream_of_what_failed()
    {
        await using var world = await AnnouncementWorld.StartAsync(Proposed());
        await LaterAsync(world, Journalled, new RollbackEvent.HandedOver("second", "restart"));
        await LaterAsync(world, "rollback/second", Proposed(id: "second") with { After = Id });

        Minutes(world, Journalled, 1).ShouldBe(5);
        Minutes(world, Journalled, 2).ShouldBe(10);
        Minutes(world, Journalled, 3).ShouldBeNull();
    }

    [Fact]
    public async Task Of_a_task_it_is_when_it_was_given_and_then_what_happened_last()
    {
        await using var world = await AnnouncementWorld.StartAsync();
        var stream = TaskState.Stream("t1");
        await LaterAsync(world, stream, Given("t1"));
        await LaterAsync(world, stream, new TaskEvent.Done("ann", null));

        (Minutes(world, stream, 0), Minutes(world, stream, 1)).ShouldBe((5, 10));
    }

    [Fact]
    public async Task Of_a_task_that_alerts_go_on_joining_it_is_the_first_call_that_was_not_told()
    {
        await using var world = await AnnouncementWorld.StartAsync();
        var stream = TaskState.Stream("t1");
        await LaterAsync(world, stream, Given("t1"));
        var told = world.Chronicle.Book.Tasks["t1"].LastSequence;
        foreach (var name in (string[])["A", "B", "C", "D", "E"])
            await LaterAsync(world, stream, new TaskEvent.CauseAttached(Proposed().Cause! with { Fingerprint = name, AlertName = name }));

        Minutes(world, stream, told).ShouldBe(20, "a quarter of an hour after it was given, the last joined at 30");
    }

    [Fact]
    public async Task Of_what_a_rollback_left_open_it_is_the_same()
    {
        await using var world = await AnnouncementWorld.StartAsync();
        await LaterAsync(world, TaskState.Stream("r1-1"), Given("r1-1") with { Of = "r1" });
        await LaterAsync(world, TaskState.Stream("r1-2"), Given("r1-2") with { Of = "r1" });

        (Minutes(world, "open-items/r1", 0), Minutes(world, "open-items/r1", 1)).ShouldBe((5, 10));
    }

    [Fact]
    public async Task News_is_as_old_as_it_is_and_of_what_the_book_does_not_know_nothing_is_said()
    {
        await using var world = await AnnouncementWorld.StartAsync();
        await LaterAsync(world, Book.GlobalStream, new GlobalEvent.MatrixGood());

        Minutes(world, "news/1", 0).ShouldBe(5);
        ((string[])["news/7", "rollback/x", "task/x", "open-items/x", "other"]).ShouldAllBe(s => Minutes(world, s, 0) == null);
    }

    private static TaskEvent.Given Given(string id) => new(id, Proposed().Row, Proposed().Service, "high", "look", "on-call", null);

    private static Task LaterAsync(AnnouncementWorld world, string stream, object e)
    {
        world.Time.Advance(Pause);
        return world.HappensAsync(stream, e);
    }
}
