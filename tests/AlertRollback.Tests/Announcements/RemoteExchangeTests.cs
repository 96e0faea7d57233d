using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using AlertRollback.Announcements;
using AlertRollback.Tests.Support.Stubs;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.Announcements;

public sealed class RemoteExchangeTests
{
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 1, 5, 10, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task Retry_After_may_be_a_date()
    {
        var at = time.GetUtcNow().AddSeconds(90);
        (await SendAsync(HttpStatusCode.TooManyRequests, CallEffect.Adds, r => r.Headers.RetryAfter = new RetryConditionHeaderValue(at)))
            .ShouldBe(new RemoteAnswer<string>.RateLimited(TimeSpan.FromSeconds(90)));
    }

    [Fact]
    public async Task Retry_After_in_the_past_is_not_taken_for_permission_to_hurry()
    {
        var at = time.GetUtcNow().AddSeconds(-90);
        (await SendAsync(HttpStatusCode.TooManyRequests, CallEffect.Adds, r => r.Headers.RetryAfter = new RetryConditionHeaderValue(at)))
            .ShouldBe(new RemoteAnswer<string>.RateLimited(TimeSpan.FromSeconds(1)));
    }

    [Theory]
    [InlineData(HttpStatusCode.OK)]
    [InlineData(HttpStatusCode.NotFound)]
    [InlineData(HttpStatusCode.InternalServerError)]
    public async Task An_answer_that_cannot_be_read_leaves_what_adds_unknown(HttpStatusCode status)
    {
        (await SendAsync(status, CallEffect.Adds)).ShouldBeOfType<RemoteAnswer<string>.OutcomeUnknown>();
        (await SendAsync(status, CallEffect.Converges)).ShouldBeOfType<RemoteAnswer<string>.Refused>().WorthRetrying.ShouldBeTrue();
    }

    [Theory]
    [InlineData(HttpRequestError.NameResolutionError, false)]
    [InlineData(HttpRequestError.ConnectionError, false)]
    [InlineData(HttpRequestError.SecureConnectionError, false)]
    [InlineData(HttpRequestError.ResponseEnded, true)]
    [InlineData(HttpRequestError.Unknown, true)]
    public async Task Only_a_fault_before_the_request_was_sent_leaves_no_doubt(HttpRequestError error, bool unknown)
    {
        var answer = await SendAsync(HttpStatusCode.OK, CallEffect.Adds, _ => throw new HttpRequestException(error, "a secret"));
        (answer is RemoteAnswer<string>.OutcomeUnknown).ShouldBe(unknown);
        answer.ToString().ShouldNotContain("a secret");
    }

    [Fact]
    public async Task A_connection_that_does_not_come_about_leaves_no_doubt()
    {
        // A queue that is full: whoever comes now is not answered.
        using var deaf = new TcpListener(IPAddress.Loopback, 0);
        deaf.Start(0);
        var port = ((IPEndPoint)deaf.LocalEndpoint).Port;
        List<TcpClient> queue = [.. Enumerable.Range(0, 4).Select(_ => new TcpClient())];
        var queued = queue.ConvertAll(c => c.ConnectAsync(IPAddress.Loopback, port));
        await Task.WhenAny(queued);

        using var http = Announcers.NewHttpClient(TimeSpan.FromSeconds(1));
        var exchange = new RemoteExchange(http, time, "Remote", TimeSpan.FromSeconds(30));
        var answer = await exchange.SendAsync<string>(
            new HttpRequestMessage(HttpMethod.Post, $"http://127.0.0.1:{port}/"), "key", CallEffect.Adds, (_, _) => null, TestContext.Current.CancellationToken);
        answer.ShouldBeOfType<RemoteAnswer<string>.Refused>().Error.ShouldBe("unreachable");
        queue.ForEach(c => c.Dispose());
        await Task.WhenAll(queued).ContinueWith(_ => { }, TestContext.Current.CancellationToken, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    private async Task<RemoteAnswer<string>> SendAsync(HttpStatusCode status, CallEffect effect, Action<HttpResponseMessage>? more = null)
    {
        using var http = new HttpClient(new CannedAnswer(status, "<html>", more));
        var exchange = new RemoteExchange(http, time, "Remote", TimeSpan.FromSeconds(30));
        return await exchange.SendAsync<string>(
            new HttpRequestMessage(HttpMethod.Post, "https://remote.example/"), "key", effect, (_, _) => null, TestContext.Current.CancellationToken);
    }
}
