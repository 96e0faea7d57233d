using AlertRollback.Announcements;

namespace AlertRollback.Tests.Announcements;

public sealed class TellingTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(false, 120, true)]
    [InlineData(true, 5, false)]
    public void What_is_refused_comes_again_and_keeps_newer_news_waiting_only_where_it_may_pass_by_itself(bool worthRetrying, int seconds, bool lasting)
    {
        var telling = Telling.After(new RemoteAnswer<string>.Refused("error", worthRetrying, "not accepted"), Noon);

        telling.ShouldBe(new Telling(Noon + TimeSpan.FromSeconds(seconds), "not accepted") { Lasting = lasting });
    }

    [Fact]
    public void A_rate_limit_and_a_lost_answer_keep_newer_news_waiting()
    {
        Telling.After(new RemoteAnswer<string>.RateLimited(TimeSpan.FromSeconds(7)), Noon).ShouldSatisfyAllConditions(t => t.Lasting.ShouldBeFalse(), t => t.Again.ShouldBe(Noon + TimeSpan.FromSeconds(7)));
        Telling.After(new RemoteAnswer<string>.OutcomeUnknown("lost"), Noon).ShouldSatisfyAllConditions(t => t.Lasting.ShouldBeFalse(), t => t.Trouble.ShouldBe("lost"));
    }
}
