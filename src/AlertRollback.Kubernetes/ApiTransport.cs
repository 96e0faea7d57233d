using System.Net;
using System.Net.Http.Headers;
using k8s.Authentication;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace AlertRollback.Kubernetes;

/// <summary>Sends requests with credentials, again where that is safe, and turns lost ones into faults.</summary>
internal sealed class ApiTransport(HttpClient http, Uri root, ServiceClientCredentials? credentials, KubernetesRetry retry, TimeProvider time, Func<double> jitter)
{
    public TimeProvider Time => time;
    public KubernetesRetry Retry => retry;

    public TimeSpan Pause(int repetition) => retry.PauseBefore(repetition, jitter());

    /// <param name="repeatable">Sending twice is the same as sending once: reads and dry runs.</param>
    public async Task<ApiAnswer> SendAsync(HttpMethod method, string path, HttpContentSource? body, bool repeatable, CancellationToken cancellation)
    {
        try
        {
            return await Pipeline(repeatable)
                .ExecuteAsync(async token => await AttemptAsync(method, path, body, repeatable, token).ConfigureAwait(false), cancellation)
                .ConfigureAwait(false);
        }
        catch (Exception fault) when (IsConnectionFault(fault) && !cancellation.IsCancellationRequested)
        {
            var kind = repeatable || NeverSent(fault) ? KubernetesFault.Unavailable : KubernetesFault.OutcomeUnknown;
            throw new KubernetesException(kind, $"no answer from the API server: {Cause(fault)}", inner: fault);
        }
    }

    /// <summary>Opens a stream; the caller bounds its life and disposes of the response.</summary>
    public async Task<HttpResponseMessage> OpenAsync(string path, CancellationToken cancellation)
    {
        using var request = await PrepareAsync(HttpMethod.Get, path, null, cancellation).ConfigureAwait(false);
        return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
    }

    public static bool IsConnectionFault(Exception fault) =>
        fault is HttpRequestException or IOException or TimeoutRejectedException or OperationCanceledException;

    private async Task<ApiAnswer> AttemptAsync(HttpMethod method, string path, HttpContentSource? body, bool repeatable, CancellationToken cancellation)
    {
        using var request = await PrepareAsync(method, path, body, cancellation).ConfigureAwait(false);
        using var response = await http.SendAsync(request, cancellation).ConfigureAwait(false);
        var text = await response.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false);
        return new ApiAnswer(response.StatusCode, text, RetryAfter(response.Headers.RetryAfter), repeatable);
    }

    private async Task<HttpRequestMessage> PrepareAsync(HttpMethod method, string path, HttpContentSource? body, CancellationToken cancellation)
    {
        var request = new HttpRequestMessage(method, new Uri(root, path)) { Content = body?.Create() };
        if (credentials is not null)
            await credentials.ProcessHttpRequestAsync(request, cancellation).ConfigureAwait(false);
        return request;
    }

    private ResiliencePipeline<ApiAnswer> Pipeline(bool repeatable)
    {
        var start = time.GetTimestamp();
        return new ResiliencePipelineBuilder<ApiAnswer> { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions<ApiAnswer>
            {
                MaxRetryAttempts = retry.Repetitions,
                ShouldHandle = args => new(IsWorthRepeating(args.Outcome, repeatable)
                    && time.GetElapsedTime(start) + (args.Outcome.Result?.RetryAfter ?? TimeSpan.Zero) < retry.Total),
                DelayGenerator = args => new(args.Outcome.Result?.RetryAfter ?? Pause(args.AttemptNumber)),
            })
            .AddTimeout(retry.AttemptTimeout)
            .Build();
    }

    private static bool IsWorthRepeating(Outcome<ApiAnswer> outcome, bool repeatable) => outcome switch
    {
        { Result.Status: HttpStatusCode.TooManyRequests } => true,
        { Result.Status: >= HttpStatusCode.InternalServerError } => repeatable,
        { Exception: HttpRequestException fault } => repeatable || NeverSent(fault),
        { Exception: IOException or TimeoutRejectedException } => repeatable,
        _ => false,
    };

    private static bool NeverSent(Exception fault) => fault is HttpRequestException
    {
        HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError,
    };

    private static string Cause(Exception fault) =>
        fault is HttpRequestException request ? request.HttpRequestError.ToString() : fault.GetType().Name;

    private TimeSpan? RetryAfter(RetryConditionHeaderValue? header)
    {
        var pause = header?.Delta ?? (header?.Date is { } date ? date - time.GetUtcNow() : null);
        return pause < TimeSpan.Zero ? TimeSpan.Zero : pause;
    }
}

/// <summary>A body that can be sent again: content is used up by an attempt.</summary>
internal sealed record HttpContentSource(string Json, string MediaType)
{
    public HttpContent Create() => new StringContent(Json, new MediaTypeHeaderValue(MediaType));
}
