using System.Net;

namespace AlertRollback.Tests.Support.Stubs;

/// <summary>Answers every request with the same status and body, without a network.</summary>
public sealed class CannedAnswer(HttpStatusCode status, string body, Action<HttpResponseMessage>? more = null) : HttpMessageHandler
{
    public HttpRequestMessage? LastRequest { get; private set; }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        LastRequest = request;
        var response = new HttpResponseMessage(status) { Content = new StringContent(body), RequestMessage = request };
        more?.Invoke(response);
        return Task.FromResult(response);
    }
}
