using System.Net;
using System.Net.Http.Headers;
using System.Security.Authentication;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace AlertRollback.Kubernetes;

/// <summary>Sends requests with credentials, again where that is safe, and turns lost ones into faults.</summary>
/// <param name="authorize">Puts the credentials on a request; null for none.</param>
/// <param name="renewCredentials">Called after a 401, before the request is sent once more.</param>
internal sealed class ApiTransport(HttpClient http, Uri root, Func<HttpRequestMessage, CancellationToken, Task>? authorize, KubernetesRetry retry, TimeProvider time, Func<double> jitter,
    Action? renewCredentials = null)
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
        catch (Exception fault) when (IsConnectionFault(fault))
        {
            cancellation.ThrowIfCancellationRequested();
            throw Lost(fault, repeatable);
        }
    }

    /// <summary>
    /// Opens a stream, in one attempt that may take as long as any other until the headers are there. From then on the
    /// caller bounds its life, and disposes of the response.
    /// </summary>
    public async Task<HttpResponseMessage> OpenAsync(string path, CancellationToken cancellation)
    {
        using var late = new CancellationTokenSource(retry.AttemptTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, late.Token);
        try
        {
            using var request = await PrepareAsync(HttpMethod.Get, path, null, either.Token).ConfigureAwait(false);
            var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
            if (response.IsSuccessStatusCode)
                return response;
            await RenewCredentials(response.StatusCode).ConfigureAwait(false);
            using (response)
                throw (await ReadAsync(response, true, either.Token).ConfigureAwait(false)).Fault();
        }
        catch (Exception fault) when (IsConnectionFault(fault))
        {
            cancellation.ThrowIfCancellationRequested();
            throw Lost(fault, repeatable: true);
        }
    }

    /// <summary>Asks for another protocol on the connection; one that the server has begun to speak is never asked for again.</summary>
    public async Task<HttpResponseMessage> UpgradeAsync(string path, Action<HttpRequestHeaders> ask, CancellationToken cancellation)
    {
        HttpResponseMessage? upgraded = null;
        try
        {
            var answer = await Pipeline(repeatable: false).ExecuteAsync(
                async token =>
                {
                    using var request = await PrepareAsync(HttpMethod.Get, path, null, token).ConfigureAwait(false);
                    ask(request.Headers);
                    var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, token).ConfigureAwait(false);
                    if (response.StatusCode == HttpStatusCode.SwitchingProtocols)
                    {
                        upgraded = response;
                        return new ApiAnswer(response.StatusCode, "", null, false);
                    }

                    using (response)
                        return await ReadAsync(response, false, token).ConfigureAwait(false);
                },
                cancellation).ConfigureAwait(false);
            return upgraded ?? throw answer.Fault();
        }
        catch (Exception fault) when (IsConnectionFault(fault))
        {
            cancellation.ThrowIfCancellationRequested();
            throw Lost(fault, repeatable: false);
        }
    }

    public static bool IsConnectionFault(Exception fault) =>
        fault is HttpRequestException or IOException or TimeoutRejectedException or OperationCanceledException;

    private async Task<ApiAnswer> AttemptAsync(HttpMethod method, string path, HttpContentSource? body, bool repeatable, CancellationToken cancellation)
    {
        using var request = await PrepareAsync(method, path, body, cancellation).ConfigureAwait(false);
        using var response = await http.SendAsync(request, cancellation).ConfigureAwait(false);
        return await ReadAsync(response, repeatable, cancellation).ConfigureAwait(false);
    }

    private async Task<ApiAnswer> ReadAsync(HttpResponseMessage response, bool repeatable, CancellationToken cancellation)
    {
        var text = await response.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false);
        return new ApiAnswer(response.StatusCode, text, RetryAfter(response.Headers.RetryAfter), repeatable);
    }

    private async Task<HttpRequestMessage> PrepareAsync(HttpMethod method, string path, HttpContentSource? body, CancellationToken cancellation)
    {
        var request = new HttpRequestMessage(method, new Uri(root, path)) { Content = body?.Create() };
        try
        {
            // The package's exec plugins do not listen to the token: without waiting here, one that hangs would hang us.
            if (authorize is not null)
                await authorize(request, cancellation).WaitAsync(cancellation).ConfigureAwait(false);
            return request;
        }
        catch (Exception fault)
        {
            request.Dispose();
            throw new CredentialsException(fault);
        }
    }

    private ResiliencePipeline<ApiAnswer> Pipeline(bool repeatable)
    {
        var start = time.GetTimestamp();
        return new ResiliencePipelineBuilder<ApiAnswer> { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions<ApiAnswer>
            {
                MaxRetryAttempts = retry.Repetitions,
                ShouldHandle = args => new(IsWorthRepeating(args.Outcome, repeatable, args.AttemptNumber)
                    && time.GetElapsedTime(start) + (args.Outcome.Result?.RetryAfter ?? TimeSpan.Zero) < retry.Total),
                OnRetry = args => RenewCredentials(args.Outcome.Result?.Status),
                DelayGenerator = args => new(args.Outcome.Result?.RetryAfter ?? Pause(args.AttemptNumber)),
            })
            .AddTimeout(retry.AttemptTimeout)
            .Build();
    }

    private static bool IsWorthRepeating(Outcome<ApiAnswer> outcome, bool repeatable, int attempt) => outcome switch
    {
        // The credentials may have rotated just now; a refused request did nothing.
        { Result.Status: HttpStatusCode.Unauthorized } => attempt == 0,
        { Exception: CredentialsException } => true,
        { Result.Status: HttpStatusCode.TooManyRequests } => true,
        { Result.Status: >= HttpStatusCode.InternalServerError } => repeatable,
        { Exception: HttpRequestException fault } => repeatable || NeverSent(fault),
        { Exception: IOException or TimeoutRejectedException } => repeatable,
        _ => false,
    };

    private ValueTask RenewCredentials(HttpStatusCode? status)
    {
        if (status == HttpStatusCode.Unauthorized)
            renewCredentials?.Invoke();
        return ValueTask.CompletedTask;
    }

    private static KubernetesException Lost(Exception fault, bool repeatable)
    {
        var kind = repeatable || NeverSent(fault) ? KubernetesFault.Unavailable : KubernetesFault.OutcomeUnknown;
        var text = fault is CredentialsException ? fault.Message : $"no answer from the API server: {Cause(fault)}";
        return new KubernetesException(kind, text, inner: fault);
    }

    private static bool NeverSent(Exception fault) => fault is CredentialsException or HttpRequestException
    {
        HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError
            or HttpRequestError.ProxyTunnelError,
    };

    private static string Cause(Exception fault) =>
        fault is HttpRequestException { InnerException: AuthenticationException { InnerException: null } untrusted } ? untrusted.Message
        : fault is HttpRequestException request ? request.HttpRequestError.ToString()
        : fault.GetType().Name;

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
