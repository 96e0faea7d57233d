namespace AlertRollback.Tests.Support.Stubs;

/// <summary>Lets requests through, and drops as many answers as it is told to.</summary>
public sealed class LostAnswers(Exception? loss = null) : DelegatingHandler(new SocketsHttpHandler())
{
    public int Drop { get; set; }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        if (Drop == 0) return response;
        Drop--;
        response.Dispose();
        throw loss ?? new HttpRequestException(HttpRequestError.ResponseEnded);
    }
}
