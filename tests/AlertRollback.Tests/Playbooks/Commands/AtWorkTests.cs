using System.Text.Json.Nodes;
using AlertRollback.Playbooks.Commands;
using AlertRollback.Tests.Playbooks.Actions;
using AlertRollback.Tests.Support;

namespace AlertRollback.Tests.Playbooks.Commands;

/// <summary>What a crash left at work in a pod goes on.</summary>
public sealed class AtWorkTests
{
    private static readonly ReadBack Yes = new ReadBack.CarriedOut("");
    private static readonly ReadBack No = new ReadBack.NotCarriedOut("not there");

    private readonly PassingTime _time = new(Acting.Started);

    [Theory]
    [InlineData(0)]
    [InlineData(11)]
    public async Task A_yes_counts_whenever_it_comes(int seconds)
    {
        (await AskAsync(() => Passed >= seconds ? Yes : No)).ShouldBe(Yes);
        Passed.ShouldBeLessThan(20);
    }

    [Fact]
    public async Task A_no_counts_only_once_it_has_to_be_over()
    {
        (await AskAsync(() => No)).ShouldBe(No);
        Passed.ShouldBe(60);
    }

    [Theory]
    [InlineData(60)]
    [InlineData(50)]
    public async Task S16_what_may_be_at_work_as_long_as_its_step_has_is_asked_once_more_when_it_has_to_be_over(int deadline)
    {
        (await AskAsync(() => No, deadline)).ShouldBe(No);
        Passed.ShouldBe(60);
    }

    [Fact]
    public async Task An_answer_that_takes_long_does_not_make_it_asked_much_later()
    {
        (await AskAsync(() =>
        {
            using var late = _time.CreateTimer(_ => { }, null, TimeSpan.FromSeconds(4), Timeout.InfiniteTimeSpan);
            return No;
        })).ShouldBe(No);
        Passed.ShouldBe(64, "the last question was asked as soon as it had to be over");
    }

    [Fact]
    public async Task When_the_step_s_time_is_over_before_nothing_can_be_told()
    {
        (await AskAsync(() => No, deadline: 30)).ShouldBe(new ReadBack.Unknown("it may still be at work: not there"));
        Passed.ShouldBeLessThan(30);
    }

    [Fact]
    public async Task S16_of_what_nothing_ends_a_no_is_never_measured_and_a_yes_counts_whenever_it_comes()
    {
        (await AskAsync(() => No, deadline: 120, nothingEndsIt: true)).ShouldBe(new ReadBack.Unknown("it may still be at work: not there"));
        Passed.ShouldBe(115);
        (await AskAsync(() => Passed >= 190 ? Yes : No, deadline: 240, nothingEndsIt: true)).ShouldBe(Yes);
        (await AskAsync(() => No, begun: [], nothingEndsIt: true)).ShouldBe(No);
    }

    [Fact]
    public async Task What_was_never_begun_or_begun_by_an_earlier_version_is_answered_at_once()
    {
        (await AskAsync(() => No, begun: [])).ShouldBe(No);
        (await new AtWork(_time, TimeSpan.FromMinutes(1)).AskAsync(Acting.Context(), null, () => Task.FromResult(No), TestContext.Current.CancellationToken)).ShouldBe(No);
        Passed.ShouldBe(0);
    }

    private double Passed => (_time.GetUtcNow() - Acting.Started).TotalSeconds;

    private Task<ReadBack> AskAsync(Func<ReadBack> ask, int deadline = 600, JsonObject? begun = null, bool nothingEndsIt = false)
    {
        var work = new AtWork(_time, TimeSpan.FromMinutes(1)) { NothingEndsIt = nothingEndsIt };
        return work.AskAsync(
            Acting.Context(deadline: Acting.Started + TimeSpan.FromSeconds(deadline)), begun ?? work.Beginning(), () => Task.FromResult(ask()), TestContext.Current.CancellationToken);
    }
}
