namespace AlertRollback.Tests.Support.Stubs;

/// <summary>The network on the way to a stub: can be down, lose answers, or never answer.</summary>
public sealed class Wire() : DelegatingHandler(new SocketsHttpHandler())
{
    public bool Down { get; set; }

    /// <summary>Which of the next answers is lost after the call was carried out, 1 first; 0: none.</summary>
    public int Lose { get; set; }

    public bool LoseAll { get; set; }

    /// <summary>Requests that carry this text are never answered.</summary>
    public string? Hang { get; set; }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (Down)
            throw new HttpRequestException(HttpRequestError.ConnectionError);
        if (Hang is { } text && request.Content is { } content && (await content.ReadAsStringAsync(cancellationToken)).Contains(text, StringComparison.Ordinal))
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        var response = await base.SendAsync(request, cancellationToken);
        if (!LoseAll && (Lose == 0 || --Lose > 0))
            return response;
        response.Dispose();
        throw new HttpRequestException(HttpRequestError.ResponseEnded);
    }
}
