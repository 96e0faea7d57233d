using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.Kubernetes;

/// <summary>An API server that says its lines in order, and takes any further request for a mistake.</summary>
internal sealed class Script : HttpMessageHandler
{
    private readonly Queue<Func<CancellationToken, Task<HttpResponseMessage>>> answers = new();

    public List<string> Requests { get; } = [];

    public Script Then(int status, string body, RetryConditionHeaderValue? retryAfter = null) => Then(_ =>
    {
        var response = new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent(body) };
        response.Headers.RetryAfter = retryAfter;
        return Task.FromResult(response);
    });

    public Script ThenLost(HttpRequestError error) => Then(_ => throw new HttpRequestException(error));

    /// <summary>No answer until the caller gives up, which it learns of without a detour over other threads.</summary>
    public Script ThenSilence() => Then(async cancellation =>
    {
        var never = new TaskCompletionSource<HttpResponseMessage>();
        await using var end = cancellation.Register(() => never.TrySetCanceled(cancellation));
        return await never.Task;
    });

    public Script ThenStream(Stream body) =>
        Then(_ => Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(body) }));

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Requests.Add(request.RequestUri!.PathAndQuery);
        return answers.TryDequeue(out var answer) ? answer(cancellationToken) : throw new InvalidOperationException("more requests than expected");
    }

    private Script Then(Func<CancellationToken, Task<HttpResponseMessage>> answer)
    {
        answers.Enqueue(answer);
        return this;
    }
}

internal static class Waiting
{
    /// <summary>Lets the time pass, second by second, until the work is done; a day is taken for never.</summary>
    public static async Task<T> PassingTimeAsync<T>(this Task<T> work, FakeTimeProvider time, CancellationToken cancellation)
    {
        for (var seconds = 0; !work.IsCompleted; seconds++)
        {
            cancellation.ThrowIfCancellationRequested();
            seconds.ShouldBeLessThan(86_400, "nothing happened for a day");
            // Whatever the last second set in motion shall come to rest before the next one.
            for (var turn = 0; turn < 20 && !work.IsCompleted; turn++)
                await Task.Yield();
            time.Advance(TimeSpan.FromSeconds(work.IsCompleted ? 0 : 1));
        }

        return await work;
    }
}
