namespace AlertRollback.Tests.Support;

public sealed class UntilTests
{
    private readonly PassingTime time = new(DateTimeOffset.UnixEpoch);

    [Fact]
    public async Task What_never_happens_is_waited_for_a_minute_and_named()
    {
        var happened = false;

        (await Should.ThrowAsync<TimeoutException>(() => Until.TrueAsync(() => happened, clock: time))).Message.ShouldBe("waited 60 s in vain for: () => happened");
        (time.GetUtcNow() - DateTimeOffset.UnixEpoch).ShouldBe(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task A_look_that_never_ends_is_none()
    {
        var never = new TaskCompletionSource<bool>();

        (await Should.ThrowAsync<TimeoutException>(() => Until.TrueAsync(() => never.Task, "the answer", clock: time))).Message.ShouldBe("waited 60 s in vain for: the answer");
    }

    [Fact]
    public async Task What_happens_at_last_is_enough()
    {
        var looks = 0;

        await Until.TrueAsync(() => ++looks == 3, clock: time);

        looks.ShouldBe(3);
    }

    [Fact]
    public async Task A_fault_of_the_look_itself_gets_through() =>
        (await Should.ThrowAsync<TimeoutException>(() => Until.TrueAsync(() => Task.FromException<bool>(new TimeoutException("of the look")), clock: time))).Message.ShouldBe("of the look");
}
