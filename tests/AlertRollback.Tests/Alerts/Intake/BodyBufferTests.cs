using System.Net;
using System.Text;
using AlertRollback.Alerts.Intake;
using AlertRollback.Tests.Support.Web;
using static AlertRollback.Tests.Support.Web.WebUnderTest;

namespace AlertRollback.Tests.Alerts.Intake;

public sealed class BodyBufferTests
{
    [Theory]
    [InlineData(10, true)]
    [InlineData(11, false)]
    public void All_of_the_memory_may_be_taken_and_not_a_byte_more(long bytes, bool taken) => new BodyMemory(10).TryTake(bytes).ShouldBe(taken);

    [Fact]
    public async Task What_a_slow_journal_may_still_be_reading_is_not_written_over_by_the_messages_after_it()
    {
        await using var web = await StartAsync();
        var commit = new TaskCompletionSource();
        web.Journal.Commit = commit.Task;
        var slow = Messages.Of(Messages.Alert("slow"));
        var answer = ReadAsync(web.PostAsync(slow));
        while (!answer.IsCompleted)
        {
            web.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        (await answer).Status.ShouldBe(HttpStatusCode.ServiceUnavailable);
        web.Journal.Commit = Task.CompletedTask;
        for (var i = 0; i < 50; i++)
            (await ReadAsync(web.PostAsync(Messages.Of(Messages.Alert($"after {i}"))))).Status.ShouldBe(HttpStatusCode.OK);

        commit.SetResult();
        while (web.Journal.Bodies.Count < 51)
            await Task.Yield();
        web.Journal.Bodies.Select(b => Encoding.UTF8.GetString(b)).ShouldContain(slow);
    }
}
